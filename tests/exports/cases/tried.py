"""Drafts a made export, opens it, and compares it with the truth."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from features.errors import DataError, ShopError
from features.ingest.guessing.draft_toml import write_draft
from features.shop import open_shop
from tests.exports.cases.situation import Truth


@dataclass(frozen=True)
class Tried:
    """What came of it.

    Attributes
    ----------
    verdict : str       right, asked (right, with an open question), said, refused, refused and said, wrong
    got : str           what was read instead
    """

    verdict: str
    got: str = ""


def tried(folder: Path, files: Mapping[str, bytes], truth: Truth) -> Tried:
    """Write the files, draft and open a shop of them."""
    shop = folder / "shop"
    shop.mkdir(parents=True)
    for name, content in files.items():
        (shop / name).write_bytes(content)
    text = ""
    try:
        text = write_draft(shop).read_text(encoding="utf-8").replace("\n#   ", " ")
        opened = open_shop(shop, home=folder / "home")
    except (ShopError, DataError) as error:
        told = truth.said and re.search(truth.said, f"{text} {error}", re.IGNORECASE)
        return Tried("refused and said" if told else "refused", str(error))
    orders = pq.read_table(opened.path("orders"), columns=["customer_id", "amount"]).to_pylist()
    people = {row["customer_id"] for row in orders} - {None}
    guests = sum(row["customer_id"] is None for row in orders)
    amount = float(sum(row["amount"] for row in orders))
    got = (len(orders), round(amount, 2), len(people), guests)
    doubts = " ".join(re.findall("^# (?:look|question): .*", text, re.MULTILINE)) + str(opened.findings)
    if truth.said:
        return Tried("said" if re.search(truth.said, doubts, re.IGNORECASE) else "wrong", str(got))
    right = abs(amount - truth.amount) < 0.02 and (got[0], got[2], got[3]) == (truth.orders, truth.people, truth.guests)
    return Tried(("asked" if "# question: " in text else "right") if right else "wrong", str(got))
