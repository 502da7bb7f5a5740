"""The night decides for everybody: who gets what, as known at the cutoff, within the shop's plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decisions.actions import Plan
from decisions.allowed.cart import LeftCart
from decisions.allowed.distance import nearest_km
from decisions.allowed.eligibility import Audience, Menu, menu_of
from decisions.causes import NO_CAUSE, main_causes
from decisions.choose import Setting, Shared, share_out
from decisions.stages import COLUMNS, STAGES, stages
from decisions.worth.measured import Measured, effects_of
from decisions.worth.personal import told_actions, with_personal
from decisions.worth.worth import Effects, value_at_stake
from features.engine import Engine
from operations import home
from operations.deciding.carts import carts_at
from operations.deciding.contacts import Contacts, contacts_at
from operations.score import Batch
from scoring.scorer import Scorer
from serving.snapshot.snapshot import CustomerFacts


@dataclass(frozen=True)
class NightDecisions:
    """What was decided, and all that was looked at.

    Attributes
    ----------
    seen : digest of the earlier decisions that counted
    learnt : what earlier decisions have shown actions to bring
    told : actions of which the uplift model's answers count, and how much beside what is assumed
    carts : row → the cart left before the night, whose cause is the customer's
    kept : what is told of it more than once, and found but once
    """

    batch: Batch
    menu: Menu
    customers: Audience
    shared: Shared
    seen: str
    learnt: tuple[Measured, ...] = ()
    told: Mapping[str, float] = field(default_factory=dict)
    carts: Mapping[int, LeftCart] = field(default_factory=dict)
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @property
    def effects(self) -> Effects:
        """What was learnt, for each customer of the batch."""
        return with_personal(effects_of(self.learnt, len(self.batch)), self.batch.answers, self.told)

    @property
    def setting(self) -> Setting:
        """What holds until the next night."""
        return self.shared.setting


def decide_all(
    batch: Batch,
    facts: CustomerFacts,
    plan: Plan,
    linked: Mapping[str, str],
    engine: Engine,
    learnt: tuple[Measured, ...] = (),
) -> NightDecisions:
    """Decide for every customer of a scored batch.

    Parameters
    ----------
    facts : channels, hours and stores of the batch's customers
    linked : other ids of a customer → the one in the batch
    learnt : what actions were measured to bring; the others' effects are assumed
    """
    costs = [float(facts.properties[name].cost or 0) if name in facts.properties else 0.0 for name in facts.channels]
    menu = menu_of(plan, facts.channels, costs)
    contacts = contacts_at(batch.shop, batch.cutoff, batch.customer_ids, plan, facts.channels, linked, engine)
    customers = customers_of(batch, facts, plan, contacts, engine)
    carts = _carts(batch, engine)
    _named(customers.cause, carts, plan)
    settings = batch.shop.settings
    setting = Setting(batch.cutoff.date(), home.key(batch.shop), settings.holdout_share, plan.explore)
    told = told_actions(batch.answers, plan, customers)
    effects = with_personal(effects_of(learnt, len(batch)), batch.answers, told)
    shared = share_out(customers, menu, effects, setting)
    return NightDecisions(batch, menu, customers, shared, contacts.digest, learnt, told, carts)


def customers_of(batch: Batch, facts: CustomerFacts, plan: Plan, contacts: Contacts, engine: Engine) -> Audience:
    """What decisions look at of every customer of a batch."""
    n, answers = len(batch), batch.answers
    unknown = np.full(n, np.nan)
    spans = next(iter(batch.models.values())).model
    columns = {name: _column(batch, name) for name in COLUMNS}
    found = stages(columns, spans.horizon_days, spans.active_within_days)
    stage = np.select([found == name for name in STAGES], range(len(STAGES))).astype(np.int8)
    spend = answers.get("expected_spend", unknown)
    contact = [answers.get(f"contact_{name}", unknown) for name in facts.channels]
    bits = np.arange(len(facts.channels), dtype=np.uint64)
    withdrawn = np.zeros(n, np.uint64) if facts.withdrawn is None else facts.withdrawn
    return Audience(
        ids=batch.customer_ids.to_pylist(),
        stage=stage,
        cause=causes_of(batch, plan),
        churn=answers.get("churn_probability", unknown),
        order=answers.get("order_probability", unknown),
        stake=value_at_stake(spend, batch.shop.settings.margin, spans.horizon_days),
        contact=np.array(contact, dtype=np.float32).reshape(len(contact), n).T,
        may=(facts.allowed[:, None] >> bits & np.uint64(1)).astype(bool),
        week=contacts.week,
        month=contacts.month,
        week_all=contacts.week_all,
        month_all=contacts.month_all,
        rested=contacts.rested,
        clear=_clear(batch, plan),
        near=_near(batch, plan, engine),
        suppressed=withdrawn != 0,
    )


def causes_of(batch: Batch, plan: Plan) -> NDArray[np.int8]:
    """The cause behind each customer's risk; none without a model of churn."""
    if "churn" in batch.models:
        scorer = Scorer([batch.models["churn"].model], batch.columns)

        def made(rows: NDArray[np.float32]) -> dict[str, NDArray[np.int8]]:
            told = scorer.reasons(rows)
            return {"cause": main_causes(told.effects, told.features, plan.causes)}

        return batch.parts.each("causes", batch.matrix, made, list(plan.causes.items()))["cause"]
    return np.full(len(batch), NO_CAUSE, dtype=np.int8)


def _carts(batch: Batch, engine: Engine) -> dict[int, LeftCart]:
    rows = {one: row for row, one in enumerate(batch.customer_ids.to_pylist())}
    found = carts_at(batch.shop, batch.cutoff, engine)
    return {rows[who]: cart for who, cart in sorted(found.items()) if who in rows}


def _named(causes: NDArray[np.int8], carts: Mapping[int, LeftCart], plan: Plan) -> None:
    """A cart that was left stands before what the model says, as it does for a call."""
    names = list(plan.causes)
    for row, cart in carts.items():
        if cart.cause in names:
            causes[row] = names.index(cart.cause)


def _near(batch: Batch, plan: Plan, engine: Engine) -> NDArray[np.bool_]:
    """Whether a store lies within reach of each customer, for every action that needs one."""
    near = np.ones((len(batch), len(plan.actions)), dtype=bool)
    if any(action.needs_store for action in plan.actions):
        latitude, longitude = np.empty(0), np.empty(0)
        if batch.shop.has("stores"):
            stores = engine.arrow(engine.read(batch.shop.path("stores")).select("latitude", "longitude"))
            latitude, longitude = (np.asarray(stores[name].cast("float64")) for name in ("latitude", "longitude"))
        km = nearest_km(_column(batch, "latitude"), _column(batch, "longitude"), latitude, longitude)
        for place, action in enumerate(plan.actions):
            if action.needs_store:
                near[:, place] = km <= (action.within_km or 0.0)
    return near


def _clear(batch: Batch, plan: Plan) -> NDArray[np.bool_]:
    clear = np.ones((len(batch), len(plan.actions)), dtype=bool)
    for place, action in enumerate(plan.actions):
        for name in action.never:
            clear[:, place] &= np.nan_to_num(_column(batch, name)) == 0
    return clear


def _column(batch: Batch, name: str) -> NDArray[np.float64]:
    """A feature by name; NaN throughout where the shop cannot fill it."""
    for place, column in enumerate(batch.columns):
        if column.name == name:
            return batch.matrix[:, place].astype(np.float64)
    return np.full(len(batch), np.nan)
