"""Answers are counted and shrunk in one place: no rate is made elsewhere, and none is turned back into counts."""

import ast
from pathlib import Path

import numpy as np
import pytest

from features.catalog import features
from scoring.derived.shrinkage import own_past, past_columns, sends_and_answers, shrunk_rate, smoothed_rate

ROOT = Path(__file__).parents[3]
# Rates over all channels are features of their own; lines are no messages.
HOMES = {"scoring/derived/shrinkage.py", "features/catalog/campaigns.py", "training/learners/baselines.py"}


def divides_by_ten_more(node: ast.AST) -> bool:
    """x / (y + 10), or ten more messages in a feature's body."""
    divisor = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else None
    numbers = [one.value for one in ast.walk(divisor) if isinstance(one, ast.Constant)] if divisor else []
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "literal"
    return 10 in numbers or (call and ast.unparse(node.args[0]) == "10")


def test_nobody_else_smooths_by_ten():
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("features", "scoring", "training", "serving", "operations")
        for path in (ROOT / room).rglob("*.py")
        if any(divides_by_ten_more(node) for node in ast.walk(ast.parse(path.read_text())))
    }
    assert found <= HOMES


def test_counts_are_columns_of_the_catalogue():
    declared = {
        f"{one.name.replace('channel', 'push', 1)}{'' if window == 'all' else f'_{window}'}"
        for one in features()
        if one.per == "channel" or one.name.startswith("channel_")
        for window in one.windows
    }
    assert {name for pair in past_columns("push") for name in pair} <= declared


def test_a_rate_is_shrunk_to_its_mean_and_without_one_to_a_tenth():
    sends, answers = np.array([0.0, 20.0, 1e9]), np.array([0.0, 3.0, 3e8])
    assert shrunk_rate(sends, answers, np.full(3, 0.05), 4.0) == pytest.approx([0.05, 3.2 / 24, 0.3])
    assert smoothed_rate(sends, answers) == pytest.approx([0.1, 4 / 30, 0.3])


def test_nothing_known_is_nothing_sent_and_the_year_counts_by_its_weight():
    year = sends_and_answers(np.array([20.0, np.nan]), np.array([3.0, np.nan]))
    ever = sends_and_answers(np.array([40.0, 8.0]), np.array([9.0, 1.0]))
    sends, answers = own_past(year, ever, 0.25)
    assert sends.tolist() == [35.0, 6.0] and answers.tolist() == [7.5, 0.75]
