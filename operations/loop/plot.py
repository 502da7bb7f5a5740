"""The months as a picture: what each policy was truly worth, as SVG that stands for itself."""

from collections.abc import Sequence

from markupsafe import escape

from operations.loop.policies import ALL, NOBODY
from operations.loop.run import MonthTold
from reporting.svg import COLOURS

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 760, 380, 70, 90, 300
_STEPS = 4  # lines of the grid


def picture(months: Sequence[MonthTold], title: str, currency: str) -> str:
    """A line a policy over the months; the one who does nothing is the line at 0.

    Parameters
    ----------
    months : at least one
    """
    policies = [name for name in ALL if name != NOBODY]
    values = {name: [month.net[name] for month in months] for name in policies}
    low = min(0.0, *(min(one) for one in values.values()))
    high = max(1.0, *(max(one) for one in values.values()))
    step = (_WIDTH - _LEFT - 20) / max(len(months) - 1, 1)

    def at(value: float) -> float:
        return _BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP)

    parts = [_text(0, 18, title, 'font-weight="bold"'), *_legend(policies)]
    for place in range(_STEPS + 1):
        value = low + (high - low) * place / _STEPS
        parts.append(f'<path d="M{_LEFT} {at(value):.1f}H{_WIDTH - 20}" stroke="#e4e7eb"/>')
        parts.append(_text(_LEFT - 8, at(value) + 4, f"{value:,.0f}", 'text-anchor="end"'))
    parts.append(f'<path d="M{_LEFT} {at(0.0):.1f}H{_WIDTH - 20}" stroke="#7b8794"/>')
    for number, name in enumerate(policies):
        points = " ".join(f"{_LEFT + place * step:.1f},{at(value):.1f}" for place, value in enumerate(values[name]))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2.5"/>')
    for place, month in enumerate(months):
        parts.append(_text(_LEFT + place * step, _BOTTOM + 22, f"{month.begins:%m/%y}", 'text-anchor="middle"'))
    parts.append(_text(_LEFT, _BOTTOM + 48, f"true net value of a month's messages, {currency}; nobody: 0"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#1f2933"><rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
        + "".join(parts)
        + "</svg>\n"
    )


def _legend(policies: Sequence[str]) -> list[str]:
    parts = []
    for number, name in enumerate(policies):
        x, y = _LEFT + number % 3 * 220, 40 + number // 3 * 20
        parts.append(f'<rect x="{x}" y="{y - 9}" width="12" height="10" fill="{COLOURS[number]}"/>')
        parts.append(_text(x + 18, y, name.replace("_", " ")))
    return parts


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>'
