"""Currencies by codes, else by the signs beside amounts."""

import pytest

from features.ingest.guessing.values.currencies import currencies, only_one
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.config import Source
from features.ingest.source.database import Database
from features.ingest.source.load import load
from tests.features.ingest.exports import write


@pytest.mark.parametrize(
    ("listed", "amounts", "expected"),
    [
        ((), ["€5", "€6", "$7"], ("EUR", "$")),
        ((), ["5 zł", "6 zł"], ("PLN",)),
        ((), ["5.00 USD", "USD 6", "7 EUR"], ("USD", "EUR")),
        ((), ["￥5", "¥6"], ("¥",)),
        ((), ["5", "6"], ()),
        (("eur", "-"), ["$5"], ("EUR",)),
    ],
)
def test_they_are_told(listed, amounts, expected, tmp_path):
    folder = write(tmp_path / "shop", {"o.csv": "\n".join(["id,v", *(f"{n},{a}" for n, a in enumerate(amounts))])})
    with Database([folder], tmp_path) as database:
        raw = load(database, Source("orders", "o.csv"), [folder / "o.csv"], folder, tmp_path)
        assert currencies(SourceProfile(database, raw), listed, "v") == expected


def test_a_sign_that_several_have_names_none():
    assert (only_one(["EUR"]), only_one(["$"]), only_one(["EUR", "USD"]), only_one([])) == ("EUR", "", "", "")
