"""Every KPI, whole, by month and by channel, equals a naive loop in plain Python."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.errors import FeatureError
from insights.known import Known, Period, known_shop
from insights.kpis.kpi_list import KPIS
from insights.kpis.kpi_values import kpis
from insights.small_groups import large_enough
from tests.insights.kpi_shop import PEOPLE, Rows, drawn
from tests.shops import canonical, make_shop

AT = datetime(2026, 5, 3)
QUARTER = Period(datetime(2026, 2, 1), datetime(2026, 5, 1))
MONTHS = [Period(datetime(2026, month, 1), datetime(2026, month + 1, 1)) for month in (2, 3, 4)]
Tables = dict[str, Rows]


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


class Plain:
    """One group's rows of one period, by loops."""

    def __init__(self, tables: Tables, period: Period, before: Period, channel: str | None) -> None:
        known = {name: [r for r in rows if max(r["happened_at"], r["known_at"]) < AT] for name, rows in tables.items()}
        here = {name: [row for row in rows if channel in (None, row.get("channel"))] for name, rows in known.items()}
        self.all, self.period = known, period
        self.inside = {name: [row for row in rows if self._in(row, period)] for name, rows in here.items()}
        self.touches = self.inside["touchpoints"]
        self.orders = [row for row in self.inside["orders"] if row["kind"] == "order"]
        self.arrived = [row for row in here["orders"] if self._arrived(row, period)]
        self.days: dict[str, set[Any]] = {}
        for row in self.orders:
            self.days.setdefault(row["customer_id"], set()).add(row["happened_at"].date())
        self.days.pop(None, None)  # type: ignore[call-overload]
        self.before = {row["customer_id"] for row in here["orders"] if row["kind"] == "order" and self._in(row, before)}
        self.before.discard(None)
        self.visits: dict[str, Rows] = {}
        for row in here["touchpoints"]:
            self.visits.setdefault(row["session_id"], []).append(row)
        self.visits = {k: rows for k, rows in self.visits.items() if self._in(rows[0], period)}
        self.sent = [row for row in self.inside["messages"] if row["arm"] != "control" and not self._got(row, "bounce")]
        newest = {row["ticket_id"]: row for row in sorted(here["tickets"], key=lambda row: row["known_at"])}
        self.cases = [row for row in newest.values() if self._in(row, period)]

    @staticmethod
    def _in(row: dict[str, Any], period: Period) -> bool:
        return bool(period.since <= row["happened_at"] < period.until)

    @staticmethod
    def _arrived(row: dict[str, Any], period: Period) -> bool:
        came = row["delivered_at"]
        sent = row["kind"] == "order" and row["fulfilment"] != "in_store"
        return sent and came is not None and came < AT and came.date() >= row["happened_at"].date() and bool(
            period.since <= came < period.until)  # fmt: skip

    @staticmethod
    def is_promised(row: dict[str, Any]) -> bool:
        return row["promised_at"] is not None and row["promised_at"].date() >= row["happened_at"].date()

    def late(self) -> list[float]:
        """1 for what came after its promise; a promise without an hour is kept all day."""
        told = []
        for row in self.arrived:
            promised, came = row["promised_at"], row["delivered_at"]
            if self.is_promised(row):
                day_alone = (promised.hour, promised.minute, promised.second) == (0, 0, 0)
                told.append(float(came.date() > promised.date() if day_alone else came > promised))
        return told

    def _got(self, message: dict[str, Any], kind: str) -> bool:
        return any(r["message_id"] == message["message_id"] and r["kind"] == kind and not r["is_machine"]
                   for r in self.all["responses"])  # fmt: skip

    def responded(self, kind: str) -> float | None:
        told = {r["channel"] for r in self.all["responses"] if r["kind"] == kind and not r["is_machine"]}
        sent = [row for row in self.sent if row["channel"] in told]
        return share(sum(self._got(row, kind) for row in sent), len(sent))

    def items(self) -> list[int]:
        lines = [line for line in self.all["order_lines"] if line["kind"] == "order"]
        found = [
            len({line["product_id"] for line in lines if line["order_id"] == row["order_id"]}) for row in self.orders
        ]
        return [count for count in found if count]

    def firsts(self) -> Rows:
        every = [row for row in self.all["orders"] if row["kind"] == "order" and row["customer_id"]]
        return [row for row in self.orders if row["customer_id"] and row["happened_at"] == min(
            other["happened_at"] for other in every if other["customer_id"] == row["customer_id"])]  # fmt: skip

    def spent(self, who: str) -> float:
        rows = [
            row for row in self.all["orders"] if row["customer_id"] == who and row["happened_at"] < self.period.until
        ]
        return float(sum(row["amount"] for row in rows))


def dwells(plain: Plain) -> list[float]:
    stated = [[r["dwell_seconds"] for r in rows if r["dwell_seconds"] is not None] for rows in plain.visits.values()]
    return [sum(values) for values in stated if values]


