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
    year : the same a year before; None where it was not seen, or by under twenty visits
    money : currency; what the visits lost beyond the share before would have brought, below 0 where fewer were lost;
        None where the step has no cost
    """

    channel: str | None
    device: str | None
    step: str
    next_step: str
    before: float
    now: float
    money: float | None
    year: float | None = None


def moved_steps(drop_offs: pa.Table) -> list[Moved]:
    """The steps of `funnel` that moved, the dearest first; after Holm, one false one in twenty reports.

    A step that is now as it was a year before, or was further from the days before then, has a season and did not move.
    Money follows from the step's own cost a lost visit.
    """
    rows = [row for row in drop_offs.to_pylist() if row["rate_before"] is not None and row["lost"] > 0]
    rows = [row for row in rows if not _is_season(row)]
    tested = sorted((_chance(row), place) for place, row in enumerate(rows))
    found = []
    for rank, (chance, place) in enumerate(tested):
        if chance * (len(tested) - rank) > _FALSE:
            break
        found.append(_moved(rows[place]))
    return sorted(found, key=lambda one: -(one.money or 0.0))


def _is_season(row: dict[str, float | None]) -> bool:
    """Whether a year before the step was as now, or further from the days before."""
    now, before, low, high = (row[name] for name in ("pass_rate", "rate_before", "year_low", "year_high"))
    if low is None or high is None or now is None or before is None:
        return False
    return high >= 0 if now < before else low <= 0


def _chance(row: dict[str, float]) -> float:
    """Probability of so large a change where nothing changed, two-sided."""
    middle, half = (row["change_low"] + row["change_high"]) / 2, (row["change_high"] - row["change_low"]) / 2
    return erfc(abs(middle) * 1.96 / half / sqrt(2)) if half > 0 else 1.0


def _moved(row: dict[str, float]) -> Moved:
    more = (row["rate_before"] - row["pass_rate"]) * row["visits"]
    names = {name: row[name] for name in ("channel", "device", "step", "next_step")}
    rates = {"before": row["rate_before"], "now": row["pass_rate"], "year": row["rate_year_before"]}
    money = None if row["cost"] is None else more * row["cost"] / row["lost"]
    return Moved(**names, **rates, money=money)  # type: ignore[arg-type]
