"""What the shop has decided beforehand: offers, thresholds, arms. Data, handed over in the Release."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from scoring.errors import ReleaseError

OVER_CONTACTED = "over_contacted"
BANDS = ((0.25, "low"), (0.5, "medium"), (0.75, "high"), (float("inf"), "very_high"))


def band_of(churn_probability: float) -> str:
    """The stated range a churn probability lies in: low < .25 ≤ medium < .5 ≤ high < .75 ≤ very_high."""
    return next(name for above, name in BANDS if churn_probability < above)


@dataclass(frozen=True)
class Offer:
    """Something a customer may be given.

    Attributes
    ----------
    code : what the customer types in or shows
    cost : what one redeemed offer costs the shop, in its currency
    assumed_effect : share of the value at stake that it keeps, until a trial has measured it
    """

    code: str
    cost: Decimal
    assumed_effect: float


@dataclass(frozen=True)
class Policy:
    """The rules a decision follows.

    Attributes
    ----------
    margin : share of spend that is left after the goods are paid; None when the shop has not said
    holdout_share : share of customers who are left alone for good, so that effects can be measured
    arm_key : key of the hash that deals customers to arms; a new key deals anew
    channels : outreach channels in the order they are tried when no model ranks them
    decision_days : days a decision may be acted on
    quiet_before, quiet_from : local hours; nothing is sent outside [quiet_before, quiet_from)
    default_hour : when to send to a customer whose best hour is unknown
    warm_from, tired_from : messages in 30 days from which a customer is on target, or over-contacted
    loyal_orders : orders from which a customer at low risk counts as loyal
    """

    margin: float | None = None
    holdout_share: float = 0.05
    arm_key: str = "perennial"
    offers: Mapping[str, Offer] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    decision_days: int = 7
    quiet_before: int = 9
    quiet_from: int = 21
    default_hour: int = 10
    warm_from: int = 4
    tired_from: int = 9
    loyal_orders: int = 5

    def arm(self, customer_id: str) -> str:
        """ "holdout" or "policy": the same for a customer as long as the key stays."""
        hashed = hashlib.blake2b(customer_id.encode(), key=self.arm_key.encode()[:64], digest_size=8).digest()
        return "holdout" if int.from_bytes(hashed) < self.holdout_share * 2**64 else "policy"

    def propensity(self, arm: str) -> float:
        """Probability with which a customer is dealt to this arm."""
        return self.holdout_share if arm == "holdout" else 1 - self.holdout_share

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
        offers = {
            name: Offer(str(offer["code"]), Decimal(offer["cost"]), float(offer["assumed_effect"]))
            for name, offer in plain.pop("offers", {}).items()
        }
        policy = Policy(offers=offers, channels=tuple(plain.pop("channels", ())), **plain)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise ReleaseError(f"policy.json cannot be read ({type(error).__name__}); export it again.") from error
    if not 0 <= policy.holdout_share < 1 or not 0 <= policy.quiet_before < policy.quiet_from <= 24:
        raise ReleaseError("policy.json: holdout_share must lie in [0, 1), the quiet hours within a day.")
    return policy
