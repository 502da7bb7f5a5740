"""JSON as the project keeps it: one serialiser that knows NumPy's types, money, dates and dataclasses."""

import dataclasses
import json
import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import numpy as np


def as_json(value: object, *, indent: int | None = 1) -> bytes:
    """A value as UTF-8 JSON that ends with a line break; what is not a number becomes null.

    Parameters
    ----------
    value : mappings, sequences, arrays, dataclasses and plain values within one another
    indent : int or None      spaces a level; None puts everything on one line

    Raises
    ------
    TypeError    if something in it has no form in JSON
    """
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent, allow_nan=False)
    return (text + "\n").encode()


def plain(value: Any) -> Any:
    """The same with nothing but dict, list, str, int, float, bool and None in it."""
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | PurePath):
        return str(value)
    raise TypeError(f"a {type(value).__name__} has no form in JSON; hand over its facts instead.")
