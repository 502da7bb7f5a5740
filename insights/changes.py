"""Steps of the funnel that moved beyond chance, corrected for how many were looked at, with what the move cost."""

from dataclasses import dataclass
from math import erfc, sqrt

import pyarrow as pa

_FALSE = 0.05  # chance of one false move or more among all


@dataclass(frozen=True)
class Moved:
    """One step of one place whose share of visits that go on changed.

    Attributes
    ----------
    before, now : share of visits that went on
    money : currency; what the visits lost beyond the share before would have brought, below 0 where fewer were lost
    """

    channel: str | None
    device: str | None
    step: str
    next_step: str
    before: float
    now: float
    money: float


def moved_steps(drop_offs: pa.Table) -> list[Moved]:
    """The steps of `funnel` that moved, the dearest first; after Holm, one false one in twenty reports.

    Money follows from the step's own cost a lost visit.
    """
    rows = [row for row in drop_offs.to_pylist() if row["rate_before"] is not None and row["lost"] > 0]
    tested = sorted((_chance(row), place) for place, row in enumerate(rows))
    found = []
    for rank, (chance, place) in enumerate(tested):
        if chance * (len(tested) - rank) > _FALSE:
            break
        found.append(_moved(rows[place]))
    return sorted(found, key=lambda one: -one.money)


def _chance(row: dict[str, float]) -> float:
    """Probability of so large a change where nothing changed, two-sided."""
    middle, half = (row["change_low"] + row["change_high"]) / 2, (row["change_high"] - row["change_low"]) / 2
    return erfc(abs(middle) * 1.96 / half / sqrt(2)) if half > 0 else 1.0


def _moved(row: dict[str, float]) -> Moved:
    more = (row["rate_before"] - row["pass_rate"]) * row["visits"]
    names = {name: row[name] for name in ("channel", "device", "step", "next_step")}
    return Moved(**names, before=row["rate_before"], now=row["pass_rate"], money=more * row["cost"] / row["lost"])  # type: ignore[arg-type]
