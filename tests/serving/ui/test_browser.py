"""The pages in a real browser: nothing overlaps, sticks out or pales, nothing complains, nothing leaves the machine.

Needs Chromium or Chrome on the machine; without one the tests say that they were skipped.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from serving.http.api_keys import add_key
from serving.http.metrics import Metrics
from serving.worker import Worker
from tests.serving.synthetic_models import next_step_model, own_question_model
from tests.serving.tiny import SHOP, settings_of, write_release
from tests.serving.ui.chromium import BROWSER, Chromium, Tab, chromium
from tests.serving.ui.served import served

LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
REPORT = (
    "<!doctype html><html lang=en><title>Journey</title><h1>The journey</h1><script>document.title = 'ran'</script>"
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: the pages were not looked at in a browser")


@pytest.fixture(scope="module")
def site(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key."""
    home = Path(shutil.copytree(tiny_home, tmp_path_factory.mktemp("browser") / "home"))
    for language in ("en", "zh"):
        path = home / "reports" / SHOP / "2026-02-01" / f"report.{language}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(REPORT)
    write_release(home, "r2", more=[next_step_model(), own_question_model()])
    worker = Worker(settings_of(home), Metrics(CollectorRegistry()), lambda _: None)
    worker.start()
    key = add_key(worker.state, "anna", ["ui"])
    with served(worker.application) as address:
        yield address, key
    worker.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("chromium")) as one:
        yield one


def signed_in(tab: Tab, address: str, key: str, language: str = "en") -> None:
    tab.open(f"{address}/ui/sign-in?lang={language}")
    tab.run("document.querySelector('#key').focus()")
    tab.type(key)
    tab.leave(lambda: tab.press("Enter", 13, "\r"))
    assert tab.run("location.pathname") == "/ui/today"


def found_wrong(tab: Tab, address: str) -> list[str]:
    strangers = [one for one in tab.requests if not one.startswith((f"{address}/ui", "data:", "about:"))]
    return [*tab.run(LOOK), *tab.errors, *strangers]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_at_both_widths_and_in_both_languages(browser, site, width, language):
    address, key = site
    tab = browser.tab()
    tab.resize(width)
    tab.open(f"{address}/ui/sign-in?lang={language}")
    assert found_wrong(tab, address) == []
    signed_in(tab, address, key, language)
    assert found_wrong(tab, address) == []
    tab.submit("document.querySelector('button.link').click()")
    assert tab.run("location.pathname + location.search") == "/ui/customer"
    tab.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert found_wrong(tab, address) == []
    tab.run("document.querySelector('#channel').value = 'email'; document.querySelector('#cart').value = 'P2 P-none'")
    tab.submit("document.querySelector('.if form').requestSubmit(document.querySelector('.if form button'))")
    assert found_wrong(tab, address) == [] and tab.run("!!document.querySelector('.supposed')")
    for path in ("/ui/report", "/ui/customer", "/ui/today?page=2"):
        tab.open(address + path)
        assert found_wrong(tab, address) == [], path
    tab.open(f"{address}/ui/nowhere")
    assert tab.run(LOOK) == []


def test_the_report_runs_its_own_script_in_a_sandbox(browser, site):
    address, key = site
    tab = browser.tab()
    signed_in(tab, address, key)
    tab.open(f"{address}/ui/report/file")
    assert tab.run("document.title") == "ran" and tab.run("origin") == "null" and tab.errors == []


def test_a_person_gets_through_with_the_keyboard_alone(browser, site):
    address, key = site
    tab = browser.tab()
    tab.resize(1440)
    signed_in(tab, address, key)
    seen = []
    for _ in range(40):
        tab.press("Tab", 9)
        seen.append(
            tab.run("document.activeElement.className || document.activeElement.name || document.activeElement.href")
        )
        outline = tab.run("getComputedStyle(document.activeElement).outlineStyle")
        assert outline not in ("none", ""), f"focus is not seen on {seen[-1]}"
        if seen[-1] == "link":
            break
    assert seen[0] == "skip" and seen[-1] == "link" and {"action", "channel", "stage"} <= set(seen)
    tab.leave(lambda: tab.press("Enter", 13, "\r"))
    assert tab.run("location.pathname") == "/ui/customer"
    assert tab.run("document.querySelector('.title h2').textContent").startswith("C-")


def test_the_look_finds_what_is_wrong(browser, site):
    tab = browser.tab()
    tab.resize(390)
    tab.open(f"{site[0]}/ui/sign-in")
    tab.run(
        "document.querySelector('main').innerHTML = `<div id=a>lies over</div><div id=b>another text</div>"
        "<p id=c>pale</p><p id=d>far out</p><input name=bare>`;"
        "const styles = {b: 'margin-top:-20px', c: 'color:#aaa', d: 'width:900px;margin-left:600px'};"
        "for (const [id, css] of Object.entries(styles)) document.getElementById(id).style.cssText = css"
    )
    told = " ".join(tab.run(LOOK))
    for one in ("overlap: lies over / another text", "contrast 2.3", "outside: far out", "wider than", "no label: bare",
                "not one h1"):  # fmt: skip
        assert one in told, told
