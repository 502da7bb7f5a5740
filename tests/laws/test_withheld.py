"""A message that was withheld on purpose is no contact, whoever asks: only those who judge a trial see it."""

from datetime import timedelta

import duckdb
import pyarrow as pa
import pytest

from decisions.actions import Action, Cap, Plan
from features.build.build import build
from features.build.compile import compile_for_one
from features.catalog import catalogue
from features.engine import DuckDB
from features.occurring import occurring
from features.relations import sources_of
from features.spine import Spine
from operations.deciding.contacts import contacts_at
from tests.laws.test_known import CUTOFF, PEOPLE, READERS, rounded, world
from tests.shops import make_shop
from training.data.labels import contact_labels

COLUMNS = [one for one in catalogue({"messages.channel": ["mail"]}) if "messages" in sources_of(one.feature.relation)]


def withheld(channel="mail"):
    """One a customer, on a channel that they are written to on; the newest of their messages."""
    when = CUTOFF - timedelta(days=1)
    return [{"message_id": f"w{who}", "customer_id": who, "happened_at": when, "channel": channel, "propensity": 0.5,
             "action": "voucher", "arm": "control"} for who in PEOPLE]  # fmt: skip


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """The same shop without and with messages that were withheld; and with the same ones sent."""
    sent = [{**row, "arm": "explore"} for row in withheld()]
    tables = world()
    return [make_shop(tmp_path_factory.mktemp("withheld"), **{**tables, "messages": [*tables["messages"], *more]})
            for more in ([], withheld(), sent)]  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_it_changes_nothing_that_is_read_at_a_cutoff(name, shops):
    without, more, _ = shops
    assert rounded(READERS[name](more)) == rounded(READERS[name](without))


def features_of(shop):
    built = build(shop, Spine.of(PEOPLE, [CUTOFF]), COLUMNS)
    return {name: rounded(built[name].to_pylist()) for name in built.column_names}


def test_no_feature_counts_it_and_all_would_count_a_send(shops):
    without, more, sent = (features_of(shop) for shop in shops)
    assert more == without
    assert len(COLUMNS) > 10
    assert sum(sent[one.name] != without[one.name] for one in COLUMNS) > len(COLUMNS) / 2


def one_customer(shop, who):
    """The compiled statement over one customer's rows, as the service runs it."""
    compiled, con = compile_for_one(COLUMNS), duckdb.connect()
    con.execute(f"CREATE TABLE asked AS SELECT 1::INT AS key, '{who}' AS customer_id, TIMESTAMP '{CUTOFF}' AS cutoff")
    for name, columns in compiled.sources.items():
        picked = ", ".join(f"{column}::{kind} AS {column}" for column, kind in columns.items())
        con.execute(
            f"CREATE TABLE {name} AS SELECT 1::INT AS key, TIMESTAMP '{CUTOFF}' AS cutoff, {picked} "
            f"FROM '{shop.path(name)}' WHERE customer_id = '{who}'"
        )
    return rounded(list(con.execute(compiled.sql).fetchone()))


def test_one_customer_compiled_does_not_count_it_either(shops):
    without, more, sent = ([one_customer(shop, who) for who in PEOPLE[:3]] for shop in shops)
    assert more == without
    assert sent != without


def test_labels_channels_caps_and_cool_downs_do_not_either(shops):
    engine = DuckDB()
    plan = Plan((Action("voucher", 0.0, cooldown_days=30),), caps=Cap(week=1))
    told = []
    for shop in shops:
        spine = Spine.of(PEOPLE, [CUTOFF - timedelta(days=28)])
        labels = contact_labels(shop, spine, 28, CUTOFF, ["mail"], engine=engine)
        counted = contacts_at(shop, CUTOFF, pa.array(sorted(PEOPLE)), plan, ("mail",), {}, engine)
        told.append(([column.tolist() for column in labels.values()], counted.week_all.tolist(),
                     counted.rested.tolist(), occurring(shop, "messages.channel", CUTOFF, engine=engine)))  # fmt: skip
    engine.close()
    assert told[1] == told[0]
    assert all(one != other for one, other in zip(told[2][:3], told[0][:3], strict=True))
