"""Every sentence a check can say exists in both languages, with gaps that are filled in both."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from operations.monitor import wording as module
from operations.monitor.findings import CHECKS, URGENCY, Alert
from operations.monitor.wording import LANGUAGES, wording

SOURCES = "\n".join(path.read_text() for path in sorted(Path(module.__file__).parent.glob("*.py")))


def said() -> set[str]:
    """Codes that the checks pass to findings: strings of small letters in the sources, among those that are told."""
    strings = {
        node.value
        for node in ast.walk(ast.parse(SOURCES.replace("from __future__", "#")))
        if isinstance(node, ast.Constant)
    }
    return {one for one in strings if isinstance(one, str) and re.fullmatch(r"[a-z]+(_[a-z]+)+", one)}


def gaps(sentence: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("part", ["findings", "advice", "reasons", "checks", "words"])
def test_both_languages_say_the_same_things_with_the_same_gaps(part):
    english, chinese = (getattr(wording(language), part) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    assert {code: gaps(text) for code, text in english.items()} == {code: gaps(text) for code, text in chinese.items()}


def test_nothing_is_told_that_no_check_says():
    english = wording("en")
    assert english.findings.keys() - said() == set()
    assert set(english.advice) == set(URGENCY)
    assert set(english.checks) == set(CHECKS)


def test_a_finding_fills_its_sentence():
    finding = Alert("drift", "input_missing", "spend_90d", "mend_feed", {"size": 0.0, "spread": 0.0, "missing": 0.25})
    assert wording("en").sentence(finding) == "input spend_90d is missing for 25.0% more customers than in training"
    assert wording("zh").sentence(finding) == "输入 spend_90d 的缺失比例较训练时变化 +25.0%"
