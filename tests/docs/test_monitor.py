"""The guide to watching: its Python runs, and its table of exit codes is the one the command ends with."""

import re
from pathlib import Path

import pyarrow.parquet as pq

from operations.monitor.announce import WEBHOOK
from operations.monitor.findings import EXIT_CODES
from operations.monitor.judged import FEWEST
from operations.monitor.wording import wording
from serving.state.watched import watched_page
from tests.perennial.conftest import home, orders  # noqa: F401

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "monitor.md").read_text(encoding="utf-8")


def test_its_python_runs_on_a_shop_of_orders(home):  # noqa: F811
    (home / "my-shop").mkdir()
    pq.write_table(orders(60), home / "my-shop" / "orders.parquet")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict = {}
    exec(compile(code.replace("2026, 6, 1", "2025, 9, 1"), "monitor.md", "exec"), names)
    assert names["found"].shop == "my-shop"
    assert names["found"].not_checked["drift"] == "no_model"


def test_its_table_says_what_the_command_ends_with():
    told = dict(re.findall(r"^\| (\d) \| ([a-z ,]+) \|", PAGE, re.MULTILINE))
    words = wording("en").advice
    assert told.pop("0") == "nothing, or wait"
    assert told == {str(code): words[advice] for advice, code in EXIT_CODES.items() if code}


def test_its_numbers_and_names_are_those_of_the_code(tmp_path):
    assert f"fewer than {FEWEST} customers" in PAGE
    assert f"`{WEBHOOK}`" in PAGE
    (tmp_path / "monitor.json").write_text("{}")
    shown = set(re.findall(r"^# HELP (\w+)", watched_page(tmp_path).decode(), re.MULTILINE))
    assert shown
    assert {name for name in shown if f"`{name}`" not in PAGE} == set()
