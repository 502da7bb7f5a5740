"""Charts need no script, escape what they are given, stay inside their frame and keep texts apart."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise

import pytest
from markupsafe import Markup

from reporting.svg import WIDTH, Bar, bars, columns, lines, text_width

HOSTILE = "<script>\"&'"
MONTHS = [f"2026年{month}月" for month in range(1, 14)]
CHARTS: dict[str, Callable[[], Markup]] = {
    "bars": lambda: bars("t", [Bar("小程序（手机）：购物车 → 结算", 10.0, "¥10", 8.0, 12.0), Bar(HOSTILE, 0.0, "0")]),
    "no bars": lambda: bars("t", []),
    "columns": lambda: columns(HOSTILE, MONTHS, [("a", range(13)), (HOSTILE, range(13))], str),
    "empty columns": lambda: columns("t", ["x"], [("a", [0.0])], str),
    "lines": lambda: lines("t", MONTHS, [("a", [1.0, None, *range(11)]), (HOSTILE, [2.0] * 13)], str),
    "one point": lambda: lines("t", ["x"], [("a", [1.0])], str),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_wellformed_and_inside_its_frame(name: str) -> None:
    root = ET.fromstring(CHARTS[name]())
    assert "<script" not in CHARTS[name]()
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    for node in root.iter():
        for key in ("x", "x1", "x2", "cx"):
            assert -0.1 <= float(node.attrib.get(key, 0)) <= wide + 0.1
        for key in ("y", "y1", "y2", "cy"):
            assert -0.1 <= float(node.attrib.get(key, 0)) <= high + 0.1
        if node.tag == "rect":
            assert float(node.attrib["x"]) + float(node.attrib["width"]) <= wide + 0.1


@pytest.mark.parametrize("name", ["columns", "lines"])
def test_labels_below_an_axis_do_not_touch(name: str) -> None:
    root = ET.fromstring(CHARTS[name]())
    placed = sorted(
        (float(t.attrib["x"]), t.text or "") for t in root.iter("text") if (t.text or "").startswith("2026")
    )
    assert placed[-1][1] == MONTHS[-1]
    for (x, text), (following, other) in pairwise(placed):
        assert following - x >= (text_width(text) + text_width(other)) / 2 * 0.9


def test_every_mark_says_its_value() -> None:
    drawn = columns("t", ["x", "y"], [("a", [1.0, 2.0])], lambda value: f"{value:g} people")
    assert re.findall("<title>(.*?)</title>", drawn) == ["x, a: 1 people", "y, a: 2 people"]


def test_chinese_is_wider_than_latin() -> None:
    assert text_width("小程序") > text_width("abc")
    assert text_width("a" * 60) < WIDTH
