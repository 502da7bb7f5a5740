"""Whose tables a look reads, and that settling persons for another midnight leaves what the service reads alone."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from features.engine import DuckDB
from features.identity.resolve import unmerged
from features.shop import open_shop
from operations import home as places
from operations.monitor.tables import tables_at
from operations.night import nightly
from simulation.world import simulate
from tests.operations.monitor.watched_shop import AS_OF, AT, silence_rule


@pytest.fixture(scope="module")
def engine():
    with_one = DuckDB(threads=1)
    yield with_one
    with_one.close()


def test_the_tables_of_the_night_count_with_what_callers_told(watched, engine):
    night = nightly.run(watched, AS_OF, {"churn": silence_rule(watched)}, places.scores(watched, AS_OF), serve=True)
    with tables_at(watched, AS_OF, engine) as there:
        assert there.data == night.batch.shop.data
        assert there.settled
    with tables_at(watched, AT, engine) as there:
        assert there.data == watched.data
    settled = replace(watched, settled=True)
    with tables_at(settled, AT, engine) as there:
        assert there is settled


def test_persons_are_settled_aside_and_nothing_stays(engine, home):
    simulate(120, 6, 5, home / "world")
    shop = open_shop(home / "world")
    cut = {"customer_id": "C1", "kind": "email", "value": "x", "at": "2026-01-01"}
    (shop.data.parent / "unmerged.jsonl").write_text(json.dumps(cut))
    assert unmerged(shop) == [cut]
    before = sorted(path.name for folder in (shop.data, shop.data.parent) for path in folder.iterdir())
    for days in range(4):
        with tables_at(shop, shop.default_cutoff() - timedelta(days=days), engine) as there:
            assert there.settled
            assert there.data != shop.data
            assert there.path("orders").is_file()
            assert there.data.parent.name.startswith(".aside-watch-")
            assert unmerged(replace(shop, data=there.data.parent)) == [cut]
    assert sorted(path.name for folder in (shop.data, shop.data.parent) for path in folder.iterdir()) == before
