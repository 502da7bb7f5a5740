"""What holds as long as a Release does: margin, thresholds, bands. What is done for whom travels with the night."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from scoring.errors import ReleaseError

# Fields of older releases that a night's plan says now.
_FORMER = frozenset({"offers", "channels", "holdout_share", "decision_days", "default_hour"})
OVER_CONTACTED = "over_contacted"
BANDS = ((0.25, "low"), (0.5, "medium"), (0.75, "high"), (float("inf"), "very_high"))


def band_of(churn_probability: float) -> str:
    """The stated range a churn probability lies in: low < .25 ≤ medium < .5 ≤ high < .75 ≤ very_high."""
    return next(name for above, name in BANDS if churn_probability < above)


@dataclass(frozen=True)
class Policy:
    """The rules a decision follows.

    Attributes
    ----------
    margin : share of spend that is left after the goods are paid; None when the shop has not said
    arm_key : key of the hash that numbers decisions
    quiet_before, quiet_from : local hours; nothing is sent outside [quiet_before, quiet_from) of an unknown channel
    warm_from, tired_from : messages in 30 days from which a customer is on target, or over-contacted
    loyal_orders : orders from which a customer at low risk counts as loyal
    """

    margin: float | None = None
    arm_key: str = "perennial"
    quiet_before: int = 9
    quiet_from: int = 21
    warm_from: int = 4
    tired_from: int = 9
    loyal_orders: int = 5

    def fatigue(self, sends: int) -> str:
        """ "under_contacted", "on_target" or "over_contacted", from the messages of the last 30 days."""
        if sends >= self.tired_from:
            return OVER_CONTACTED
        return "on_target" if sends >= self.warm_from else "under_contacted"

    def to_json(self) -> str:
        """The text of policy.json."""
        return json.dumps(dataclasses.asdict(self), default=str, indent=1, sort_keys=True) + "\n"


def read_policy(text: str) -> Policy:
    """The policy of a policy.json.

    Raises
    ------
    ReleaseError   if a field is unknown, missing or out of its range
    """
    try:
        plain: dict[str, Any] = json.loads(text)
        policy = Policy(**{name: value for name, value in plain.items() if name not in _FORMER})
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise ReleaseError(f"policy.json cannot be read ({type(error).__name__}); export it again.") from error
    if not 0 <= policy.quiet_before < policy.quiet_from <= 24:
        raise ReleaseError("policy.json: the quiet hours must lie within a day.")
    return policy
