"""A made shop that lives month by month: it writes to whom it is told, and its tables are read as any shop's.

A month is four weeks. Messages go out on its first morning, each through the channel the person clicked on last, else
the first that may be used. Records are not split and nothing arrives late, so that only the decisions are on trial.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.shop import Shop, open_shop
from simulation.ahead import having_read, orders_ahead, standing, week_ahead
from simulation.baskets import COUPON_OFF, VOUCHER_USED
from simulation.contract import FORMS
from simulation.effects import VOUCHER_WEEKS
from simulation.export import write
from simulation.mechanism import mechanism_of
from simulation.noise import Noise
from simulation.policy import NEWSLETTER, POLICY, RECOMMEND, VOUCHER, Sends
from simulation.season import HOUR, START, WEEK, Calendar
from simulation.state import World
from simulation.truth import answer_chances
from simulation.words import SOURCES
from simulation.world import create, pass_week

WEEKS = 4  # a month; also how long an effect is told for
MARGIN = 0.35
COST = 1.0  # of a send, in money
ACTIONS: Mapping[str, int] = {"recommend": RECOMMEND, "voucher": VOUCHER, "newsletter": NEWSLETTER}
NOTHING = -1
_HOUR = 10
_READ = ("orders", "messages", "responses", "touchpoints")
_NUMBERED = {"orders": "order_id", "messages": "message_id"}
_KEPT = 0.93  # of what orders that are wanted would come to: some break off at the till, some is sent back
_EARLIER_ORDERS = 3.0  # of the mean amount, that a person's own mean is shrunk by
Choices = NDArray[np.int64]
Array = NDArray[np.float64]
Matrix = NDArray[np.float32]


class MadeShop:
    """The shop and its hidden world.

    Parameters
    ----------
    months : how many there are in all, of four weeks each
    mechanism : how messages work, of simulation.mechanism.WORLDS
    """

    def __init__(self, customers: int, months: int, seed: int, folder: Path, mechanism: str = "usual") -> None:
        calendar = Calendar(-(-(months + 1) * WEEKS * 7 // 28))
        quiet = Noise(late=0, second_record=0, linked=0, typo=0, till_email=0, shared_card=0, guests_in_store=0,
                      guests_online=0, machine_openers=0)  # fmt: skip
        self.world = create(customers, calendar, seed, quiet)
        self.world.plans, self.world.mechanism = self._plan, mechanism_of(mechanism, seed)
        self.ids: list[str] = self.world.records.ids().take(pa.array(np.arange(customers) * len(SOURCES))).to_pylist()
        self.month = 0
        self._folder, self._chosen = folder, np.full(customers, NOTHING)
        self._decisions: list[pa.Table] = []

    @property
    def now(self) -> datetime:
        """The midnight the month begins with."""
        return START + timedelta(weeks=WEEKS * self.month)

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """Who may be written to through some channel."""
        return np.asarray(self.world.allowed().any(axis=1))

    def live(self, chosen: Choices, decisions: pa.Table | None = None) -> None:
        """Let the month pass.

        Parameters
        ----------
        chosen : (customers,)   place of the action in ACTIONS that each is sent; NOTHING for none
        decisions : what was decided, in columns of the canonical table
        """
        self._chosen = np.where(self.reachable, chosen, NOTHING)
        if decisions is not None:
            self._decisions.append(decisions)
        for week in range(self.month * WEEKS, (self.month + 1) * WEEKS):
            pass_week(self.world, week)
        self.month += 1

    def read(self) -> Shop:
        """The shop's tables as known now."""
        folder = self._folder / "shop"
        folder.mkdir(exist_ok=True)
        (folder / "shop.toml").write_text(
            f'name = "loop"\ncurrency = "CNY"\n[tasks]\nhorizon = "28d"\nactive_within = "90d"\n'
            f"[business]\nmargin = {MARGIN}\n"
        )
        end, ids = self.month * WEEKS * WEEK, self.world.records.ids()
        for table in _READ:
            ledger = self.world.ledgers[table]
            columns = {name: ledger.column(name) for name in FORMS[table] if name != "source"}
            columns["known_at"] = columns["happened_at"]
            if table in _NUMBERED:
                columns[_NUMBERED[table]] = np.arange(ledger.rows, dtype=np.int32)
            write(folder, table, columns, columns["happened_at"] < end, ids)
        if self._decisions:
            pq.write_table(pa.concat_tables(self._decisions), folder / "decisions.parquet")
        return open_shop(folder, home=self._folder / "home")

    def truth(self) -> Array:
        """What each message would be worth now, (customers, actions): the margin of four weeks more than without it,
        less the send; −inf where no channel may be used. Nobody but the judge may look."""
        world, week, n = self.world, self.month * WEEKS, len(self.ids)
        amount, net = self._amounts(), np.empty((n, len(ACTIONS)))
        _, sent = week_ahead(world, standing(world), week)  # the first week's orders are over when a message works
        left = orders_ahead(world, sent, week + 1, WEEKS - 1)
        for place, action in enumerate(ACTIONS.values()):
            chance = answer_chances(world, week, action, (_HOUR,))[1][np.arange(n), self._channels()]
            read = orders_ahead(world, having_read(world, sent, action), week + 1, WEEKS - 1)
            spent = (read - left).sum(axis=0) * amount
            if action == VOUCHER:
                spent -= COUPON_OFF * VOUCHER_USED * read[: VOUCHER_WEEKS - 1].sum(axis=0) * amount
            net[:, place] = np.where(self.reachable, MARGIN * _KEPT * chance * spent - COST, -np.inf)
        return net

    def _amounts(self) -> Array:
        """What an order of each person comes to, in money: their own mean, shrunk to everybody's."""
        buyers, n = self.world.hidden["buyers"], len(self.ids)
        who, amount = buyers.column("person").astype(np.int64), buyers.column("amount") / 100.0
        mean = float(amount.mean()) if len(amount) else 0.0
        count = np.bincount(who, minlength=n)
        total = np.bincount(who, weights=amount, minlength=n)
        return np.asarray((total + _EARLIER_ORDERS * mean) / (count + _EARLIER_ORDERS))

    def _channels(self) -> Choices:
        allowed, last = self.world.allowed(), self.world.condition.clicked_on
        usable = (last >= 0) & allowed[np.arange(len(last)), np.maximum(last, 0)]
        return np.where(usable, last, allowed.argmax(axis=1))

    def _plan(self, world: World, week: int, group: Choices) -> tuple[Sends, Sends]:
        chosen = self._chosen if week % WEEKS == 0 else np.full_like(self._chosen, NOTHING)
        who = np.flatnonzero(chosen != NOTHING)
        sends = Sends(
            who=who,
            action=np.array(list(ACTIONS.values()))[chosen[who]],
            channel=self._channels()[who],
            second=np.full(len(who), week * WEEK + _HOUR * HOUR),
            propensity=np.ones(len(who)),
            action_propensity=np.full(len(who), np.nan),
            arm=np.full(len(who), POLICY),
        )
        return sends, sends.take(np.zeros(len(who), dtype=bool))
