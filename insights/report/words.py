"""The report's words in one language, and its numbers."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from features.errors import PerennialError
from reporting.numbers import LANGUAGES, Numbers


@dataclass(frozen=True)
class ReportWords:
    """One language.

    Attributes
    ----------
    numbers : Numbers
    currency : str          the shop's, for money
    say, lacks, head, names, kpis : mappings        as texts.<language>.toml has them
    """

    numbers: Numbers
    currency: str
    say: Mapping[str, str]
    lacks: Mapping[str, str]
    head: Mapping[str, str]
    names: Mapping[str, str]
    kpis: Mapping[str, str]

    def tell(self, sentence: str, **filled: object) -> str:
        """A sentence with its gaps filled."""
        return self.say[sentence].format(**filled)

    def name(self, value: str) -> str:
        """What a stage, step, channel or reason is called; as the data write it where nothing else is said."""
        return self.names.get(value, value.replace("_", " "))

    def place(self, channel: str | None, device: str | None) -> str:
        """A channel, with its device where one is told."""
        told = self.name(channel or "none")
        if device is None:
            return told
        inside = f"（{self.name(device)}）" if self.numbers.language == "zh" else f" ({self.name(device)})"
        return told + inside

    def pair(self, one: str, two: str) -> str:
        """A place and what happens there."""
        return f"{one}：{two}" if self.numbers.language == "zh" else f"{one}: {two}"

    def at_least(self, value: float, least: int) -> str:
        """A count; one above nothing and below `least` only as that."""
        return f"<{least}" if 0 < value < least else self.numbers.count(value)

    def heads(self, *names: str) -> list[str]:
        """Names of columns."""
        return [self.head[name] for name in names]

    def money(self, value: float) -> str:
        """An amount in the shop's currency."""
        return self.numbers.money(value, self.currency)

    def valued(self, value: float | None, unit: str) -> str:
        """A KPI's value in its unit."""
        if value is None:
            return self.say["none"]
        if unit == "share":
            return self.numbers.share(value)
        if unit == "currency":
            return self.money(value)
        if unit == "seconds":
            return self.numbers.count(value) + (" 秒" if self.numbers.language == "zh" else " s")
        return self.numbers.count(value) if unit == "count" else self.numbers.decimal(value, 2)

    def band(self, low: float | None, high: float | None) -> str:
        """An interval of money."""
        return self.say["none"] if low is None or high is None else f"{self.money(low)} – {self.money(high)}"

    def changed(self, now: float | None, before: float | None, unit: str) -> str:
        """The change of a value: in percentage points for a share, relative for the rest."""
        if now is None or before is None or (unit != "share" and before == 0):
            return self.say["none"]
        if unit != "share":
            return self.numbers.change(now / before - 1)
        return self.numbers.points(now - before) + (" 个百分点" if self.numbers.language == "zh" else " pp")


def words_of(language: str, currency: str) -> ReportWords:
    """The words of one language.

    Raises
    ------
    PerennialError      if it is none that the report speaks
    """
    if language not in LANGUAGES:
        raise PerennialError(f"--lang {language} is not known. Choose one of {', '.join(LANGUAGES)}.")
    text = resources.files("insights.report").joinpath(f"texts.{language}.toml").read_text(encoding="utf-8")
    return ReportWords(Numbers(language), currency, **tomllib.loads(text))
