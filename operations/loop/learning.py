"""What the shop knows and has learnt at the beginning of a month, from its own tables alone."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from decisions.stages import COLUMNS, stages
from features import catalog
from features.build.build import build, matrix
from features.build.outcomes import outcomes
from features.engine import Engine
from features.feature import FeatureColumn
from features.shop import Shop
from features.spine import SCHEMA, Spine
from operations.loop.made_shop import MARGIN, WEEKS, Array, MadeShop, Matrix
from training.data.decision_moments import moments_of
from training.learners.uplift import choice
from training.learners.uplift.choice import UpliftModel
from training.learners.uplift.steadied import steadied
from training.learners.uplift.trees import grow
from training.learners.uplift.trial import Trial, responses
from training.task import TaskError
from training.tasks.uplift import INPUTS
from training.tasks.uplift_trial import trial_of

HORIZON, ACTIVE_WITHIN = WEEKS * 7, 90  # days


@dataclass(frozen=True)
class KnownNow:
    """What is known of the n customers with an order, sorted by id.

    Attributes
    ----------
    ids, place : their ids, and their places among all persons
    inputs : (n, p)
    stage : str (n,)
    """

    ids: list[str]
    place: NDArray[np.intp]
    inputs: Matrix
    stage: NDArray[np.str_]


@dataclass(frozen=True)
class Learnt:
    """What past months taught.

    Attributes
    ----------
    names : actions that were dealt often enough
    effects : of sending them, None while too few were dealt
    trial : what the effects were learnt from
    churn, spend : (n,)     probability of no order within four weeks, and what is spent, as told for each customer
    """

    names: tuple[str, ...]
    effects: UpliftModel | None
    trial: Trial | None
    churn: Array
    spend: Array


@dataclass
class Notebook:
    """What was known of whom each month, so that nothing is built twice."""

    engine: Engine
    columns: tuple[FeatureColumn, ...] = ()
    _spines: list[pa.Table] = field(default_factory=list)
    _inputs: list[Matrix] = field(default_factory=list)

    @property
    def asked(self) -> Spine:
        """Whom the rows that were built tell of, and when."""
        return Spine.from_rows(pa.concat_tables(self._spines).cast(SCHEMA))

    def look(self, made: MadeShop, shop: Shop) -> KnownNow:
        """Build what is known now, and remember it."""
        spine = Spine.ever(shop, made.now, engine=self.engine)
        if not self.columns:
            wanted = {*INPUTS, *COLUMNS}
            self.columns = tuple(one for one in catalog.columns_for(shop, engine=self.engine) if one.name in wanted)
        table = build(shop, spine, self.columns, engine=self.engine)
        names = [one.name for one in self.columns]
        inputs = matrix(table, names)
        seen = {name: inputs[:, names.index(name)].astype(np.float64) for name in COLUMNS}
        self._spines.append(spine.rows)
        self._inputs.append(inputs)
        ids, at = table["customer_id"].to_pylist(), {one: place for place, one in enumerate(made.ids)}
        return KnownNow(ids, np.array([at[one] for one in ids]), inputs, stages(seen, HORIZON, ACTIVE_WITHIN))

    def learn(self, made: MadeShop, shop: Shop, known: KnownNow, threads: int) -> Learnt:
        """Learn effects from decisions whose four weeks are over, and what comes of leaving alone."""
        inputs = np.concatenate(self._inputs)
        names: tuple[str, ...] = ()
        model = trial = None
        try:
            moments = moments_of(shop, self.asked, made.now, HORIZON, self.engine)
            moments, trial, _ = trial_of(moments, inputs, MARGIN, shop.name)
            trial = steadied(trial, moments.orders, threads)
            model, names = choice.fit(trial, threads), trial.names[1:]
        except TaskError:  # nothing was dealt yet, or too few of it
            pass
        churn, spend = self._expected(made, shop, known, threads)
        return Learnt(names, model, trial, churn, spend)

    def _expected(self, made: MadeShop, shop: Shop, known: KnownNow, threads: int) -> tuple[Array, Array]:
        """Who orders nothing and what is spent, learnt from the month before."""
        spine = Spine.from_rows(self._spines[-2].cast(SCHEMA))
        reductions = {
            "orders": ("orders", lambda rows: (rows.kind == "order").cast("int64").sum()),
            "spend": ("orders", lambda rows: rows.amount.sum().cast("float64")),
        }
        found = outcomes(shop, spine, HORIZON, made.now, reductions, engine=self.engine)
        orders, spend = (np.asarray(found[name].fill_null(0), dtype=np.float64) for name in ("orders", "spend"))
        none, much = (grow(self._inputs[-2], target, threads) for target in ((orders == 0).astype(float), spend))
        told = (np.asarray(one.predict(known.inputs), dtype=np.float64) for one in (none, much))
        churn, expected = told
        return np.clip(churn, 0.0, 1.0), np.maximum(expected, 0.0)


def responding(learnt: Learnt, known: KnownNow, threads: int) -> Array | None:
    """What each customer is expected to bring when sent the single best action; None while nothing was learnt."""
    if learnt.trial is None or learnt.effects is None:
        return None
    best = int(np.argmax([one.measured for one in learnt.effects.means])) + 1
    return responses(learnt.trial, threads)[best](known.inputs)
