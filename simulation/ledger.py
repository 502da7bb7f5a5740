"""Rows as they come into being: columns of small numbers, appended week by week."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from simulation.contract import FORMS, dtype, missing
from simulation.dice import Ints

Columns = dict[str, npt.NDArray[Any]]


class Ledger:
    """One table under way. A row's number is its place, so that later rows can point back to it."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._forms = forms
        self._parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in forms}
        self.rows = 0

    def add(self, count: int, **columns: npt.ArrayLike) -> Ints:
        """Append `count` rows; a scalar counts for all of them, a column not given is missing.

        Returns
        -------
        array, shape (count,), int      the numbers of the new rows
        """
        unknown = set(columns) - set(self._forms)
        if unknown:
            raise KeyError(f"no such columns: {sorted(unknown)}")
        if count:
            for name, form in self._forms.items():
                given = np.asarray(columns.get(name, missing(form)))
                self._parts[name].append(np.broadcast_to(given, count).astype(dtype(form)))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def column(self, name: str) -> npt.NDArray[Any]:
        """All rows of one column so far, shape (rows,)."""
        parts = self._parts[name]
        if len(parts) != 1:
            self._parts[name] = parts = [np.concatenate(parts) if parts else np.empty(0, dtype(self._forms[name]))]
        return parts[0]

    def columns(self) -> Columns:
        """All rows, column by column; the ledger is empty afterwards, so that memory is held once."""
        taken = {}
        for name in self._forms:
            taken[name] = self.column(name)
            self._parts[name] = []
        self.rows = 0
        return taken


def ledgers() -> dict[str, Ledger]:
    """One empty ledger a canonical table."""
    return {table: Ledger(forms) for table, forms in FORMS.items()}
