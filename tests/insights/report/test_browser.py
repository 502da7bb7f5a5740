"""The page in a real browser: no text lies on another and nothing sticks out, at 390 and 1440 px.

Needs Chromium or Chrome on the machine; without one the test says that it was skipped.
"""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from insights.known import known_shop
from insights.report.facts import Facts, gather
from insights.report.page import render
from tests.insights.kpi_shop import drawn
from tests.insights.report.test_page import AT, SPANS
from tests.shops import make_shop

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Writes what it finds wrong into the page's title, which a dump of the page shows.
LOOK = """
<script>
addEventListener("load", () => {
  const wrong = [];
  for (const svg of document.querySelectorAll("svg")) {
    const texts = [...svg.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
    const frame = svg.getBoundingClientRect();
    texts.forEach(([told, box], i) => {
      if (box.left < frame.left - 2 || box.right > frame.right + 2) wrong.push("outside: " + told);
      for (const [other, that] of texts.slice(i + 1)) {
        const wide = Math.min(box.right, that.right) - Math.max(box.left, that.left);
        const tall = Math.min(box.bottom, that.bottom) - Math.max(box.top, that.top);
        if (wide > 1 && tall > 3) wrong.push("overlap: " + told + " / " + other);
      }
    });
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push("wider than the window");
  document.title = "looked " + JSON.stringify(wrong);
});
</script></head>"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    tables = drawn(3)
    for number, row in enumerate(tables["touchpoints"]):
        row["device"], row["reason"] = "phone", "shipping_cost" if number % 9 == 0 else None
    with known_shop(make_shop(tmp_path_factory.mktemp("shop"), **tables), AT) as known:
        return gather(known, None, *SPANS)


def looked(page: str, width: int, folder: Path) -> list[str]:
    """What the browser finds wrong with a page in a frame of this width: a headless window is never under 500 px."""
    (folder / "page.html").write_text(page.replace("</head>", LOOK, 1))
    onload = "document.title=this.contentDocument.title"
    frame = f'<iframe src="page.html" width="{width}" height="900" onload="{onload}"></iframe>'
    (folder / "frame.html").write_text(frame)
    profile = f"--user-data-dir={folder / 'profile'}"
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom",
               "--virtual-time-budget=5000", "--window-size=1600,1000", profile)  # fmt: skip
    address = (folder / "frame.html").as_uri()
    done = subprocess.run([str(BROWSER), *options, address], capture_output=True, text=True, check=False, timeout=120)
    found = re.search("<title>looked (.*?)</title>", done.stdout)
    assert found is not None, done.stderr[-500:]
    return [str(one) for one in json.loads(unescape(found[1]))]


pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: the report was not looked at in a browser")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_overlaps_or_sticks_out(facts: Facts, tmp_path: Path, language: str, width: int) -> None:
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", render(facts, language, *SPANS, 0.3))
    assert looked(page, width, tmp_path) == []


def test_the_look_finds_what_is_wrong(tmp_path: Path) -> None:
    page = (
        '<html><head></head><body><svg width="100" height="50">'
        '<text x="5" y="20">one</text><text x="9" y="20">two</text>'
        '<text x="99" y="45">far out</text></svg><div style="width:900px">wide</div></body></html>'
    )
    found = " ".join(looked(page, 390, tmp_path))
    for told in ("overlap: one / two", "outside: far out", "wider than the window"):
        assert told in found
