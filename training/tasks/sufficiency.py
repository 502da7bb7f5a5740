"""What a shop's data allow before anything is trained: which kinds of model may compete, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis

from features.engine import Engine, opened
from features.shop import Shop
from features.spine import Spine
from training.data.cutoffs import WEEK, plan
from training.data.horizon import Proposal, propose
from training.data.labels import PROMOTIONS, purchase_labels
from training.data.stretches import stretches
from training.learners.model_kinds import open_kinds

FEWEST_SENDS, FEWEST_CUSTOMERS = 5_000, 1_000  # a channel's, for a learned preference: what the field asks for


@dataclass(frozen=True)
class Sufficiency:
    """What churn and next purchase may be made of.

    Attributes
    ----------
    proposal : the horizon and activity window that shop.toml states or the rhythm proposes
    customers : active at the newest training cutoff
    cutoffs, folds : weekly training cutoffs, and how many of them a backtest would judge
    model_kinds : kind → "" if it may compete, else what is missing, in a sentence
    channels : question of channel preference → "" if it can be asked, else what is missing
    steps : the same of the next step
    """

    proposal: Proposal
    customers: int
    cutoffs: int
    folds: int
    model_kinds: Mapping[str, str]
    channels: Mapping[str, str]
    steps: Mapping[str, str]


def sufficiency(shop: Shop, until: datetime, *, engine: Engine | None = None) -> Sufficiency:
    """Look at rhythm, history and outcomes known before `until`, as a fit would.

    Raises
    ------
    TaskError   if no order was known before `until`, or the history holds no two horizons
    """
    with opened(engine) as running:
        proposal = propose(shop, until, engine=running)
        horizon, within = proposal.horizon_days, proposal.active_within_days
        known = proposal.known
        planned = plan(known.first, until, horizon, within, lag_days=known.lag_days)
        planned = planned.outside(stretches(shop, until, engine=running))
        apart = planned.training[:: -max(1, round(horizon / WEEK))]
        spine = Spine.active(shop, apart, within, engine=running)
        labels = purchase_labels(shop, spine, horizon, until, engine=running)
        newest = Spine.active(shop, planned.training[-1:], within, engine=running)
        channels = _channels(shop, until, running)
    model_kinds = open_kinds(labels)
    steps = {"first touch": "" if shop.has("touchpoints") else "needs touchpoints"}
    cutoffs, folds = len(planned.training), len(planned.folds)
    return Sufficiency(proposal, len(newest), cutoffs, folds, model_kinds, channels, steps)


def _channels(shop: Shop, until: datetime, engine: Engine) -> dict[str, str]:
    flags = sorted(set(PROMOTIONS.values()) - shop.present.get("order_lines", frozenset()))
    found = {"promotion": f"needs order_lines with {', '.join(flags)}" if flags else ""}
    sold = _by_channel(shop, "orders", until, engine)
    found["purchase"] = "" if len(sold) > 1 else "needs orders.channel with two channels or more"
    if not (shop.has("messages") and shop.has("responses")):
        return found | {"contact": "needs messages and responses"}
    sent = _by_channel(shop, "messages", until, engine)
    return found | {f"contact by {channel}, learned": _too_few(*counts) for channel, counts in sent.items()}


def _by_channel(shop: Shop, table: str, until: datetime, engine: Engine) -> dict[str, tuple[int, int]]:
    """Channel → rows known before `until`, and customers among them; most frequent first."""
    if "channel" not in shop.present.get(table, frozenset()):
        return {}
    rows = engine.read(shop.path(table))
    rows = rows.filter(rows.known_at < until, rows.channel.notnull())
    counts = rows.group_by("channel").aggregate(rows=rows.count(), customers=rows.customer_id.nunique())
    ordered = engine.arrow(counts.order_by(ibis.desc("rows"), "channel")).to_pylist()
    return {one["channel"]: (one["rows"], one["customers"]) for one in ordered}


def _too_few(sends: int, customers: int) -> str:
    if sends >= FEWEST_SENDS and customers >= FEWEST_CUSTOMERS:
        return ""
    return (
        f"{sends:,} sends to {customers:,} customers; {FEWEST_SENDS:,} to {FEWEST_CUSTOMERS:,} are needed, "
        "until then the customer's and the shop's rates stand in"
    )
