"""Recommended products: in question, ranked, with reasons, never what cannot be had, always as many as asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scoring.errors import ReleaseError
from scoring.products.candidates import GOODS, Alike, Candidates, Links, plain, ragged
from scoring.products.columns import PAIRS, REFERENCES
from scoring.products.pairs import pairs
from scoring.products.ranker import DISCOVERY, REPEAT, Ranker
from scoring.release import Head, Model, Term
from serving.calls.recommend import Wanted, recommend
from serving.errors import SnapshotError
from serving.snapshot.candidates import erase_candidates, read_candidates, write_candidates
from tests.serving.tiny import read_tiny_texts, tiny_candidates

TEXTS = read_tiny_texts("en")


def _tables() -> Candidates:
    """Two customers own P0 and P1; P0 goes with P7, customer 1 is like those who buy P8; P9 is in segment 0."""
    tables = tiny_candidates(2)
    companions = Links(np.array([0, 1, *[1] * 9]), np.array([7], np.int32), np.array([0.5], np.float32))
    strength = np.array([0.3], np.float32)
    alike = Alike(np.array([0, 0, 1]), np.array([8], np.int32), strength, np.zeros(1, np.float32), strength)
    goods = np.full((10, len(GOODS)), 0.1, dtype=np.float32)
    return replace(
        tables, companions=companions, alike=alike, goods=goods, in_segment=ragged([[9], []]),
        segments=np.array([0, -1], np.int16), orders=np.array([6, 6], np.uint16),
    )  # fmt: skip


def _model(*terms: Term) -> Model:
    heads = tuple(Head(name, "logit", terms=terms) for name in (REPEAT, DISCOVERY))
    return Model("recommendation", "test", "gradient_boosting", 28, 91, "2026-02-01", "2025-01-01", ("2026-01-04",),
                 REFERENCES, (), {}, heads)  # fmt: skip


def _ids(wanted: Wanted, k: int = 5, ranker: Ranker | None = None, **more: object) -> list[str]:
    (items,) = recommend(_tables(), ranker or Ranker(None), [wanted], k, **{"exclude": (), "texts": TEXTS, **more})
    return [item["product_id"] for item in items]


def test_without_a_model_own_products_come_first_then_the_store_then_all() -> None:
    assert _ids(Wanted(0, 0), 4) == ["P0", "P1", "P5", "P3"]
    assert _ids(Wanted(-1), 3) == ["P3", "P4", "P5"]


def test_a_model_ranks_all_that_is_in_question_in_one_list() -> None:
    by_kindred = Ranker(_model(Term("kindred", 1.0), Term("own_place", -0.01)))
    assert _ids(Wanted(1, 0), 2, by_kindred) == ["P8", "P0"]


def test_what_goes_with_a_cart_comes_into_question_and_the_cart_itself_does_not() -> None:
    by_companion = Ranker(_model(Term("companion", 1.0)))
    (items,) = recommend(_tables(), by_companion, [Wanted(-1, cart=("P0", "unknown"))], 9, exclude=(), texts=TEXTS)
    assert items[0]["product_id"] == "P7" and items[0]["reason"]["code"] == "goes_with_basket"
    assert "P0" not in {item["product_id"] for item in items}


def test_reasons_say_where_a_discovery_comes_from() -> None:
    both = recommend(_tables(), Ranker(None), [Wanted(0, 0), Wanted(1, 0)], 9, exclude=(), texts=TEXTS)
    codes = [{item["product_id"]: item["reason"]["code"] for item in items} for items in both]
    assert codes[0]["P7"] == "goes_with_last" and codes[0]["P9"] == "popular_in_segment"
    assert codes[1]["P8"] == "similar_customers" and codes[1]["P5"] == "popular_in_store"
    assert codes[0]["P0"] == "bought_often" and codes[0]["P1"] == "bought_once"


def test_as_many_as_asked_but_never_what_cannot_be_had() -> None:
    found = _ids(Wanted(0, 0), 100)
    assert sorted(found) == sorted({f"P{i}" for i in range(10)} - {"P2"})
    assert "P5" not in _ids(Wanted(0, 0), 100, exclude=["P5"])


def test_customers_of_one_call_get_what_they_get_alone() -> None:
    wanted = [Wanted(0, 0), Wanted(-1), Wanted(1, 1, cart=("P1",)), Wanted(1)]
    ranker = Ranker(_model(Term("kindred", 1.0), Term("companion", 0.7), Term("popular_place", -0.1)))
    together = recommend(_tables(), ranker, wanted, 6, exclude=(), texts=TEXTS)
    alone = [recommend(_tables(), ranker, [one], 6, exclude=(), texts=TEXTS)[0] for one in wanted]
    assert together == alone


def test_pairs_say_of_an_own_product_what_its_purchases_say() -> None:
    found = pairs(_tables(), np.array([0]), np.array([0]))
    first = dict(zip(PAIRS, found.matrix[found.items == 0][0].tolist(), strict=True))
    assert first["own_times"] == 5 and first["own_days"] == 3 and first["own_rate"] == pytest.approx(5 / 6)
    assert first["own_gap"] == pytest.approx(37 / 4) and first["own_share"] == pytest.approx(3 / 3.8)
    assert first["silence"] == 3 and first["basket"] == 1
    assert np.isnan(found.matrix[found.items == 5][0][: PAIRS.index("group_share")]).all()


def test_a_model_of_other_columns_is_refused() -> None:
    with pytest.raises(ReleaseError, match="other columns"):
        Ranker(replace(_model(), features=REFERENCES[:-1]))


def test_products_must_be_sorted(tmp_path: Path) -> None:
    tables = tiny_candidates(1)
    with pytest.raises(SnapshotError, match="sorted"):
        write_candidates(tmp_path, plain(tables.products[::-1], tables.personal, tables.popular, tables.missing))


def test_an_erased_customer_leaves_no_trace_in_the_tables(tmp_path: Path) -> None:
    write_candidates(tmp_path, _tables())
    erase_candidates(tmp_path, 1)
    read = read_candidates(tmp_path, 2)
    assert read is not None
    both = read.of([0, 1])
    assert both.personal.times.tolist() == [5, 1, 0, 0] and both.alike.linear.tolist() == [0.0]
    assert both.orders.tolist() == [6, 0] and both.segments.tolist() == [0, -1]
    assert erase_candidates(tmp_path, 0) is None and read.of([0]).orders.tolist() == [0]


def test_customers_read_from_disk_are_those_of_the_tables(tmp_path: Path) -> None:
    tables = _tables()
    write_candidates(tmp_path, tables)
    read = read_candidates(tmp_path, 2)
    assert read is not None
    wanted = [Wanted(1, 0), Wanted(-1, cart=("P0",)), Wanted(0, 1), Wanted(0)]
    ranker = Ranker(_model(Term("kindred", 1.0), Term("companion", 0.7), Term("own_rate", 0.3)))
    told = recommend(tables, ranker, wanted, 9, exclude=(), texts=TEXTS)
    own = [replace(one, row=i if one.row >= 0 else -1) for i, one in enumerate(wanted)]
    assert recommend(read.of([one.row for one in wanted]), ranker, own, 9, exclude=(), texts=TEXTS) == told
    with pytest.raises(SnapshotError, match="another snapshot"):
        read_candidates(tmp_path, 3)
    (tmp_path / "recommend" / "personal.npy").write_bytes(b"cut")
    with pytest.raises(SnapshotError, match=r"personal\.npy has 3 bytes"):
        read_candidates(tmp_path, 2)
