"""Who is written to by each policy in a month, within the same budget: ours, the blunt ones, and the true optimum."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from decisions.actions import Action, Plan
from decisions.allowed.eligibility import Audience, Menu, menu_of
from decisions.choose import Setting, Shared, share_out
from decisions.stages import STAGES
from decisions.worth.personal import told_actions, with_personal
from decisions.worth.worth import Effects, value_at_stake
from operations.loop.learning import HORIZON, KnownNow, Learnt
from operations.loop.made_shop import ACTIONS, COST, MARGIN, NOTHING, Array, Choices
from scoring.uplift_names import HIGH, LIKELY, LOW, ORDER
from scoring.uplift_names import MARGIN as MARGIN_UPLIFT
from training.learners.uplift.choice import UpliftModel

OURS, RULE, AT_RISK, CHURN, RESPONSE, NOBODY, OPTIMUM = (
    "perennial", "todays_rule", "everyone_at_risk", "churn_score", "response_ranker", "nobody", "true_optimum",
)  # fmt: skip
ALL = (OURS, RULE, AT_RISK, CHURN, RESPONSE, NOBODY, OPTIMUM)
EXPLORE, HOLDOUT, BY_LOT = 0.04, 0.05, 0.9  # shares; the last one in the months before ours begins
_CHANNEL = "message"
_RISKY = ("at_risk", "dormant")
# The share of those leaving who stay, taken for granted until it was measured, as the guide's example does.
ASSUMED = {"voucher": 0.05, "recommend": 0.01, "newsletter": 0.01}
_VOUCHER = list(ACTIONS).index("voucher")


def budget_of(customers: int, share: float) -> float:
    """What a month may cost, in money: as many sends as a share of all persons."""
    return round(customers * share) * COST


@dataclass(frozen=True)
class Ours:
    """What the product decided, and all that its receipts are made of."""

    shared: Shared
    menu: Menu
    effects: Effects


def ours(known: KnownNow, learnt: Learnt | None, may: NDArray[np.bool_], day: date, budget: float | None) -> Ours:
    """What the product decides: by learnt effects, by assumed ones where the data show none and do not rule out what is
    assumed, within the budget, exploring and holding out; by lot where there is no budget yet."""
    explore = BY_LOT if budget is None else EXPLORE
    actions = tuple(Action(name, COST, cooldown_days=1, assumed_effect=ASSUMED[name]) for name in ACTIONS)
    plan = Plan(actions=actions, budget=budget, explore=explore)
    menu, setting, who = _menu(plan), Setting(day, "loop", HOLDOUT, explore), _audience(known, learnt, may)
    answers = {} if learnt is None or learnt.effects is None else _answers(known, learnt, learnt.effects)
    effects = with_personal(Effects(), answers, told_actions(answers, plan, who))
    return Ours(share_out(who, menu, effects, setting), menu, effects)


def _answers(known: KnownNow, learnt: Learnt, model: UpliftModel) -> dict[str, Array]:
    """What the model says, as a released one answers; of an order's probability nothing: the loop judges money."""
    told, unknown = model.predict(known.inputs), np.full(len(known.ids), np.nan)
    likely = model.level.effects(known.inputs)
    answers: dict[str, Array] = {}
    for place, name in enumerate(learnt.names):
        effect, low, high = told[:, place].T
        answers |= {f"{MARGIN_UPLIFT}{name}": effect, f"{MARGIN_UPLIFT}{name}{LOW}": low}
        answers |= {f"{MARGIN_UPLIFT}{name}{HIGH}": high, f"{LIKELY}{name}": likely[:, place]}
        answers |= {f"{ORDER}{name}{end}": unknown for end in ("", LOW, HIGH)}
    return answers


def chosen_by(
    policy: str,
    known: KnownNow,
    learnt: Learnt,
    response: Array | None,
    may: NDArray[np.bool_],
    month: int,
    budget: float,
) -> Choices:
    """Place of the action in ACTIONS that each customer is sent, NOTHING for none."""
    if policy == NOBODY:
        return np.full(len(known.ids), NOTHING)
    if policy == RULE:
        voucher = Action("voucher", COST, stages=("at_risk",), assumed_effect=ASSUMED["voucher"])
        menu = _menu(Plan(actions=(voucher,), budget=budget))
        shared = share_out(_audience(known, learnt, may), menu, Effects(), Setting(date.min, "loop", 0.0, 0.0))
        return np.where(shared.chosen.choice >= 0, _VOUCHER, NOTHING)
    at_risk = np.isin(known.stage, _RISKY)
    lot = np.random.default_rng([month, len(known.ids)]).random(len(known.ids))
    score = {AT_RISK: np.where(at_risk, lot, -np.inf), CHURN: learnt.churn, RESPONSE: response}[policy]
    if score is None:
        return np.full(len(known.ids), NOTHING)
    action = _best_single(learnt) if policy == RESPONSE else _VOUCHER
    return _first(np.where(may, score, -np.inf), np.full(len(known.ids), action), budget)


def optimum(net: Array, budget: float) -> Choices:
    """The best that could be done, had one known the truth: sends cost the same, so the largest gains are taken."""
    best = net.argmax(axis=1)
    worth = net[np.arange(len(net)), best]
    return _first(np.where(worth > 0, worth, -np.inf), best, budget)


def _first(score: Array, action: Choices, budget: float) -> Choices:
    """The action for those who score highest, as many as the budget allows; nobody of score −inf."""
    order = np.argsort(-score, kind="stable")[: int(budget / COST)]
    chosen = np.full(len(score), NOTHING)
    chosen[order] = action[order]
    return np.where(np.isneginf(score), NOTHING, chosen)


def _best_single(learnt: Learnt) -> int:
    assert learnt.effects is not None  # nobody is ranked by a response that was not learnt
    means = [one.measured for one in learnt.effects.means]
    return list(ACTIONS).index(learnt.names[int(np.argmax(means))])


def _menu(plan: Plan) -> Menu:
    return menu_of(plan, (_CHANNEL,), (0.0,))


def _audience(known: KnownNow, learnt: Learnt | None, may: NDArray[np.bool_]) -> Audience:
    n, unknown = len(known.ids), np.full(len(known.ids), np.nan)
    none, ones = np.zeros((n, 1), dtype=np.uint8), np.ones((n, len(ACTIONS)), dtype=bool)
    churn = unknown if learnt is None else learnt.churn
    stake = unknown if learnt is None else value_at_stake(learnt.spend, MARGIN, HORIZON)
    stage = np.select([known.stage == name for name in STAGES], range(len(STAGES))).astype(np.int8)
    return Audience(
        ids=known.ids, stage=stage, cause=np.full(n, -1, dtype=np.int8), churn=churn, order=1 - churn, stake=stake,
        contact=np.full((n, 1), np.nan, dtype=np.float32), may=may[:, None], week=none, month=none,
        week_all=none[:, 0], month_all=none[:, 0], rested=ones, clear=ones, near=ones,
        suppressed=np.zeros(n, dtype=bool),
    )  # fmt: skip
