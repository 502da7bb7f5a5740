"""Identity resolution against a world whose persons are known."""

from collections import Counter
from itertools import combinations

import pyarrow.parquet as pq
import pytest

from features.engine import DuckDB
from features.identity.resolve import resolve
from features.shop import open_shop
from simulation.world import simulate


@pytest.mark.parametrize("seed", [1, 2])
def test_precision_and_recall_on_the_default_noise(tmp_path, seed):
    simulate(customers=1500, months=8, seed=seed, out=tmp_path / "world")
    shop = open_shop(tmp_path / "world", home=tmp_path / "home")
    engine = DuckDB(threads=1)
    people = resolve(shop, [shop.default_cutoff()], engine)
    found = engine.arrow(people.members)
    person = dict(zip(found["customer_id"].to_pylist(), found["person_id"].to_pylist(), strict=True))
    truth = pq.read_table(tmp_path / "world" / "truth" / "identities.parquet")
    real = dict(zip(truth["source_customer_id"].to_pylist(), truth["person_id"].to_pylist(), strict=True))
    said = {record: person.get(record, record) for record in real}
    together = _pairs(said)
    true = _pairs(real)
    assert len(together & true) / len(together) >= 0.99
    assert len(together & true) / len(true) >= 0.95
    assert len(engine.arrow(people.held)) > 0, "the world has hubs, and none was held back"


def _pairs(groups: dict[str, object]) -> set[tuple[str, str]]:
    members: dict[object, list[str]] = {}
    for record, group in groups.items():
        members.setdefault(group, []).append(record)
    assert Counter(map(len, members.values())).most_common(1)[0][0] < 10
    return {pair for records in members.values() for pair in combinations(sorted(records), 2)}
