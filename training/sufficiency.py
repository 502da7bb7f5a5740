"""What a shop's data allow before anything is trained: the rungs open for orders, and what is missing by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from features.engine import Engine, opened
from features.shop import Shop
from features.spine import Spine
from training.cutoffs import WEEK, plan
from training.labels import purchase_labels
from training.parameters import fitted_parameters
from training.proposal import Proposal, propose, span
from training.rungs import open_rungs


@dataclass(frozen=True)
class Sufficiency:
    """What churn and next purchase may be made of.

    Attributes
    ----------
    proposal : the horizon and activity window that shop.toml states or the rhythm proposes
    customers : active at the newest training cutoff
    cutoffs, folds : weekly training cutoffs, and how many of them a backtest would judge
    rungs : rung → "" if it may compete, else what is missing, in a sentence
    """

    proposal: Proposal
    customers: int
    cutoffs: int
    folds: int
    rungs: Mapping[str, str]


def sufficiency(shop: Shop, until: datetime, *, engine: Engine | None = None) -> Sufficiency:
    """Look at rhythm, history and outcomes known before `until`, as a fit would.

    Raises
    ------
    TaskError   if no order was known before `until`, or the history holds no two horizons
    """
    with opened(engine) as running:
        proposal = propose(shop, until, engine=running)
        horizon, within = proposal.horizon_days, proposal.active_within_days
        known = span(shop, until, engine=running)
        planned = plan(known.first, until, horizon, within, lag_days=known.lag_days)
        apart = planned.training[:: -max(1, round(horizon / WEEK))]
        spine = Spine.active(shop, apart, within, engine=running)
        labels = purchase_labels(shop, spine, horizon, until, engine=running)
        first = planned.training[0]
        returned = first in fitted_parameters(shop, [first], horizon, engine=running)
        newest = Spine.active(shop, planned.training[-1:], within, engine=running)
    rungs = open_rungs(labels, returned)
    return Sufficiency(proposal, len(newest), len(planned.training), len(planned.folds), rungs)
