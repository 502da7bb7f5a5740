"""The loop: decide, respond, learn, decide; each month judged by the truth, for our policy beside the others.

Our policy lives in the world: what it sends works, and what comes of it is what it learns from. The others are asked
what they would send this very month, to the same people at the same budget, and judged by the same truth; so months
compare policies without noise, and no policy is charged with another's past.
"""

import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from decisions.actions import LEAVE_ALONE
from decisions.allocation.arms import ARMS, EXPLORE
from decisions.receipts import decision_id, receipts
from features.engine import DuckDB
from features.progress import Progress, silent
from features.scratch import own_folder
from operations.loop.knowable import knowable
from operations.loop.learning import KnownNow, Notebook, responding
from operations.loop.made_shop import ACTIONS, NOTHING, Array, Choices, MadeShop
from operations.loop.policies import ALL, OPTIMUM, OURS, Ours, budget_of, chosen_by, optimum, ours

FIRST = 2  # months in which orders come in, before anything is sent
_KEY = "loop"


@dataclass(frozen=True)
class Protocol:
    """What a run is asked for.

    Attributes
    ----------
    months : in which policies are compared
    by_lot : months before, in which everything is dealt by lot, to have something to learn from
    share : of all persons that a month's budget pays a send for
    mechanism : how messages work, of simulation.mechanism.WORLDS
    """

    customers: int
    months: int
    seed: int
    by_lot: int = 6
    share: float = 0.2
    mechanism: str = "usual"


@dataclass(frozen=True)
class MonthTold:
    """One month.

    Attributes
    ----------
    begins : its first midnight
    net, sent : by policy, the true net value of what it sent, in money, and how many sends
    verdict : what the data showed our model: no effect, a mean effect, or effects that differ
    contacted : share of the people outside exploration whom ours writes to
    knowable : true net value of the best choice by what can be known of people (operations.loop.knowable), in money
    """

    begins: datetime
    net: Mapping[str, float]
    sent: Mapping[str, int]
    verdict: str
    contacted: float
    knowable: float


def run(asked: Protocol, threads: int = 1, progress: Progress = silent) -> list[MonthTold]:
    """Let the months pass, and tell each."""
    total = FIRST + asked.by_lot + asked.months
    told: list[MonthTold] = []
    with (
        tempfile.TemporaryDirectory(prefix="loop-", dir=own_folder()) as folder,
        closing(DuckDB(threads=threads)) as engine,
    ):
        made = MadeShop(asked.customers, total, asked.seed, Path(folder), asked.mechanism)
        notes = Notebook(engine)
        for month in range(total):
            progress(f"month {month + 1}", month, total)
            if month < FIRST:
                made.live(np.full(asked.customers, NOTHING))
            elif month < FIRST + asked.by_lot:
                _by_lot(made, notes)
            else:
                told.append(_compared(made, notes, asked, threads))
        progress("done", total, total)
    return told


def _by_lot(made: MadeShop, notes: Notebook) -> None:
    known = notes.look(made, made.read())
    _live(made, known, ours(known, None, made.reachable[known.place], made.now.date(), None))


def _compared(made: MadeShop, notes: Notebook, asked: Protocol, threads: int) -> MonthTold:
    shop, budget, begins = made.read(), budget_of(asked.customers, asked.share), made.now
    known = notes.look(made, shop)
    learnt = notes.learn(made, shop, known, threads)
    may, truth = made.reachable[known.place], made.truth()[known.place]
    response = responding(learnt, known, threads)
    decided = ours(known, learnt, may, begins.date(), budget)
    chosen = {OURS: _action_of(decided), OPTIMUM: optimum(truth, budget)}
    for policy in ALL:
        if policy not in chosen:
            chosen[policy] = chosen_by(policy, known, learnt, response, may, made.month, budget)
    _live(made, known, decided)
    return MonthTold(
        begins=begins,
        net={policy: _net(truth, chosen[policy]) for policy in ALL},
        sent={policy: int((chosen[policy] != NOTHING).sum()) for policy in ALL},
        verdict=learnt.effects.verdict if learnt.effects else "nothing learnt yet",
        contacted=float((chosen[OURS] != NOTHING)[decided.shared.chosen.arm != EXPLORE].mean()),
        knowable=_net(truth, optimum(knowable(known.inputs, truth, may, threads), budget)),
    )


def _net(truth: Array, chosen: Choices) -> float:
    who = np.flatnonzero(chosen != NOTHING)
    return float(truth[who, chosen[who]].sum())


def _action_of(decided: Ours) -> Choices:
    choice = decided.shared.chosen.choice.astype(np.int64)
    owners = np.array([option.action for option in decided.menu.options] + [NOTHING])
    return owners[choice]


def _live(made: MadeShop, known: KnownNow, decided: Ours) -> None:
    everyone = np.full(len(made.ids), NOTHING)
    everyone[known.place] = _action_of(decided)
    made.live(everyone, _table(made, known, decided))


def _table(made: MadeShop, known: KnownNow, decided: Ours) -> pa.Table:
    """The month's decisions as the canonical table has them."""
    chosen, names = decided.shared.chosen, np.array([*ACTIONS, LEAVE_ALONE])
    n = len(known.ids)
    return pa.table({
        "decision_id": [decision_id(one, made.now, _KEY) for one in known.ids],
        "customer_id": known.ids,
        "happened_at": pa.array([made.now] * n, pa.timestamp("us")),
        "action": names[_action_of(decided)].tolist(),
        "arm": _names(chosen.arm),
        "propensity": chosen.propensity,
        "cost": chosen.cost,
        "receipt": receipts(chosen, decided.menu, decided.shared.setting, decided.effects),
    })  # fmt: skip


def _names(arm: NDArray[np.int8]) -> list[str]:
    return [ARMS[one] for one in arm.tolist()]


def closed(months: list[MonthTold], policy: str, base: str) -> float:
    """How much of the gap between another policy and the true optimum a policy closed, over all months."""
    return _closed(months, policy, base, sum(month.net[OPTIMUM] for month in months))


def closed_of_knowable(months: list[MonthTold], policy: str, base: str) -> float:
    """How much of the gap between another policy and what could be known a policy closed, over all months."""
    return _closed(months, policy, base, sum(month.knowable for month in months))


def _closed(months: list[MonthTold], policy: str, base: str, best: float) -> float:
    mine, other = (sum(month.net[name] for month in months) for name in (policy, base))
    return (mine - other) / (best - other) if best > other else float("nan")
