import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from scoring.plain_json import as_json, plain


@dataclass(frozen=True)
class Found:
    name: str
    passed: object


def test_numpys_types_are_written_as_what_they_mean():
    given = {"b": np.bool_(True), "i": np.int32(3), "f": np.float32(0.5), "a": np.array([[1, 2]]), "s": np.str_("x")}
    told = json.loads(as_json(given))
    assert told == {"b": True, "i": 3, "f": 0.5, "a": [[1, 2]], "s": "x"}
    assert isinstance(plain(np.bool_(False)), bool)


def test_what_is_no_number_is_null_wherever_it_lies():
    told = json.loads(as_json({"a": np.array([1.0, np.nan]), "b": [float("inf"), (np.float64("nan"),)]}))
    assert told == {"a": [1.0, None], "b": [None, [None]]}


def test_dataclasses_money_dates_and_places():
    given = [Found("x", np.bool_(False)), Decimal("8.00"), date(2026, 6, 1), datetime(2026, 6, 1, 12), Path("a/b")]
    assert json.loads(as_json(given)) == [
        {"name": "x", "passed": False},
        "8.00",
        "2026-06-01",
        "2026-06-01T12:00:00",
        "a/b",
    ]


def test_a_thing_without_a_form_is_refused_by_its_type():
    with pytest.raises(TypeError, match="a object has no form in JSON"):
        as_json({"x": object()})
