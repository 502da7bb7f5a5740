"""Columns that are the same on every row of a product tell of the product."""

from features.ingest.guessing.values.product_hints import no_product, tells_of_products
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.config import Source
from features.ingest.source.database import Database
from features.ingest.source.load import load
from tests.features.ingest.exports import write

FOUND = {"product_id": "sku", "product_name": "name", "category": "category", "brand": "shelf"}


def looked(tmp_path, look, *rows):
    folder = write(tmp_path / "shop", {"o.csv": "\n".join(["sku,name,category,shelf", *rows]) + "\n"})
    with Database([folder], tmp_path) as database:
        raw = load(database, Source("orders", "o.csv"), [folder / "o.csv"], folder, tmp_path)
        return look(SourceProfile(database, raw))


def test_a_column_that_varies_within_a_product_tells_of_something_else(tmp_path):
    rows = ("1,tea,hot,a", "1,tea,hot,b", "2,jam,sweet,a")
    assert looked(tmp_path, lambda p: tells_of_products(p, FOUND, "category"), *rows)
    assert not looked(tmp_path, lambda p: tells_of_products(p, FOUND, "brand"), *rows)


def test_a_name_without_a_number_is_told(tmp_path):
    assert looked(tmp_path, lambda p: no_product(p, FOUND), ",tea,hot,a", "2,jam,sweet,a")
    assert not looked(tmp_path, lambda p: no_product(p, FOUND), "1,tea,hot,a", "2,jam,sweet,a")
