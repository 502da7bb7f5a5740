"""Orders in two kinds of files: asked about where they are others, not where they are the same."""

from features.ingest.guessing.draft_toml import draft
from tests.features.ingest.exports import HEADER, write

WEB = [f"{n},c{n % 9},2026-01-{1 + n % 28:02} 10:00,{n}.50" for n in range(60)]
TILL = [f"B{n},c{n % 9},2026-02-{1 + n % 28:02} 10:00,{n}.50" for n in range(40)]


def drafted(tmp_path, second, header="Bon-Nr,Kundennr,Datum,Summe"):
    files = {"web.csv": "\n".join([HEADER, *WEB]), "till.csv": "\n".join([header, *second])}
    return draft(write(tmp_path / "shop", files))


def test_other_orders_are_asked_about(tmp_path):
    text = drafted(tmp_path, TILL)
    assert "# question: till.csv looks like orders too" in text
    assert "taken: web.csv: 60 orders" in text and "else: till.csv: 40 orders" in text


def test_the_same_orders_told_twice_are_not(tmp_path):
    assert "question" not in drafted(tmp_path, WEB[:40])
