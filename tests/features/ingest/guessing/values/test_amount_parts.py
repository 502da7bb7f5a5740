"""Columns of money that leave the amount in no doubt, and those that do."""

from features.ingest.guessing.values.amount_parts import doubtful, whole
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.config import Source
from features.ingest.source.database import Database
from features.ingest.source.load import load
from tests.features.ingest.exports import write

HEADER = "id,total,again,goods,shipping,discount,other"


def profiled(tmp_path, look, rows=40):
    lines = [HEADER]
    for n in range(rows):
        goods, shipping, discount = 20 + n, (0, 5)[n % 2], (0, 3)[n % 3 == 0]
        total = goods + shipping - discount
        lines.append(f"{n},{total}.00,{total}.00,{goods}.00,{shipping}.00,{discount}.00,{n % 7 + 30}.50")
    folder = write(tmp_path / "shop", {"o.csv": "\n".join(lines) + "\n"})
    with Database([folder], tmp_path) as database:
        raw = load(database, Source("orders", "o.csv"), [folder / "o.csv"], folder, tmp_path)
        return look(SourceProfile(database, raw))


def test_the_same_again_and_what_it_is_made_of_leave_no_doubt_and_another_does(tmp_path):
    found = profiled(tmp_path, lambda p: doubtful(p, "total", ["again", "goods", "other"], [], "true"))
    assert found == ["other"]


def test_a_part_by_its_name_leaves_no_doubt_unless_it_is_often_more(tmp_path):
    assert profiled(tmp_path, lambda p: doubtful(p, "total", ["other"], ["other"], "true")) == []
    assert profiled(tmp_path, lambda p: doubtful(p, "other", ["total"], ["total"], "true")) == ["total"]


def test_goods_give_way_to_what_they_come_to(tmp_path):
    assert profiled(tmp_path, lambda p: whole(p, "goods", ["other", "total"], "true")) == "total"
    assert profiled(tmp_path, lambda p: whole(p, "total", ["again", "other", "goods"], "true")) == "total"
