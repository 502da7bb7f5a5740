"""A group on the report is of twenty people, however many rows they fill: every place that can be named is tried."""

import itertools
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from insights.known import known_shop
from insights.report.facts import gather
from insights.report.page import render
from insights.small_groups import SMALLEST
from tests.shops import make_shop

FIRST, DAYS = datetime(2026, 1, 1), 120
AT = FIRST + timedelta(days=DAYS)
SPANS = (28, 60)
BUSY = 25  # rows of each of a group's people
# Names that only a group's people have, by what they name; each column in which a report could tell it.
PLACES = {
    "sold through": "qkiosk", "visited through": "qstall", "written to on": "qpager", "asked on": "qdesk",
    "device": "qlamp", "store": "qbarn", "reason": "qfog", "department": "qhay",
    "gender": "qelf", "region": "qfen",
}  # fmt: skip
GUESTS = {"a guest's channel": "ztram", "a guest's reason": "zrain"}
DEPARTMENTS = {"p0": "tea", "p1": "cups", "phay": PLACES["department"]}
Tables = dict[str, list[dict[str, Any]]]


def usual_shop(draw: random.Random) -> Tables:
    """Three hundred people with two of every place, so that the page tells them apart."""
    tables: Tables = {name: [] for name in ("orders", "order_lines", "touchpoints", "messages", "responses", "tickets")}
    tables["customers"] = [{"customer_id": f"c{i}", "gender": "fm"[i % 2], "region": ("north", "south")[i % 2],
                            "known_at": FIRST} for i in range(300)]  # fmt: skip
    tables["products"] = [{"product_id": one, "department": name} for one, name in DEPARTMENTS.items()]
    for number in range(1_500):
        who = f"c{draw.randrange(300)}"
        add_day(
            tables, who, moment(draw, DAYS), str(number), draw, at=("web", "store")[number % 2], store=f"s{number % 3}"
        )
    return tables


def moment(draw: random.Random, days: int) -> datetime:
    return AT - timedelta(minutes=draw.randrange(1, days * 24 * 60))


def add_day(tables: Tables, who: str, when: datetime, key: str, draw: random.Random, **place: str) -> None:
    """What somebody does on a day: a visit, an order, a message, a case."""
    shared = {"customer_id": who, "happened_at": when}
    visit = {**shared, "channel": place.get("visited", place["at"]), "session_id": f"v{key}",
             "device": place.get("device", "phone")}  # fmt: skip
    kinds = ["view", "add_to_cart", "begin_checkout"][: draw.randint(1, 3)]
    tables["touchpoints"] += [{**visit, "kind": kind, "reason": None} for kind in kinds]
    tables["touchpoints"][-1]["reason"] = place.get("reason", draw.choice(["shipping_cost", None]))
    if draw.random() < 0.5:
        order = {**shared, "happened_at": when + timedelta(seconds=30), "order_id": f"o{key}", "amount": 20,
                 "channel": place["at"], "store_id": place["store"]}  # fmt: skip
        tables["orders"].append(order)
        product = place.get("product", draw.choice(["p0", "p1"]))
        line = order | {"product_id": product, "kind": "order", "department": DEPARTMENTS[product]}
        tables["order_lines"].append(line)
    sent = {**shared, "message_id": f"m{key}", "channel": place.get("mail", draw.choice(["email", "sms"]))}
    tables["messages"].append(sent)
    kind = "click" if draw.random() < 0.3 else "unsubscribe" if draw.random() < 0.1 else "open"
    tables["responses"].append(sent | {"kind": kind, "sent_at": when})
    if draw.random() < 0.3:
        asked = {"channel": place.get("desk", "call"), "topic": "refund", "satisfaction": 4.0}
        tables["tickets"].append({**shared, "ticket_id": f"t{key}", **asked})


def with_groups(people: int) -> Tables:
    """The same with groups of so many people, and of guests, each busy in the last weeks at their own places."""
    draw = random.Random(5)
    tables = usual_shop(draw)
    own = {
        "at": PLACES["sold through"], "visited": PLACES["visited through"], "mail": PLACES["written to on"],
        "desk": PLACES["asked on"], "device": PLACES["device"], "store": PLACES["store"], "reason": PLACES["reason"],
        "product": "phay",
    }  # fmt: skip
    for number, again in itertools.product(range(people), range(BUSY)):
        add_day(tables, f"few{number}", moment(draw, 21), f"few{number}-{again}", draw, **own)
        seen = {"customer_id": None, "happened_at": moment(draw, 21), "session_id": f"guest{number}"}
        places = {name: GUESTS[f"a guest's {name}"] for name in ("channel", "reason")}
        tables["touchpoints"].append(seen | {"kind": "add_to_cart", **places})
    tables["customers"] += [{"customer_id": f"few{i}", "gender": PLACES["gender"], "region": PLACES["region"],
                             "known_at": FIRST} for i in range(people)]  # fmt: skip
    return tables


def page_of(folder: Path, tables: Tables) -> str:
    with known_shop(make_shop(folder, **tables), AT) as known:
        return render(gather(known, None, *SPANS), "en", *SPANS, 0.3)


def named(page: str) -> set[str]:
    return {what for what, name in (PLACES | GUESTS).items() if name in page}


@pytest.fixture(scope="module")
def of_few(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return named(page_of(tmp_path_factory.mktemp("few"), with_groups(SMALLEST - 1)))


@pytest.fixture(scope="module")
def of_many(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return named(page_of(tmp_path_factory.mktemp("many"), with_groups(2 * SMALLEST)))


@pytest.mark.parametrize("what", [*PLACES, *GUESTS])
def test_a_place_is_named_where_forty_people_were_and_not_where_nineteen_were(
    of_few: set[str], of_many: set[str], what: str
) -> None:
    assert what not in of_few, "the rows of nineteen people were taken for a group"
    assert what in of_many, "nothing on the page names it, so that this law would hold of itself"
