import json
import re
from html.parser import HTMLParser

import numpy as np

from reporting.charts import bars, lines, money, plain, points
from reporting.page import PageTable, Section, render
from training.evaluation.curves import Bins, Curve

LINE = Curve(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.8, np.nan]))
BINS = Bins(*(np.array([0.1, 0.4]) for _ in range(5)))
ALL = [
    lines("Lines", "x", "y", {"Perennial": LINE}),
    points("Points", "x", "y", {"Perennial": BINS}),
    bars("Bars", "share", {"spend": 0.4}),
    money("Money", "EUR", 100, LINE, LINE, cost=8.0, effect=0.05, note="Assumed."),
]


def page(sections: list[Section]) -> str:
    return render("corner-shop · churn v3", "Who leaves?", (True, "All checks passed."), sections)


def charts_in(text: str) -> list[dict[str, object]]:
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', text, re.S)
    assert found is not None
    return list(json.loads(found.group(1)))


def test_the_page_carries_everything_it_shows_and_fetches_nothing() -> None:
    text = page([Section("Ranking", "Words.", [PageTable(["metric"], [["auc"]])], ALL)])

    assert [chart["kind"] for chart in charts_in(text)] == ["lines", "points", "bars", "money"]
    assert [int(at) for at in re.findall(r'data-chart="(\d+)"', text)] == [0, 1, 2, 3]
    assert "default-src 'none'" in text
    assert not re.findall(
        r"""(?:src|href)\s*=|url\(|@import|fetch\(|XMLHttp|import\(""", text.replace("default-src", "")
    )
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) == {"http://www.w3.org/2000/svg"}


def test_every_kind_of_chart_has_its_drawing() -> None:
    script = page([])
    for chart in ALL:
        assert re.search(rf"^  {chart['kind']}\(chart, figure\)", script, re.M)


def test_texts_cannot_become_markup_nor_end_the_script() -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    text = page([Section(evil, evil, [PageTable([evil], [[evil]])], [lines(evil, evil, "y", {evil: LINE})])])

    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(text)
    assert "img" not in tags
    assert tags.count("script") == 2
    assert charts_in(text)[0]["title"] == evil


def test_what_is_missing_is_null_and_numbers_are_short() -> None:
    assert plain([1 / 3, float("nan"), float("inf")]) == [0.333333, None, None]


def test_tables_mark_what_passed_and_what_failed() -> None:
    text = page(
        [Section("Gate", "", [PageTable(["check", "found"], [["calibrated", "✓ .01"], ["fast", "✗ 3 s"]], ["check"])])]
    )
    assert '<td class="pass">.01</td>' in text
    assert '<td class="fail">3 s</td>' in text
    assert '<td class="text">calibrated</td>' in text
