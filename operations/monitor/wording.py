"""How findings are told to people, in each language: perennial/texts/monitor.<language>.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from operations.monitor.findings import Alert

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Wording:
    """One language.

    Attributes
    ----------
    findings : code → sentence with gaps that a finding's facts, subject and all fill
    advice : advice → what to do, in a few words
    reasons : code → why something was not looked at
    checks : check → what it is called
    words : headings and labels of the page
    """

    findings: Mapping[str, str]
    advice: Mapping[str, str]
    reasons: Mapping[str, str]
    checks: Mapping[str, str]
    words: Mapping[str, str]

    def sentence(self, finding: Alert) -> str:
        """What was found."""
        return self.findings[finding.code].format(subject=finding.subject, **finding.facts)

    def reason(self, code: str) -> str:
        """Why something was not looked at."""
        return self.reasons[code]


@cache
def wording(language: str) -> Wording:
    """The words of one of LANGUAGES."""
    text = resources.files("perennial").joinpath("texts", f"monitor.{language}.toml").read_text(encoding="utf-8")
    return Wording(**tomllib.loads(text))
