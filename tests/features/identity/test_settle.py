from datetime import datetime

from features.build.build import build
from features.identity import resolve
from features.identity.resolve import unmerge
from features.identity.settle import merge_log, settle
from features.spine import Spine
from tests.features.identity.test_resolve import COLUMNS, mark, order, values
from tests.shops import make_shop

MAY, JUNE = datetime(2026, 5, 1), datetime(2026, 6, 1)


def two_records(folder):
    return make_shop(
        folder,
        orders=[order("web", MAY), order("till", MAY), order("else", MAY)],
        products=[{"product_id": "p"}],
        identities=[mark("web", "a"), mark("till", "a", MAY)],
    )


def test_a_settled_shop_answers_as_the_resolved_one(tmp_path):
    shop = two_records(tmp_path)
    settled, linked = settle(shop, JUNE)
    assert linked == {"till": "web"}
    assert (
        values(Spine.ever(settled, JUNE).rows) == [("else", JUNE), ("web", JUNE)] == values(Spine.ever(shop, JUNE).rows)
    )
    spine = Spine.ever(shop, JUNE)
    assert build(settled, spine, COLUMNS).equals(build(shop, spine, COLUMNS))
    assert settled.path("products").read_bytes() == shop.path("products").read_bytes()


def test_a_cut_settles_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(resolve, "_unmerged_path", lambda shop: tmp_path / "unmerged.jsonl")
    shop = two_records(tmp_path)
    assert settle(shop, JUNE)[1] == {"till": "web"}
    unmerge(shop, "till", "email", "a", by="Ada", why="two sisters")
    settled, linked = settle(shop, JUNE)
    assert linked == {}
    assert len(Spine.ever(settled, JUNE)) == 3


def test_the_log_shows_the_evidence_of_each_link(tmp_path):
    log = merge_log(two_records(tmp_path), JUNE)
    said = [(row["person_id"], row["customer_id"], row["kind"], row["sharing"]) for row in log["links"].to_pylist()]
    assert said == [("web", "till", "email", 2), ("web", "web", "email", 2)]
    assert len(log["held"]) == 0


def test_a_shop_without_identities_stays_as_it_is(tmp_path):
    shop = make_shop(tmp_path, orders=[order("a", MAY)])
    assert settle(shop, JUNE) == (shop, {})
    assert merge_log(shop, JUNE) == {}
