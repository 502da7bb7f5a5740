"""The report as the night left it, in a frame that it cannot leave."""

import hashlib
from base64 import b64encode

import pytest

from tests.serving.tiny import SHOP

PAGE, FILE = "/ui/report", "/ui/report/file"


def write(home, day, language, text="<h1>The journey</h1>"):
    path = home / "reports" / SHOP / day / f"report.{language}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_a_report_the_page_says_how_to_make_one(visitor):
    page = visitor.get(PAGE)
    assert "perennial report --shop FOLDER --lang en" in page.told and "<iframe" not in page.text
    assert visitor.get(FILE).status == 404


def test_the_newest_report_is_shown_as_it_was_written(visitor, home):
    write(home, "2026-01-31", "en", "<h1>Older</h1>")
    newest = write(home, "2026-02-01", "en")
    (home / "reports" / SHOP / "not-a-day").mkdir()
    page = visitor.get(PAGE)
    assert "1 February 2026" in page.told and f'<iframe src="{FILE}"' in page.text
    assert "frame-src 'self'" in page.header("content-security-policy")
    assert visitor.get(FILE).body == newest.read_bytes()


@pytest.mark.parametrize(("language", "shown"), [("en", "The journey"), ("zh", "旅程")])
def test_it_comes_in_the_person_s_language(visitor, home, language, shown):
    write(home, "2026-02-01", "en")
    write(home, "2026-02-01", "zh", "<h1>旅程</h1>")
    assert "not written" not in visitor.get(f"{PAGE}?lang={language}").told
    assert shown in visitor.get(FILE).text


def test_or_in_the_other_and_says_so(visitor, home):
    write(home, "2026-02-01", "zh", "<h1>旅程</h1>")
    assert "was not written in English" in visitor.get(PAGE).told
    assert "旅程" in visitor.get(FILE).text


def test_a_newer_report_in_the_other_language_is_newer(visitor, home):
    write(home, "2026-01-31", "en")
    write(home, "2026-02-01", "zh", "<h1>旅程</h1>")
    assert "旅程" in visitor.get(FILE).text


def test_what_the_file_may_do(visitor, home):
    write(home, "2026-02-01", "en", "<p style='color: red'>plain</p>")
    plain = visitor.get(FILE)
    policy = plain.header("content-security-policy")
    assert policy.startswith("sandbox; default-src 'none'") and "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy and plain.header("x-frame-options") == "SAMEORIGIN"
    script = "document.title = 'ours';"
    write(home, "2026-02-01", "en", f"<script>{script}</script>")
    policy = visitor.get(FILE).header("content-security-policy")
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy and policy.startswith("sandbox allow-scripts; ")
    assert "script-src 'unsafe-inline'" not in policy and "allow-same-origin" not in policy


def test_a_file_that_is_no_report_by_its_size_is_not_shown(visitor, home):
    write(home, "2026-02-01", "en", "x" * 4_000_001)
    assert "<iframe" not in visitor.get(PAGE).text
