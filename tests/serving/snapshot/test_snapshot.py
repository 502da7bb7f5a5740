"""The snapshot finds everyone it knows and nobody else, is swapped whole, and forgets whom it must."""

import json
from datetime import date, datetime, time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.allowed.channels import ChannelRules
from scoring.release import FeatureRef
from serving.errors import SnapshotError
from serving.snapshot.snapshot import CustomerFacts, open_snapshot
from serving.snapshot.write import erase_from, point_to, write_snapshot

COLUMNS = (FeatureRef("days_since_order", "a"), FeatureRef("orders", "b"))
CUTOFF = datetime(2026, 2, 1)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x4FFF, exclude_categories=("Cs",)), min_size=1, max_size=8)


def write(root, ids, name="one", point=True, **changes):
    n = len(ids)
    given = {
        "shop": "test",
        "cutoff": CUTOFF,
        "ids": ids,
        "columns": COLUMNS,
        "matrix": np.arange(2 * n, dtype=np.float32).reshape(n, 2),
        "facts": CustomerFacts(
            ("mail",), np.ones(n, np.uint64), ("S",), np.zeros(n, np.int32), np.full(n, 9, np.uint8)
        ),
        **changes,
    }
    folder = write_snapshot(root, name, **given)
    if point:
        point_to(root, name)
    return folder


def test_what_the_shop_says_of_its_channels_travels_and_forty_of_them_fit(tmp_path):
    names = tuple(f"channel {number}" for number in range(40))
    said = {names[39]: ChannelRules(online=True, cost=Decimal("0.02"), quiet=(time(22), time(8)))}
    last = np.array([1 << 39, 1], np.uint64)
    facts = CustomerFacts(names, last, (), np.zeros(2, np.int32), np.full(2, 9, np.uint8), properties=said)
    write(tmp_path, ["a", "b"], facts=facts)
    read = open_snapshot(tmp_path).facts
    assert read.properties == said
    assert [read.channels_of(read.allowed, row) for row in (0, 1)] == [(names[39],), (names[0],)]


@settings(max_examples=40, deadline=None)
@given(ids=st.lists(IDS, unique=True, max_size=30), others=st.lists(IDS, max_size=30))
def test_every_id_finds_its_row_and_no_other_finds_any(ids, others, tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshot")
    write(root, ids)
    snapshot = open_snapshot(root)
    assert [snapshot.find(one) for one in ids] == list(range(len(ids)))
    assert all(snapshot.find(one) == -1 for one in others if one not in ids)
    assert [snapshot.customer_id(row) for row in range(len(ids))] == ids
    assert all(snapshot.matrix[row].tolist() == [2 * row, 2 * row + 1] for row in range(len(ids)))


@settings(max_examples=40, deadline=None)
@given(ids=st.lists(IDS, unique=True, min_size=1, max_size=20), data=st.data())
def test_erasing_takes_one_away_and_leaves_the_others(ids, data, tmp_path_factory):
    gone = data.draw(st.lists(st.sampled_from(ids), unique=True, min_size=1))
    root = tmp_path_factory.mktemp("erase")
    folder = write(root, ids)
    reader = open_snapshot(root)  # open before, as a worker is
    assert erase_from(folder, gone) == dict.fromkeys(gone, 1)
    for snapshot in (reader, open_snapshot(root)):
        assert all(snapshot.find(one) == -1 for one in gone)
        assert [snapshot.find(one) for one in ids if one not in gone] == [
            row for row, one in enumerate(ids) if one not in gone
        ]
        assert all(np.isnan(snapshot.matrix[ids.index(one)]).all() for one in gone)
        assert all(snapshot.facts.allowed[ids.index(one)] == 0 for one in gone)
    assert erase_from(folder, gone) == {}


def test_linked_ids_lead_to_the_same_row(tmp_path):
    write(tmp_path, ["a", "b"], linked={"card-7": "b", "mail-x": "b"})
    snapshot = open_snapshot(tmp_path)
    assert snapshot.find("card-7") == snapshot.find("mail-x") == snapshot.find("b") == 1
    assert snapshot.keys_of(1) == ["b", "card-7", "mail-x"]


def test_the_pointer_swaps_a_snapshot_as_a_whole(tmp_path):
    write(tmp_path, ["a"], name="one")
    before = open_snapshot(tmp_path)
    write(tmp_path, ["b"], name="two", point=False)
    assert open_snapshot(tmp_path).name == "one"
    point_to(tmp_path, "two")
    assert open_snapshot(tmp_path).find("b") == 0
    assert before.find("a") == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ids": ["a", "a"]}, "1 customer ids repeat"),
        ({"linked": {"x": "nobody"}}, "1 linked ids lead to a customer the snapshot does not have"),
        ({"matrix": np.zeros((2, 3), np.float32)}, r"The matrix is \(2, 3\), expected \(2, 2\)"),
    ],
)
def test_what_does_not_fit_together_is_not_written(tmp_path, changes, message):
    with pytest.raises(SnapshotError, match=message):
        write(tmp_path, **{"ids": ["a", "b"], **changes})
    assert not list(tmp_path.glob("one"))


def test_a_cut_or_changed_snapshot_is_refused(tmp_path):
    folder = write(tmp_path, ["a", "b"])
    features = folder / "features.npy"
    features.write_bytes(features.read_bytes()[:-4])
    with pytest.raises(SnapshotError, match=r"features\.npy has 140 bytes, expected 144"):
        open_snapshot(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "cutoff": "2030-01-01T00:00:00"}))
    with pytest.raises(SnapshotError, match="not the file its digest was taken of"):
        open_snapshot(tmp_path)
    with pytest.raises(SnapshotError, match="perennial score"):
        open_snapshot(tmp_path / "nowhere")


def test_a_snapshot_is_fresh_on_the_day_before_its_cutoff(tmp_path):
    write(tmp_path, ["a"])
    snapshot = open_snapshot(tmp_path)
    assert [snapshot.age_days(date(2026, 1, 31)), snapshot.age_days(date(2026, 2, 2))] == [0, 2]


def test_hours_by_weekday_are_kept_and_erased_and_older_snapshots_have_none(tmp_path):
    hours = np.arange(14, dtype=np.uint8).reshape(2, 7)
    facts = CustomerFacts(
        ("mail",), np.ones(2, np.uint64), (), np.zeros(2, np.int32), np.full(2, 9, np.uint8), hours=hours
    )
    folder = write(tmp_path / "new", ["a", "b"], facts=facts)
    np.testing.assert_array_equal(open_snapshot(tmp_path / "new").facts.hours, hours)
    erase_from(folder, ["a"])
    np.testing.assert_array_equal(open_snapshot(tmp_path / "new").facts.hours, [[255] * 7, hours[1]])
    write(tmp_path / "old", ["a", "b"])
    assert open_snapshot(tmp_path / "old").facts.hours is None
