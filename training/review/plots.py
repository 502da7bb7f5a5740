"""The figures of a run: model and baseline in one picture, figures in the legend, one style.

Matplotlib's object interface only: nothing global stays set, so a notebook's own figures stay as they are.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any
from warnings import catch_warnings, filterwarnings

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names

from training.evaluation.curves import Bins, Curve

_INK, _QUIET, _GRID = "#1f2933", "#7b8794", "#e4e7eb"
_WIDE = re.compile(r"CJK|WenQuanYi|YaHei|SimHei|PingFang|Heiti|Hiragino Sans|Source Han|Droid Sans Fallback")
_MODEL, _BASELINES = "#0b7a75", ("#c8553d", "#8a6fae", "#b08900", "#5a7d9a")


def figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """An empty figure in the project's style, with named axes."""
    picture = Figure(figsize=(6.4, 4.4), dpi=110, layout="constrained", facecolor="white")
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    axes.set_title(title, loc="left", color=_INK, fontsize=11, fontweight="bold")
    axes.set_xlabel(x, color=_INK)
    axes.set_ylabel(y, color=_INK)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_QUIET)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_QUIET)
    return picture, axes


def png(picture: Figure) -> bytes:
    """A figure as PNG, without date or program name so that the same figure is the same file.

    Names in Chinese or Japanese are drawn with a font of the machine that has such letters; without one, as boxes.
    """
    content = BytesIO()
    with rc_context({"font.sans-serif": ["DejaVu Sans", *_wide_fonts()]}), catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        picture.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


@cache
def _wide_fonts() -> tuple[str, ...]:
    """Installed fonts with Chinese letters, by name."""
    return tuple(name for name in sorted(get_font_names()) if _WIDE.search(name))


def curves(title: str, x: str, y: str, lines: Mapping[str, Curve], *, chance: Curve | None = None) -> Figure:
    """Lines by their legend text (name and figure), the model's first; `chance` is what guessing gives."""
    picture, axes = figure(title, x, y)
    if chance is not None:
        axes.plot(chance.x, chance.y, color=_QUIET, linestyle=":", linewidth=1.2, label="random")
    for (name, line), style in zip(lines.items(), _styles(len(lines)), strict=True):
        axes.plot(line.x, line.y, label=_spoken(name), **style)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    _legend(axes)
    return picture


def reliability(title: str, x: str, y: str, groups: Mapping[str, Bins]) -> Figure:
    """Predicted against actual means with their intervals; the diagonal is a perfect model."""
    picture, axes = figure(title, x, y)
    top = max(float(max(bins.predicted.max(), bins.high.max())) for bins in groups.values())
    axes.plot([0, top], [0, top], color=_QUIET, linestyle=":", linewidth=1.2, label="perfect")
    for (name, bins), style in zip(groups.items(), _styles(len(groups)), strict=True):
        error = np.abs(np.stack([bins.actual - bins.low, bins.high - bins.actual]))
        axes.errorbar(
            bins.predicted, bins.actual, yerr=error, marker="o", markersize=4, capsize=2, label=_spoken(name), **style
        )
    _legend(axes)
    return picture


def bars(title: str, x: str, values: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]) -> Figure:
    """Horizontal bars, the first on top, with intervals for those that have one."""
    picture, axes = figure(title, x, "")
    picture.set_figheight(max(2.4, 0.9 + 0.27 * len(values)))
    names = list(values)
    places = np.arange(len(names))[::-1]
    axes.barh(places, list(values.values()), color=_MODEL, height=0.7)
    for place, name in zip(places, names, strict=True):
        if name in intervals:
            axes.plot(intervals[name], [place, place], color=_INK, linewidth=1.4)
    axes.set_yticks(places, names, fontsize=8, color=_INK)
    axes.grid(axis="y", visible=False)
    return picture


def folds(title: str, y: str, labels: Sequence[str], lines: Mapping[str, Sequence[float]]) -> Figure:
    """A metric over the folds of a backtest, oldest first; one line a model."""
    picture, axes = figure(title, "cutoff", y)
    for (name, values), style in zip(lines.items(), _styles(len(lines)), strict=True):
        axes.plot(range(len(labels)), list(values), marker="o", markersize=4, label=_spoken(name), **style)
    axes.set_xticks(range(len(labels)), list(labels), rotation=30, ha="right", fontsize=8)
    _legend(axes)
    return picture


def coverage(title: str, groups: Mapping[str, Mapping[float, float]]) -> Figure:
    """Stated level of each quantile against the share of outcomes below it, by forecast."""
    picture, axes = figure(title, "stated: share of outcomes below the quantile", "observed share")
    axes.plot([0, 1], [0, 1], color=_QUIET, linestyle=":", linewidth=1.2, label="honest")
    band = np.array([0.0, 1.0])
    axes.fill_between(band, band - 0.04, band + 0.04, color=_GRID, label="± 4 points")
    for (name, shares), style in zip(groups.items(), _styles(len(groups)), strict=True):
        axes.plot(list(shares), list(shares.values()), marker="o", markersize=5, label=_spoken(name), **style)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _legend(axes)
    return picture


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _styles(count: int) -> list[dict[str, Any]]:
    colours = [_MODEL, *_BASELINES, *_BASELINES][:count]
    return [{"color": colour, "linewidth": 2.2 if colour == _MODEL else 1.4} for colour in colours]


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=8, labelcolor=_INK)
