"""Charts as plain JSON, drawn by chart.js: what is shown is decided here, how in the script."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Chart = dict[str, Any]
Values = NDArray[np.float64]
_DIGITS = 6  # significant: enough for the eye, and a smaller page


class Line(Protocol):
    """Points of a line: x ascending, y, arrays of one length."""

    @property
    def x(self) -> Values: ...

    @property
    def y(self) -> Values: ...


class Groups(Protocol):
    """Groups of customers, arrays of one length: predicted and actual means, the actual one's interval, how many."""

    @property
    def predicted(self) -> Values: ...

    @property
    def actual(self) -> Values: ...

    @property
    def low(self) -> Values: ...

    @property
    def high(self) -> Values: ...

    @property
    def count(self) -> Values: ...


def lines(title: str, x: str, y: str, series: Mapping[str, Line], **options: Any) -> Chart:
    """Lines by name, the model's first.

    Options: xUnit, yUnit ("%" shows shares as percent), xRange, yRange, xLabels (texts for x = 0, 1, …),
    dots, note, told (a text for each point of the first line, shown at the pointer).
    """
    drawn = [{"name": _spoken(name), "x": plain(line.x), "y": plain(line.y)} for name, line in series.items()]
    return {"kind": "lines", "title": title, "x": x, "y": y, "series": drawn, **options}


def points(title: str, x: str, y: str, groups: Mapping[str, Groups], **options: Any) -> Chart:
    """Predicted against actual means with intervals, by name, the model's first."""
    drawn = [
        {
            "name": _spoken(name),
            "x": plain(bins.predicted),
            "y": plain(bins.actual),
            "low": plain(bins.low),
            "high": plain(bins.high),
            "count": plain(bins.count),
        }
        for name, bins in groups.items()
    ]
    return {"kind": "points", "title": title, "x": x, "y": y, "series": drawn, **options}


def bars(title: str, x: str, values: Mapping[str, float], **options: Any) -> Chart:
    """Horizontal bars, the first on top. Options: xUnit, signed, low, high, told, note."""
    return {
        "kind": "bars",
        "title": title,
        "x": x,
        "names": list(values),
        "values": plain(list(values.values())),
        **options,
    }


def money(
    title: str,
    currency: str,
    customers: int,
    caught: Line,
    at_stake: Line,
    *,
    cost: float,
    effect: float,
    note: str,
) -> Chart:
    """What contacting the likeliest leavers is worth, with cost and effect for the reader to set.

    Parameters
    ----------
    customers : at one cutoff, on average
    caught : share contacted against the share of leavers among them
    at_stake : share contacted against the money that would leave with them, in `currency` at one cutoff
    """
    return {
        "kind": "money",
        "title": title,
        "currency": currency,
        "customers": customers,
        "share": plain(caught.x),
        "caught": plain(caught.y),
        "atStake": plain(at_stake.y),
        "cost": cost,
        "effect": effect,
        "note": note,
    }


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def plain(values: Sequence[float] | NDArray[np.float64]) -> list[float | None]:
    """Numbers as JSON knows them: rounded for the eye, None where there is none."""
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values]
