"""Exports as shop systems write them travel the whole way; shops too small or odd to learn from are told so."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.exports.history import Sale, history
from tests.exports.systems import SYSTEMS
from tests.perennial.conftest import Perennial

HEADER = "order_id,customer_id,happened_at,amount\n"
WINDOW = ("--horizon", "28d", "--active-within", "91d")


@pytest.mark.parametrize(
    ("system", "file", "name"),
    [("woocommerce", "wc_orders.csv", lambda who: str(who + 1)), ("german", "belege.csv", lambda who: f"{who:06}")],
)
@pytest.mark.usefixtures("mlruns")
def test_an_export_travels_from_init_to_scores(perennial: Perennial, home: Path, system: str, file: str, name) -> None:
    sales = history(customers=120, months=7, seed=5)
    shop = home / "exports"
    shop.mkdir()
    (shop / file).write_bytes(SYSTEMS[system](sales)[file])
    for arguments in (
        ("init", shop),
        ("check", "--shop", shop),
        ("train", "churn", "--shop", shop, *WINDOW),
        ("score", "--shop", shop, "--out", home / "scores.parquet"),
    ):
        ended = perennial(*arguments)
        assert ended.code == 0, ended.err
    scores = pq.read_table(home / "scores.parquet").to_pylist()
    as_of = scores[0]["as_of"]
    known = {name(sale.customer) for sale in sales if _counts(sale) and sale.moment < as_of}
    assert {row["customer_id"] for row in scores} == known
    assert all(0 < row["churn_probability"] < 1 for row in scores)
    gone, here = (_churn(scores, sales, name, silent) for silent in (90, 0))
    assert gone > here + 0.3


def _counts(sale: Sale) -> bool:
    return sale.customer is not None and sale.fate not in ("cancelled", "test")


def _churn(scores: list[dict], sales: list[Sale], name, silent: int) -> float:
    """Mean risk of customers whose last order is at least so many days old, or for 0 at most a month."""
    last = {name(sale.customer): sale.moment for sale in sales if _counts(sale)}
    ages = {row["customer_id"]: (row["as_of"] - last[row["customer_id"]]).days for row in scores}
    chosen = [
        row for row in scores if (ages[row["customer_id"]] >= silent if silent else ages[row["customer_id"]] < 30)
    ]
    return sum(row["churn_probability"] for row in chosen) / len(chosen)


def _rows(count: int, customer: str, amount: str) -> str:
    return HEADER + "".join(
        f"{i},{customer.format(i % 40)},2025-{1 + i % 9:02}-{1 + i % 28:02},{amount}\n" for i in range(count)
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_rows(300, "", "5"), ("no order of a known customer", "300 are guests'", "Mend customer_id")),
        (_rows(300, "c{}", "-5"), ("no order of a known customer", "300 are returns", "kind or amount")),
        (HEADER + "1,a,2025-01-01 10:00,5\n2,b,2025-01-01 11:00,5\n", ("no order", "2 came later", "wait for more")),
        (HEADER + "1,a,2025-01-01,5\n2,b,2025-01-02 11:00,5\n", ("history", "is 1 day,", "Wait for more data")),
    ],
    ids=["guests alone", "returns alone", "one day", "two days"],
)
def test_what_cannot_be_learnt_from_is_said(perennial: Perennial, home: Path, text: str, says: tuple[str, ...]) -> None:
    shop = _shop(home, text)
    assert perennial("check", "--shop", shop).code == 0
    ended = perennial("train", "all", "--shop", shop)
    assert ended.code == 2 and "Traceback" not in ended.err
    assert [part for part in says if part not in ended.err] == [], ended.err


@pytest.mark.usefixtures("mlruns")
def test_a_shop_nobody_returns_to_is_answered_by_rules(perennial: Perennial, home: Path) -> None:
    rows = "".join(f"{i},00{i},2025-{1 + i % 9:02}-{1 + i % 28:02},5\n" for i in range(200))
    shop = _shop(home, HEADER + rows)
    trained = perennial("train", "next_purchase", "--shop", shop, *WINDOW)
    assert trained.code == 0, trained.err
    assert "rules (unproven) on 3 features" in trained.out  # no order in any window: nothing to prove totals on
    assert perennial("score", "--shop", shop, "--out", home / "scores.parquet").code == 0
    scores = pq.read_table(home / "scores.parquet")
    assert "001" in scores["customer_id"].to_pylist() and scores["expected_spend"].null_count == 0


def _shop(home: Path, text: str) -> Path:
    folder = home / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(text)
    return folder
