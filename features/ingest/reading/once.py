"""SQL that computes a value once and names it, where an expression needs it in many places."""

import re
from collections.abc import Callable

_NAME = "once_"
_PLAIN = re.compile(r'\w+|"(?:[^"]|"")+"')


def once(value: str, made: Callable[[str], str]) -> str:
    """SQL of what `made` makes of a value, with the value written and computed a single time.

    Written out in every place, a value of a few nested steps grows to a hundred kilobytes of SQL: planning it takes
    longer than reading a small file, and DuckDB does not share what stands in different branches of a CASE.

    Parameters
    ----------
    value : str             SQL; a plain name or quoted identifier is used as it stands
    made : callable         name of the value → SQL that reads nothing else of the relation
    """
    if _PLAIN.fullmatch(value):
        return made(value)
    name = f"{_NAME}{made('').count(f'lambda {_NAME}')}"  # no name of a value computed inside
    return f"list_transform([{value}], lambda {name}: {made(name)})[1]"
