"""Bad input, from outside: a sentence that says what, where, how many and what to do; exit code ≠ 0; nothing left."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.shop import open_shop
from tests.perennial.conftest import Perennial, orders

HEADER = "order_id,customer_id,happened_at,amount\n"
GOOD = [f"O{number},C{number % 50},2025-0{1 + number % 9}-11 10:00:00,12.50\n" for number in range(200)]


def _csv(home: Path, header: str, rows: list[str]) -> Path:
    folder = home / "exports"
    folder.mkdir()
    (folder / "orders.csv").write_text(header + "".join(rows))
    return folder


def _bad(perennial: Perennial, home: Path, *arguments: object, code: int, says: tuple[str, ...]) -> None:
    """The command ends with this code, says all this on stderr, shows no traceback and leaves nothing."""
    before = _kept(home)
    ended = perennial(*arguments)
    assert ended.code == code, ended.err
    assert [text for text in says if text not in ended.err] == [], ended.err
    assert "Traceback" not in ended.err
    assert _kept(home) == before


def _kept(home: Path) -> set[str]:
    """Every file but the key for identities, the locks and whose home it is."""
    beside = ("identity.key", "files.lock", "readers.lock", "owner.json")
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and path.name not in beside}


def test_a_missing_column(perennial: Perennial, home: Path) -> None:
    shop = _csv(home, "order_id,customer_id,happened_at,total\n", GOOD)
    _bad(perennial, home, "check", "--shop", shop, code=2, says=("orders", "amount"))


def test_an_empty_file(perennial: Perennial, home: Path) -> None:
    shop = _csv(home, "", [])
    _bad(perennial, home, "check", "--shop", shop, code=2, says=("orders.csv is empty", "Export it again"))


def test_a_header_without_rows(perennial: Perennial, home: Path) -> None:
    shop = _csv(home, HEADER, [])
    _bad(perennial, home, "check", "--shop", shop, code=2, says=("orders",))


def test_text_in_an_amount(perennial: Perennial, home: Path) -> None:
    rows = [row.replace("12.50", "n/a") if number < 7 else row for number, row in enumerate(GOOD)]
    shop = _csv(home, HEADER, rows)
    _bad(
        perennial, home, "check", "--shop", shop, code=3, says=("table 'orders'", "column 'amount'", "7 rows", "where")
    )


def test_dates_in_the_future(perennial: Perennial, home: Path) -> None:
    rows = [row.replace("2025-", "2225-") if number < 9 else row for number, row in enumerate(GOOD)]
    shop = _csv(home, HEADER, rows)
    says = ("table 'orders'", "column 'happened_at'", "9 rows", "future")
    _bad(perennial, home, "check", "--shop", shop, code=3, says=says)


def test_duplicate_order_ids(perennial: Perennial, home: Path) -> None:
    rows = [row.replace(f"O{number},", "O1,") if number < 6 else row for number, row in enumerate(GOOD)]
    shop = _csv(home, HEADER, rows)
    _bad(perennial, home, "check", "--shop", shop, code=3, says=("table 'orders'", "column 'order_id'", "5 rows"))


def test_little_that_is_wrong_is_set_aside_and_said(perennial: Perennial, home: Path) -> None:
    shop = _csv(home, HEADER, [*GOOD, "O999,C1,2025-03-03 10:00:00,n/a\n"])
    ended = perennial("check", "--shop", shop)
    assert ended.code == 0, ended.err
    assert "column 'amount': 1 row" in ended.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "--shop", "nowhere"), ("There is no shop at nowhere", "Give the folder")),
        (("train", "chrun", "--shop", "corner-shop"), ("'chrun' is no task", "churn, next_purchase")),
        (("train", "churn", "--shop", "corner-shop", "--horizon", "soon"), ("'soon' is no length of time", "28d")),
        (
            ("train", "churn", "--shop", "corner-shop", "--until", "2099-01-01"),
            ("2099-01-01", "newest order", "Give 2025"),
        ),
        (
            ("train", "churn", "--shop", "corner-shop", "--until", "2025-02-01", "--horizon", "28d"),
            ("history from 2025-01-02", "Shorten the horizon to 15d"),
        ),
        (("score", "--shop", "corner-shop"), ("has no model yet", "perennial train churn")),
        (("score", "--shop", "corner-shop", "--at", "tomorrow"), ("'tomorrow' is no date", "2017-11-27")),
        (("score", "--shop", "corner-shop", "--model", "churn"), ("is not TASK=VERSION", "churn=3")),
        (("score", "--shop", "corner-shop", "--engine", "abacus"), ("no engine 'abacus'", "duckdb")),
        (("review", "churn", "--shop", "corner-shop"), ("has no model yet", "perennial train churn")),
        (("serve", "--shop", "corner-shop"), ("has no release", "perennial train")),
        (("build", "--shop", "corner-shop"), ("has no release", "perennial train")),
        (("ui",), ("holds no runs yet", "perennial train")),
    ],
)
def test_what_cannot_be_is_refused(
    perennial: Perennial, home: Path, shop: Path, arguments: tuple[str, ...], says: tuple[str, ...]
) -> None:
    open_shop(shop)
    _bad(perennial, home, *arguments, code=2, says=says)


def test_an_unwritable_home(perennial: Perennial, home: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "a-file").write_text("no folder")
    monkeypatch.setenv("PERENNIAL_HOME", str(home / "a-file" / "home"))
    _bad(perennial, home, "check", "--shop", shop, code=2, says=("cannot", "a-file", "PERENNIAL_HOME"))


def test_an_unwritable_out(perennial: Perennial, home: Path, shop: Path) -> None:
    open_shop(shop)
    (home / "a-file").write_text("no folder")
    out = home / "a-file" / "features.parquet"
    _bad(
        perennial,
        home,
        "features",
        "--shop",
        shop,
        "--out",
        out,
        code=2,
        says=("cannot write", "features.parquet", "--out"),
    )


def test_an_error_nobody_foresaw_is_one_line_and_debug_shows_more(
    perennial: Perennial, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("the gears are stuck")

    monkeypatch.setattr("perennial.shops.catalogue.print_catalogue", broken)
    ended = perennial("features", "--list")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "RuntimeError: the gears are stuck" in ended.err
    assert "--debug" in ended.err
    with pytest.raises(RuntimeError, match="the gears are stuck"):
        perennial("features", "--list", "--debug")


def test_a_cut_parquet_file(perennial: Perennial, home: Path) -> None:
    folder = home / "exports"
    folder.mkdir()
    pq.write_table(orders(20), folder / "orders.parquet")
    whole = (folder / "orders.parquet").read_bytes()
    (folder / "orders.parquet").write_bytes(whole[: len(whole) // 2])
    _bad(perennial, home, "check", "--shop", folder, code=2, says=("orders.parquet",))


def test_ids_that_are_numbers_are_text(perennial: Perennial, home: Path) -> None:
    folder = home / "exports"
    folder.mkdir()
    table = orders(20)
    numbers = pa.array([int(one[1:]) for one in table["customer_id"].to_pylist()])
    pq.write_table(table.set_column(1, "customer_id", numbers), folder / "orders.parquet")
    assert perennial("check", "--shop", folder).code == 0
