"""DailySeries are what a plain loop over the rows counts, day by day."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from insights.episodes.series import every_series
from insights.known import known_shop
from tests.insights.kpi_shop import DAYS, FIRST, drawn
from tests.shops import make_shop

AT = FIRST + timedelta(days=DAYS)


def by_day(rows: list[tuple[datetime, object]], name: object) -> list[int]:
    counted = Counter((when - FIRST).days for when, value in rows if name is None or value == name)
    return [counted[day] for day in range(DAYS)]


def test_orders_messages_and_cases_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    tables = drawn(8)
    for row in tables["orders"]:
        row["known_at"] = row["happened_at"]
    for row in tables["tickets"]:
        row["topic"] = "refund"
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = {(one.what, one.place): one for one in every_series(known, FIRST)}
    orders = [(row["happened_at"], row) for row in tables["orders"] if row["amount"] >= 0]
    for name, kind in (("channel", "channel"), ("store", "store_id")):
        places = [(when, row[kind]) for when, row in orders]
        for value in {value for _, value in places}:
            one = found["orders", ((name, value),)]
            assert one.part.tolist() == by_day(places, value)
            assert one.whole.tolist() == by_day(places, None)
    left = {row["message_id"] for row in tables["responses"] if row["kind"] == "unsubscribe" and row["known_at"] < AT}
    sent = [row for row in tables["messages"] if row["arm"] != "control" and row["known_at"] < AT]
    email = found["unsubscribes", (("channel", "email"),)]
    of_email = [(row["happened_at"], row["message_id"] in left) for row in sent if row["channel"] == "email"]
    assert email.part.tolist() == by_day(of_email, True) and email.whole.tolist() == by_day(of_email, None)
    opened = {row["ticket_id"]: row["happened_at"] for row in tables["tickets"] if row["known_at"] < AT}
    cases = found["cases", (("topic", "refund"),)]
    assert cases.part.tolist() == by_day([(when, None) for when in opened.values()], None)


def test_visits_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    tables = drawn(9)
    for row in tables["touchpoints"]:
        row["known_at"], row["device"] = row["happened_at"], "phone"
    with known_shop(make_shop(tmp_path, orders=tables["orders"], touchpoints=tables["touchpoints"]), AT) as known:
        found = {(one.what, one.place): one for one in every_series(known, FIRST)}
    kinds, begun, channel = defaultdict(set), {}, {}
    for row in tables["touchpoints"]:
        session = row["session_id"]
        kinds[session].add(row["kind"])
        begun[session] = min(row["happened_at"], begun.get(session, row["happened_at"]))
        channel[session] = row["channel"]
    far = {"begin_checkout", "payment_failed", "purchase"}
    came = [(begun[s], "payment_failed" in kinds[s]) for s in kinds if channel[s] == "web" and kinds[s] & far]
    failed = found["payment_failures", (("channel", "web"), ("device", "phone"))]
    assert failed.part.tolist() == by_day(came, True)
    assert failed.whole.tolist() == by_day(came, None)
    visits = [(begun[s], channel[s]) for s in kinds]
    assert np.array_equal(found["traffic", (("channel", "web"),)].part, by_day(visits, "web"))
    assert np.array_equal(found["traffic", (("channel", "web"),)].whole, by_day(visits, None))
