"""The service shows what a look left, and nothing else: no other names, and nothing of a file that is damaged."""

import json

import pytest

from serving.state.watched import FILE, watched_page


def test_only_known_gauges_are_shown(tmp_path):
    given = {"exit_code": [[[], 5]], "customers": [[["C1"], 1]], "findings": [[["drift", 'a"b\n'], 2]]}
    (tmp_path / FILE).write_text(json.dumps(given))
    text = watched_page(tmp_path).decode()
    assert "perennial_monitor_exit_code 5.0" in text
    assert r'perennial_monitor_findings{advice="a\"b\n",check="drift"} 2.0' in text
    assert "customers" not in text


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"exit_code": 5}', '{"exit_code": [[["x"], "y"]]}', '{"findings": [[["drift"], 1]]}']
)
def test_a_damaged_file_shows_nothing(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    assert watched_page(tmp_path) == b""


def test_before_the_first_look_nothing_is_shown_and_a_huge_file_is_not_read(tmp_path):
    assert watched_page(tmp_path) == b""
    (tmp_path / FILE).write_text(" " * 1_000_001)
    assert watched_page(tmp_path) == b""
