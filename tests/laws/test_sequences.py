"""Night and call say the same of every customer, whatever was sent, repeated, corrected, erased and swapped before.

A machine draws sequences of what happens to a served shop, and holds both against a dictionary of orders.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from prometheus_client import CollectorRegistry

from features.catalog import pick
from features.shop import Shop
from operations import home
from operations.night import nightly
from operations.publish import exporter
from perennial.running import settings_for
from scoring.release import FeatureRef, Head, ReleasedModel, Term, write_model
from serving.http.metrics import Metrics
from serving.snapshot.snapshot import open_snapshot
from serving.state.erasure import erasure_of, settle
from serving.worker import Worker
from tests.features.ingest import exports
from tests.perennial.corner_shop import CUTOFF, ago, rule_model
from tests.serving.asgi import Caller
from training.review.export import Champion

COLUMNS = pick(["orders", "spend_365d", "days_since_order"])
PEOPLE = ("a", "b", "new 1", "新2")
NUMBERS = ("n0", "n1", "n2")
DAYS = (1, 9, 365, 366)  # the last two lie on either side of the window of spend_365d
AMOUNTS = ("5.00", "7.50", "20.00")
EXPORTED = {"o0": ("a", 9, "10.00"), "o1": ("b", 9, "10.00"), "o2": ("who stays", 9, "10.00")}
BUSY = (429, 503)
Order = tuple[str, int, str]  # whose, how many days before the cutoff, amount


class Served(RuleBasedStateMachine):
    """A shop that is served, and the orders that count."""

    shop: Shop
    untouched: Path
    model: ReleasedModel

    @initialize()
    def start(self) -> None:
        for kind in ("state", "snapshots", "features", "scores", "decisions", "archive"):
            shutil.rmtree(home.home_folder() / kind, ignore_errors=True)
        shutil.rmtree(self.shop.data)
        shutil.copytree(self.untouched, self.shop.data)
        self.orders: dict[str, Order] = dict(EXPORTED)
        self.erased: set[str] = set()
        self.settled: dict[str, str] = {}  # order → whose it was at the last night
        self.run_night()
        chosen = settings_for(today=str(date(2026, 5, 31)), watch_seconds=60, lag_seconds=60)
        self.worker = Worker(chosen, Metrics(CollectorRegistry()), lambda _: None)
        self.worker.start()

    def teardown(self) -> None:
        if hasattr(self, "worker"):
            self.worker.stop()

    @rule(number=st.sampled_from(NUMBERS), who=st.sampled_from(PEOPLE), days=st.sampled_from(DAYS),
          amount=st.sampled_from(AMOUNTS))  # fmt: skip
    def send(self, number: str, who: str, days: int, amount: str) -> None:
        """An order: a new one, the same again, or a correction, also one that moves it to someone else.

        What a night took in stays with its customer too until the next night (record 0015): it is not moved here.
        """
        who = self.settled.get(number, who)
        self.post("events", orders=[self.row(number, (who, days, amount))])
        if who not in self.erased:
            self.orders[number] = (who, days, amount)

    @rule(number=st.sampled_from((*EXPORTED, *NUMBERS)))
    def repeat(self, number: str) -> None:
        """What counts already, from an export or a call, sent again."""
        if number in self.orders:
            self.post("events", orders=[self.row(number, self.orders[number])])

    @rule(who=st.sampled_from(PEOPLE))
    def erase(self, who: str) -> None:
        answer = self.post("erase", customer_id=who)
        state = self.worker.state
        assert settle(state, home.places(self.shop), seconds=60) and erasure_of(state, answer["request_id"]).done
        self.erased.add(who)
        self.orders = {number: order for number, order in self.orders.items() if order[0] != who}
        self.settled = {number: one for number, one in self.settled.items() if one != who}

    @rule()
    def swap(self) -> None:
        """The worker takes up the newest snapshot."""
        self.worker.watcher.look()

    @rule()
    def night(self) -> None:
        self.run_night()
        snapshot = open_snapshot(home.snapshots(self.shop))
        names = [column.name for column in snapshot.columns]
        self.settled = {number: who for number, (who, *_) in self.orders.items()}
        for who in PEOPLE:
            at = snapshot.find(who)
            found = None if at < 0 else [float(snapshot.matrix[at, names.index(one.name)]) for one in COLUMNS]
            assert found == self.wanted(who), f"the night about {who}"

    @invariant()
    def calls_say_what_counts(self) -> None:
        if not hasattr(self, "worker"):
            return
        told = {one["customer_id"]: one["status"] for one in self.post("churn", customer_ids=[*PEOPLE])["results"]}
        live = self.worker.watcher.live
        assert live is not None
        rows = self.worker.standing.rows(live, PEOPLE, {})
        for who in PEOPLE:
            wanted = self.wanted(who)
            assert told[who] == ("unknown_customer" if wanted is None else "ok"), f"{who}: {told[who]}"
            if wanted is not None:
                at = live.snapshot.find(who)
                row = rows[who] if who in rows else live.snapshot.matrix[at]
                assert [float(row[live.names.index(one.name)]) for one in COLUMNS] == wanted, f"a call about {who}"

    @invariant()
    def nothing_is_kept_of_the_erased(self) -> None:
        for who in getattr(self, "erased", ()):
            kept = self.worker.state.read("SELECT row FROM events WHERE instr(row, ?)", (f'"{who}"',))
            assert kept == [], f"an event still names {who}"

    def wanted(self, who: str) -> list[float] | None:
        """Orders, spend of a year and days since the last, or None of someone without an order."""
        own = [(days, float(amount)) for one, days, amount in self.orders.values() if one == who]
        if not own:
            return None
        return [float(len(own)), sum(amount for days, amount in own if days <= 365), float(min(own)[0])]

    def run_night(self) -> None:
        nightly.run(
            self.shop, CUTOFF, {"churn": self.model}, home.scores(self.shop, CUTOFF), serve=True, accept=True
        )  # fmt: skip

    def post(self, call: str, **body: Any) -> dict[str, Any]:
        """What the service says; a busy machine's refusals are asked again, as a client does."""
        for _ in range(100):
            answer = Caller(self.worker.application).post(f"/v1/{call}", json=body)
            if answer.status_code not in BUSY:
                break
            sleep(0.1)
        assert answer.status_code in (200, 202), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def row(self, number: str, order: Order) -> dict[str, str]:
        who, days, amount = order
        return {"order_id": number, "customer_id": who, "happened_at": ago(days).isoformat(), "amount": amount}


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    head = "order_id,customer_id,happened_at,amount\n"
    lines = "".join(f"{number},{who},{ago(days)},{amount}\n" for number, (who, days, amount) in EXPORTED.items())
    shop = exports.opened(tmp_path, orders__csv=head + lines)
    Served.untouched = tmp_path / "untouched"  # where no erasure reaches
    shutil.copytree(shop.data, Served.untouched)
    terms = tuple(Term(column.name, -1.0, 0.0) for column in COLUMNS)
    refs = tuple(FeatureRef(column.name, column.fingerprint) for column in COLUMNS)
    head_of = Head("churn_probability", "logit", terms=terms)
    model = replace(rule_model().model, shop=shop.name, features=refs, heads=(head_of,))
    folder = tmp_path / "model"
    exporter(shop)({"churn": Champion(folder, write_model(model, {}, folder), "3")})
    Served.shop, Served.model = shop, ReleasedModel(model, "3")


