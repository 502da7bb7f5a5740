"""A visit ends where its session ends, or with the day; an order pays for it where purchases are not tracked."""

from datetime import datetime, timedelta
from pathlib import Path

from insights.funnel.funnel import funnel
from insights.funnel.visits import visits
from insights.known import Period, known_shop
from tests.shops import make_shop

SINCE, UNTIL = datetime(2026, 2, 1), datetime(2026, 3, 1)


def test_an_order_of_the_day_pays_for_a_visit_where_purchases_are_not_tracked(tmp_path: Path) -> None:
    day = datetime(2026, 2, 3, 10)
    touches = [{"customer_id": f"c{i}", "happened_at": day, "channel": "store", "kind": "visit"} for i in range(80)]
    orders = [
        {"order_id": f"o{i}", "customer_id": f"c{i}", "happened_at": day + timedelta(hours=1 if i else -1),
         "amount": 10, "channel": "store" if i < 30 else "web"}
        for i in range(60)
    ]  # fmt: skip
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), UNTIL) as known:
        (row,) = funnel(known, Period(SINCE, UNTIL)).to_pylist()
    assert (row["step"], row["next_step"], row["visits"], row["passed"], row["came_back"]) == (
        "visit", "payment", 80, 29, 30,
    )  # fmt: skip


def test_a_session_without_end_is_cut_at_midnights(tmp_path: Path) -> None:
    touches = [
        {"customer_id": f"c{i}", "happened_at": SINCE + timedelta(days=day, minutes=i), "channel": "web",
         "kind": "visit" if day else "view", "session_id": f"s{i}"}
        for i in range(30) for day in range(5)
    ]  # fmt: skip
    orders = [{"order_id": "o", "customer_id": "c1", "happened_at": SINCE, "amount": 1}]
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), UNTIL) as known:
        (row,) = funnel(known, Period(SINCE, UNTIL)).to_pylist()
    assert (row["visits"], row["passed"]) == (150, 30)


def test_what_people_say_of_the_shop_is_no_visit(tmp_path: Path) -> None:
    touches = [
        {"customer_id": "c", "happened_at": SINCE + timedelta(days=day), "channel": "social", "kind": kind}
        for day, kind in enumerate(("share", "visit", "review", "invite"))
    ]
    orders = [{"order_id": "o", "customer_id": "c", "happened_at": SINCE, "amount": 1}]
    with known_shop(make_shop(tmp_path, touchpoints=touches, orders=orders), UNTIL) as known:
        rows = known.engine.arrow(visits(known)).to_pylist()
    assert [(row["happened_at"].day, row["touches"], row["reached"]) for row in rows] == [(2, 1, 0)]
