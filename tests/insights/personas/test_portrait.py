"""What stands out, and who can be written to, as a plain count has it."""

from pathlib import Path

import pyarrow as pa

from insights.known import known_shop
from insights.personas.portrait import reachable, typical
from tests.insights.personas.two_kinds import APP, AT, STORE, two_kinds
from tests.shops import make_shop


def test_each_kind_is_told_by_what_it_does(tmp_path: Path) -> None:
    people = [row["customer_id"] for row in two_kinds()["customers"]]
    table = pa.table({"customer_id": people, "group": [int(who.startswith("s")) for who in people]})
    with known_shop(make_shop(tmp_path, **two_kinds()), AT) as known:
        members = known.engine.table(table)
        told, reached = typical(known, members), reachable(known, members)
    assert {**told[0], "weekday": None} == {
        "department": "tea", "purchase_channel": "app", "hours": "evening",
        "age": "25–34", "gender": "female", "weekday": None,
    }  # fmt: skip
    assert told[0]["weekday"] in ("saturday", "sunday")
    assert told[1]["department"] == "toys" and told[1]["gender"] == "male" and told[1]["hours"] == "morning"
    assert not {"contact_channel", "region"} & (told[0] | told[1]).keys()  # all answer on one, and live in one
    assert reached == {0: APP // 2, 1: STORE // 2}  # who consented; all were sent mail


def test_fewer_than_twenty_people_stand_for_nothing(tmp_path: Path) -> None:
    tables = two_kinds()
    for row in tables["customers"][:19]:
        row["region"] = "island"
    people = [row["customer_id"] for row in tables["customers"]]
    table = pa.table({"customer_id": people, "group": [int(number >= 19) for number in range(len(people))]})
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        assert 0 not in typical(known, known.engine.table(table))