@pytest.mark.usefixtures("served")
def test_night_and_call_agree_after_each_kind_of_step() -> None:
    machine = Served()
    steps: list[Callable[[], None]] = [
        lambda: machine.send("n0", "new 1", 9, "5.00"),
        lambda: machine.send("n0", "新2", 1, "5.00"),  # moved: nothing is known of new 1 any more
        lambda: machine.send("n0", "new 1", 9, "5.00"),
        lambda: machine.repeat("n0"),
        lambda: machine.send("n0", "new 1", 365, "7.50"),  # corrected
        lambda: machine.send("n1", "b", 366, "20.00"),
        machine.night,
        lambda: machine.send("n0", "new 1", 1, "20.00"),  # corrected after a night took it in
        machine.swap,
        lambda: machine.repeat("o1"),
        lambda: machine.erase("b"),
        lambda: machine.send("n2", "b", 1, "5.00"),  # of someone erased
        machine.swap,
        machine.night,
        lambda: machine.erase("new 1"),
        machine.night,
        machine.swap,
        lambda: machine.send("n1", "a", 1, "7.50"),
    ]
    try:
        machine.start()
        for step in steps:
            step()
            machine.calls_say_what_counts()
            machine.nothing_is_kept_of_the_erased()
    finally:
        machine.teardown()


@pytest.mark.usefixtures("served")
def test_night_and_call_agree_after_any_sequence() -> None:
    run_state_machine_as_test(
        Served,
        settings=settings(
            max_examples=4,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a sequence is short enough to read as it was found
            suppress_health_check=list(HealthCheck),
        ),
    )
