"""Charts as inline SVG that need no script: bars with intervals, lines, columns that add up.

Texts are escaped here; colours are told apart by eyes of every kind, and every mark states its value in words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup, escape

# Okabe and Ito's colours, which most colour-blind eyes tell apart; grey for what is left.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a500", "#7b8794")
WIDTH = 720
_ROW, _GLYPH = 24, 6.4
Say = Callable[[float], str]


@dataclass(frozen=True)
class Bar:
    """A horizontal bar: its name, its value and what is told of it; an interval where there is one."""

    name: str
    value: float
    told: str
    low: float | None = None
    high: float | None = None


def text_width(text: str) -> float:
    """About how many pixels a text takes: a Chinese character takes two Latin ones."""
    return sum(_GLYPH * (1.9 if east_asian_width(sign) in "WF" else 1.0) for sign in text)


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars, the first on top, each with its text beside it."""
    left = min(max((text_width(row.name) for row in rows), default=0) + 12, WIDTH * 0.5)
    right = max((text_width(row.told) for row in rows), default=0) + 14
    most = max((row.high if row.high is not None else row.value for row in rows), default=0.0) or 1.0
    scale = max(WIDTH - left - right, 60.0) / most
    parts = []
    for place, row in enumerate(rows):
        y, end = place * _ROW, left + max(row.value, 0.0) * scale
        parts.append(_text(left - 8, y + 16, row.name, "end"))
        parts.append(_rect(left, y + 5, max(end - left, 1.0), 14, 0, f"{row.name}: {row.told}"))
        if row.low is not None and row.high is not None:
            low, high = left + row.low * scale, left + row.high * scale
            parts.append(_line(low, y + 12, high, y + 12, "mark"))
            end = max(end, high)
        parts.append(_text(end + 6, y + 16, row.told))
    return _svg(title, len(rows) * _ROW + 4, parts)


def columns(
    title: str, labels: Sequence[str], layers: Sequence[tuple[str, Sequence[float | None]]], say: Say
) -> Markup:
    """Columns that add up, a layer a colour, with a legend; the first layer lies at the bottom. None is not drawn."""
    legend, top = _legend([name for name, _ in layers])
    height, bottom = top + 230, 22
    totals = [sum(values[place] or 0.0 for _, values in layers) for place in range(len(labels))]
    left = _margin(max(totals, default=0.0), say)
    scale = (height - top - bottom) / (max(totals, default=0.0) or 1.0)
    step = (WIDTH - left) / max(len(labels), 1)
    parts = [*legend, *_grid(max(totals, default=0.0), top, height - bottom, left, say)]
    for place, label in enumerate(labels):
        x, y = left + place * step, height - bottom
        for layer, (name, values) in enumerate(layers):
            value = values[place]
            if value is None:
                continue
            tall = value * scale
            y -= tall
            told = f"{label}, {name}: {say(value)}"
            parts.append(_rect(x + step * 0.1, y, step * 0.8, tall, layer, told))
        if _fits(labels, place, step):
            parts.append(_text(x + step / 2, height - 6, label, "middle"))
    return _svg(title, height, parts)


def lines(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], say: Say) -> Markup:
    """Lines over the same places, from zero; a gap where a value is missing."""
    legend, top = _legend([name for name, _ in series] if len(series) > 1 else [])
    height, bottom = top + 200, 22
    most = max((value for _, values in series for value in values if value is not None), default=0.0) or 1.0
    left = _margin(most, say)
    scale, step = (height - top - bottom) / most, (WIDTH - left - 20) / max(len(labels) - 1, 1)
    parts = [*legend, *_grid(most, top, height - bottom, left, say)]
    for number, (name, values) in enumerate(series):
        points = [(left + place * step, height - bottom - value * scale) if value is not None else None
                  for place, value in enumerate(values)]  # fmt: skip
        colour = COLOURS[number % len(COLOURS)]
        drawn = "".join(
            f"{'L' if place and points[place - 1] else 'M'}{point[0]:.1f} {point[1]:.1f}"
            for place, point in enumerate(points) if point
        )  # fmt: skip
        parts.append(Markup('<path d="{}" fill="none" stroke="{}" stroke-width="2"/>').format(drawn, colour))
        for place, point in enumerate(points):
            if point:
                told = f"{labels[place]}, {name}: {say(values[place] or 0.0)}"
                parts.append(_dot(*point, colour, told))
    for place, label in enumerate(labels):
        if _fits(labels, place, step):
            anchor = "end" if place == len(labels) - 1 else "middle"
            parts.append(_text(left + place * step, height - 6, label, anchor))
    return _svg(title, height, parts)


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, title, Markup("").join(parts)
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))


def _line(x0: float, y0: float, x1: float, y1: float, kind: str) -> Markup:
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>').format(x0, y0, x1, y1, kind)


def _rect(x: float, y: float, wide: float, tall: float, colour: int, told: str) -> Markup:
    shape = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"><title>{}</title></rect>')
    return shape.format(x, y, wide, tall, COLOURS[colour % len(COLOURS)], told)


def _dot(x: float, y: float, colour: str, told: str) -> Markup:
    shape = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"><title>{}</title></circle>')
    return shape.format(x, y, colour, told)


def _legend(names: Sequence[str]) -> tuple[list[Markup], float]:
    """Swatches with names, wrapped; and where they end."""
    parts, x, y = [], 0.0, 0.0
    for place, name in enumerate(names):
        wide = text_width(name) + 32
        if x and x + wide > WIDTH:
            x, y = 0.0, y + 20
        parts.append(Markup('<rect x="{:.1f}" y="{:.1f}" width="11" height="11" fill="{}"/>').format(
            x, y + 3, COLOURS[place % len(COLOURS)]))  # fmt: skip
        parts.append(_text(x + 16, y + 13, name))
        x += wide
    return parts, (y + 28 if names else 8.0)


def _margin(most: float, say: Say) -> float:
    """Room for the widest text beside the axis."""
    return max(text_width(say(share * most)) for share in (0.0, 0.5, 1.0)) * 1.1 + 14


def _grid(most: float, top: float, bottom: float, left: float, say: Say) -> list[Markup]:
    """A line at nothing, half and all."""
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = bottom - share * (bottom - top)
        parts += [_line(left, y, WIDTH, y, "grid"), _text(left - 6, y + 4, say(share * most), "end")]
    return parts


def _fits(labels: Sequence[str], place: int, step: float) -> bool:
    """Whether a label is written: every so many, counted from the last, that they do not touch."""
    widest = max(text_width(label) for label in labels) + 10
    every = max(int(-(-widest // step)), 1)
    return (len(labels) - 1 - place) % every == 0