ORACLE: dict[str, Callable[[Plain], float | None]] = {
    "traffic": lambda p: len(p.visits) or None,
    "dwell": lambda p: mean(dwells(p)),
    "bounce_rate": lambda p: share(sum(len(rows) == 1 for rows in p.visits.values()), len(p.visits)),
    "conversion": lambda p: share(
        sum(any(r["kind"] == "purchase" for r in rows) for rows in p.visits.values()), len(p.visits)
    ),
    "empty_searches": lambda p: mean([float(r["results"] == 0) for r in p.touches if r["results"] is not None]),
    "slow_pages": lambda p: mean([float(r["load_ms"] > 3000) for r in p.touches if r["load_ms"] is not None]),
    "payment_failures": lambda p: mean(
        [float(r["kind"] == "payment_failed") for r in p.touches if r["kind"] in ("payment_failed", "purchase")]
    ),
    "orders": lambda p: len(p.orders) or None,
    "net_sales": lambda p: float(sum(row["amount"] for row in p.inside["orders"])) or None,
    "average_order_value": lambda p: mean([float(row["amount"]) for row in p.orders]),
    "items_per_order": lambda p: mean(p.items()),
    "return_rate": lambda p: share(
        float(-sum(row["amount"] for row in p.inside["orders"] if row["kind"] == "return")),
        float(sum(row["amount"] for row in p.orders)),
    ),
    "late_deliveries": lambda p: mean(p.late()),
    "delivery_time": lambda p: mean(
        [float((r["delivered_at"].date() - r["happened_at"].date()).days) for r in p.arrived]
    ),
    "buyers": lambda p: len(p.days) or None,
    "repurchase_rate": lambda p: share(sum(len(days) >= 2 for days in p.days.values()), len(p.days)),
    "retention": lambda p: share(len(p.before & set(p.days)), len(p.before)),
    "lifetime_value": lambda p: mean([p.spent(who) for who in p.days]),
    "referral": lambda p: share(sum(int(row["customer_id"][1:]) % 5 == 0 for row in p.firsts()), len(p.firsts())),
    "reach": lambda p: len({row["customer_id"] for row in p.sent}) or None,
    "open_rate": lambda p: p.responded("open"),
    "click_rate": lambda p: p.responded("click"),
    "unsubscribe_rate": lambda p: p.responded("unsubscribe"),
    "satisfaction": lambda p: mean([row["satisfaction"] for row in p.cases if row["satisfaction"] is not None]),
    "open_cases": lambda p: mean([float(r["closed_at"] is None or r["closed_at"] >= p.period.until) for r in p.cases]),
}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return canonical(drawn(1))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with known_shop(make_shop(tmp_path_factory.mktemp("shop"), **drawn(1)), AT) as known:
        yield known


# KPIs that are about so few of the rows that a month's are of under twenty people.
FEW: dict[str, Callable[[Plain], Rows]] = {
    "referral": lambda p: p.firsts(),
    "late_deliveries": lambda p: [row for row in p.arrived if Plain.is_promised(row)],
}


def few(plains: dict[str, Plain], rows_of: Callable[[Plain], Rows]) -> list[str]:
    """The channels at which under twenty customers, or guests' orders, stand behind the rows, and what reveals them."""
    people = {name: len({row["customer_id"] or row["order_id"] for row in rows_of(p)}) for name, p in plains.items()}
    there = {name: many for name, many in people.items() if many}
    return [name for name, told in zip(there, large_enough([*there.values()]), strict=True) if not told]


def told(table: pa.Table, *by: str) -> dict[tuple[Any, ...], float]:
    return {(row["kpi"], *(row[name] for name in by)): row["value"] for row in table.to_pylist()}


def test_the_oracle_knows_every_kpi() -> None:
    assert set(ORACLE) == {one.name for one in KPIS}
    assert all(one.en and one.zh and one.formula for one in KPIS)


def test_kpis_of_a_period(known: Known, tables: Tables) -> None:
    plain = Plain(tables, QUARTER, Period(datetime(2025, 11, 4), QUARTER.since), None)
    expected = {(name,): value for name, say in ORACLE.items() if (value := say(plain)) is not None}
    assert told(kpis(known, QUARTER)) == pytest.approx(expected)


def test_kpis_by_month_and_channel(known: Known, tables: Tables) -> None:
    found = told(kpis(known, QUARTER, by=["channel"], every="month"), "period_start", "channel")
    expected = {}
    for place, month in enumerate(MONTHS):
        before = Period([datetime(2026, 1, 1), *(one.since for one in MONTHS)][place], month.since)
        plains = {one: Plain(tables, month, before, one) for one in ("web", "app", "store", "email", "sms", "call")}
        hidden = {(name, channel) for name, rows in FEW.items() for channel in few(plains, rows)}
        for channel, plain in plains.items():
            told_of = {name: say(plain) for name, say in ORACLE.items() if (name, channel) not in hidden}
            expected |= {(name, month.since, channel): v for name, v in told_of.items() if v is not None}
    assert {*found} ^ {*expected} == set()
    assert found == pytest.approx(expected)


