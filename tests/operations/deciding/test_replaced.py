"""A file that another took the place of may have been sent: nobody is contacted for both within a cool-down."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from operations import home
from operations.deciding.contacts import earlier_decisions
from operations.deciding.replaced import keep_replaced, with_replaced
from tests.operations.deciding.test_decide import CUTOFF, _home, exploring, night, sent  # noqa: F401


def test_who_was_given_something_before_an_edit_still_rests_on_later_nights(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    first = {who for who, action in sent(shop, 0).items() if action == "news"}
    assert first
    night(shop, budget=0.0)
    night(shop, budget=0.0)  # the same again
    rows = earlier_decisions(shop, CUTOFF, CUTOFF.replace(year=CUTOFF.year + 1))
    assert not set(rows["customer_id"].to_pylist()) & first  # what stands is what the newer file says
    for day in range(1, 6):
        assert not {who for who, action in sent(shop, day).items() if action == "news"} & first


def test_nothing_is_put_by_where_the_same_is_decided_again(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    night(shop)
    night(shop)
    assert not home.replaced(shop, CUTOFF).exists()


def test_the_same_through_another_channel_may_have_been_sent_as_well(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    night(shop)
    keep_replaced(shop, CUTOFF)
    later = CUTOFF + timedelta(days=1)
    stands = earlier_decisions(shop, CUTOFF, later)
    assert with_replaced(shop, stands, CUTOFF, later) == stands  # the same file: no other instruction
    elsewhere = stands.set_column(stands.column_names.index("channel"), "channel", pa.array(["sms"] * len(stands)))
    assert len(with_replaced(shop, elsewhere, CUTOFF, later)) == 2 * len(stands)


def test_a_file_that_was_cut_off_before_its_manifest_is_not_put_by(tmp_path: Path) -> None:
    shop = exploring(tmp_path)
    night(shop)
    home.decisions(shop, CUTOFF).with_suffix(".manifest.json").unlink()
    night(shop)
    assert not home.replaced(shop, CUTOFF).exists()
