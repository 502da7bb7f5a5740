"""The command line from outside: help, a shop of nothing but orders end to end, and how things go wrong."""

import csv
import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from rich.text import Text

from operations.partitions import read_partitioned
from perennial.cli import app
from tests.perennial.conftest import Perennial

VERBS = (
    *("init", "check", "features", "sample", "simulate", "train", "backtest", "score", "decide", "nightly"),
    *("people", "unmerge", "review", "promote", "rollback", "serve", "build", "ui", "demo"),
)
UNTIL = "2025-10-27"


def test_help_lists_every_verb(perennial: Perennial) -> None:
    ended = perennial("--help")
    assert ended.code == 0
    assert [verb for verb in VERBS if verb not in ended.out] == []


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_an_example(perennial: Perennial, verb: str) -> None:
    ended = perennial(verb, "--help")
    assert ended.code == 0
    assert "Example: perennial" in ended.out


def test_no_word_in_brackets_is_lost_from_a_help() -> None:
    """A name of shop.toml such as [actions] is no mark of a colour."""
    asked, lost, held = [typer.main.get_command(app)], [], 0
    for command in asked:
        asked += list(getattr(command, "commands", {}).values())
        for told in (command.help, *(getattr(param, "help", None) for param in command.params)):
            held += (said := (told or "").replace("\\[", "[")).count("[")
            lost += [said] if Text.from_markup(told or "").plain != said else []
    assert lost == [] and held >= 3


def test_an_unknown_verb_is_answered_with_the_nearest(perennial: Perennial) -> None:
    ended = perennial("trian")
    assert ended.code == 2
    assert "No such command 'trian'. Did you mean 'train'?" in ended.err


def test_the_catalogue_needs_no_shop(perennial: Perennial) -> None:
    ended = perennial("features", "--list")
    assert ended.code == 0
    assert "days_since_order" in ended.out


def test_a_number_is_explained_by_its_rows(perennial: Perennial, shop: Path) -> None:
    ended = perennial("features", "--shop", shop, "--at", UNTIL, "--explain", "spend_90d", "--customer", "C3")
    assert ended.code == 0, ended.err
    assert "spend_90d of C3 as known at 2025-10-27 00:00" in ended.out
    assert "order_id" in ended.out


def test_a_table_in_parts_is_written_once(perennial: Perennial, shop: Path, home: Path) -> None:
    asked = ("features", "--shop", shop, "--at", "2025-09-01", "--labels", "28d", "--parts")
    assert "Give both --parts 16 and --out FOLDER" in perennial(*asked, 1).err
    out = home / "table"
    ended = perennial(*asked, 1, "--out", out)
    assert ended.code == 0, ended.err
    assert "with what happened within 28 days," in ended.out
    assert "1 file and _manifest.json; 0 had been finished by an earlier run." in ended.out
    assert "; 1 had been finished by an earlier run." in perennial(*asked, 1, "--out", out).out
    (part,) = out.glob("*.parquet")
    assert {"customer_id", "cutoff", "spend_90d", "label_churn"} <= set(pq.read_schema(part).names)
    assert perennial(*asked, 0, "--out", home / "none").code == 2


def test_a_folder_of_exports_gets_a_first_shop_toml(perennial: Perennial, home: Path) -> None:
    folder = home / "exports"
    folder.mkdir()
    rows = "".join(f"{n};K{n % 9};2025-03-{1 + n % 28:02d} 09:30;{n % 40 + 0.5}\n" for n in range(200))
    (folder / "bestellungen.csv").write_text("InvoiceNo;CustomerID;InvoiceDate;Amount\n" + rows)
    written = perennial("init", folder)
    assert written.code == 0, written.err
    assert f"perennial check --shop {folder}" in written.out
    assert perennial("check", "--shop", folder).code == 0
    again = perennial("init", folder)
    assert again.code == 2
    assert "exists already" in again.err


def test_a_world_is_a_shop(perennial: Perennial, home: Path) -> None:
    made = perennial("simulate", "--customers", 60, "--months", 3, "--seed", 2, "--out", home / "world")
    assert made.code == 0, made.err
    assert perennial("check", "--shop", home / "world").code == 0
    refused = perennial("simulate", "--customers", 60, "--months", 3, "--out", home / "world")
    assert refused.code == 2


def test_orders_alone_go_the_whole_way(perennial: Perennial, shop: Path, home: Path) -> None:
    """Check, train two models, score; then score again, and at a day the models know too much about."""
    checked = perennial("check", "--shop", shop)
    assert checked.code == 0, checked.err
    assert "Horizon" in checked.out
    assert "order_lines would add" in checked.out
    assert "Everybody is left alone until shop.toml states:\n  [actions.<name>]" in checked.out

    window = ("--until", UNTIL, "--horizon", "28d", "--active-within", "91d")
    for task, metric in (("churn", "AUC"), ("next_purchase", "Shopping days, RMSE")):
        trained = perennial("train", task, "--shop", shop, *window)
        assert trained.code == 0, trained.err
        assert f"{task}: version 1, champion" in trained.out
        assert metric in trained.out

    out = home / "out" / "scores.parquet"
    scored = perennial("score", "--shop", shop, "--at", UNTIL, "--out", out)
    assert scored.code == 0, scored.err
    _scores_are_whole(out)
    first = out.read_bytes()
    assert perennial("score", "--shop", shop, "--at", UNTIL, "--out", out).code == 0
    assert out.read_bytes() == first

    parts = home / "parts"
    for reused in (0, 2):
        split = perennial("score", "--shop", shop, "--at", UNTIL, "--parts", 2, "--out", parts)
        assert split.code == 0, split.err
        assert f"2 files and _manifest.json; {reused} had been finished by an earlier run." in split.out
    rows = pa.concat_tables(pq.read_table(path) for path in read_partitioned(parts).files).sort_by("customer_id")
    assert rows.equals(pq.read_table(out).sort_by("customer_id"))
    other = perennial("score", "--shop", shop, "--parts", 2, "--out", parts, "--model", "churn=1")
    assert (other.code, "--parts scores by the release that serves" in other.err) == (2, True)

    early = perennial("score", "--shop", shop, "--at", "2025-10-01", "--out", home / "early.parquet")
    assert early.code == 2
    assert "has seen what was known until 2025-10-27, later than the cutoff 2025-10-01" in early.err
    assert not (home / "early.parquet").exists()


def _scores_are_whole(out: Path) -> None:
    table = pq.read_table(out)
    known = {row["customer_id"] for row in pq.read_table(out.parents[1] / "corner-shop" / "orders.parquet").to_pylist()
             if row["happened_at"] < datetime(2025, 10, 27)}  # fmt: skip
    assert set(table["customer_id"].to_pylist()) == known
    assert not [name for name in table.column_names if name.startswith(("contact_", "purchase_", "promotion_"))]
    free = {
        "next_order_p10",
        "next_order_p50",
        "next_order_p90",
        "model_kind_channel_preference",
        "version_channel_preference",
    }
    assert [name for name in table.column_names if name not in free and table[name].null_count] == []
    for row in table.to_pylist():
        assert abs(row["churn_probability"] + row["order_probability"] - 1) < 1e-12
        assert row["expected_shopping_days"] >= row["order_probability"] - 1e-12
        assert row["spend_p10"] <= row["spend_p50"] <= row["spend_p90"]
    manifest = json.loads(out.with_suffix(".manifest.json").read_text())
    assert manifest["rows"] == table.num_rows
    with out.with_suffix(".csv").open(newline="") as file:
        assert next(csv.reader(file)) == table.column_names