def test_the_value_of_a_stores_buyers_counts_what_they_bought_elsewhere(tmp_path: Path) -> None:
    orders = [
        {"order_id": f"{place}{who}", "customer_id": f"c{who}", "happened_at": datetime(2026, 3, 1), "amount": amount,
         "store_id": store, "channel": channel}
        for who in range(20)
        for place, amount, store, channel in (("s", 10, "s1", "store"), ("w", 5, None, "web"), ("x", 1, None, None))
    ]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=orders), AT) as known:
        for place, name in (("store", "s1"), ("channel", "web")):
            found = told(kpis(known, QUARTER, names=["lifetime_value"], by=[place]), place)
            assert found["lifetime_value", name] == 16.0


def test_a_ratio_of_the_quarter_is_no_mean_of_its_months(known: Known) -> None:
    whole = told(kpis(known, QUARTER, names=["repurchase_rate"]))[("repurchase_rate",)]
    months = told(kpis(known, QUARTER, names=["repurchase_rate"], every="month"), "period_start")
    assert whole > max(months.values())


def test_segments_tell_kpis_apart(known: Known) -> None:
    segments = pa.table({"customer_id": [f"c{i}" for i in range(PEOPLE)], "segment": ["x"] * 100 + ["y"] * 50})
    found = told(kpis(known, QUARTER, names=["buyers"], by=["segment"], segments=segments), "segment")
    whole = told(kpis(known, QUARTER, names=["buyers"]))[("buyers",)]
    assert found[("buyers", "x")] + found[("buyers", "y")] == whole


def test_rows_known_after_the_period_are_counted(known: Known, tables: Tables) -> None:
    rows = kpis(known, QUARTER, names=["orders"], every="month").to_pylist()
    for row, month in zip(rows, MONTHS, strict=True):
        assert row["late_rows"] == sum(
            month.since <= one["happened_at"] < month.until <= one["known_at"] < AT for one in tables["orders"]
        )
    assert rows[0]["late_rows"] > 0


def test_groups_under_twenty_people_are_not_told(known: Known) -> None:
    segments = pa.table({"customer_id": [f"c{i}" for i in range(PEOPLE)], "segment": ["x"] * 131 + ["y"] * 19})
    assert kpis(known, QUARTER, names=["buyers"], by=["segment"], segments=segments).num_rows == 0


def test_a_kpi_whose_rows_lack_the_place_is_left_out(known: Known) -> None:
    names = {row["kpi"] for row in kpis(known, QUARTER, by=["store"]).to_pylist()}
    assert "orders" in names
    assert not names & {"open_rate", "traffic"}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"names": ["sales"]}, "'sales' is no KPI. There are traffic"),
        ({"by": ["colour"]}, "KPIs are not told by 'colour'. Choose of channel"),
        ({"by": ["segment"]}, "KPIs by segment need `segments`"),
    ],
)
def test_what_is_not_known_is_refused(known: Known, asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FeatureError, match=sentence):
        kpis(known, QUARTER, **asked)


def test_a_kpi_is_of_the_people_it_is_about(tmp_path: Path) -> None:
    """Sixty people with cases, three of whom gave a score; sixty visitors, nine of whom searched, over and over."""
    day = datetime(2026, 2, 3)
    cases = [{"ticket_id": f"t{i}", "customer_id": f"c{i % 60}", "happened_at": day, "channel": "call",
              "satisfaction": 5.0 if i % 60 < 3 else None} for i in range(300)]  # fmt: skip
    touches = [{"customer_id": f"c{i % 60}", "happened_at": day, "channel": "web", "kind": "search",
                "results": 0.0 if i % 60 < 9 else None} for i in range(600)]  # fmt: skip
    orders = [{"order_id": "o", "customer_id": "c1", "happened_at": day, "amount": 1}]
    with known_shop(make_shop(tmp_path, tickets=cases, touchpoints=touches, orders=orders), AT) as known:
        for by in ((), ("channel",)):
            names = {row["kpi"] for row in kpis(known, QUARTER, by=by).to_pylist()}
            assert not names & {"satisfaction", "empty_searches"} and "traffic" in names
        assert {row["kpi"] for row in kpis(known, QUARTER).to_pylist()} >= {"orders", "net_sales", "buyers"}


def test_a_shop_that_never_records_a_failed_payment_is_not_told_to_have_none(tmp_path: Path) -> None:
    day = datetime(2026, 2, 3)
    touches = [{"customer_id": f"c{i}", "happened_at": day, "channel": "web", "kind": "purchase"} for i in range(60)]
    orders = [{"order_id": "o", "customer_id": "c1", "happened_at": day, "amount": 1}]
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), AT) as known:
        assert "payment_failures" not in {row["kpi"] for row in kpis(known, QUARTER).to_pylist()}
