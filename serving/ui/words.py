"""The pages' words in one language, and its numbers and dates."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

LANGUAGES = {"en": "English", "zh": "中文"}
_TAGS = {"en": "en", "zh": "zh-Hans"}


@dataclass(frozen=True)
class PageWords:
    """One language.

    Attributes
    ----------
    say, names : as texts.<language>.toml has them
    rules : why one action was not given, by the rule's name
    """

    language: str
    say: Mapping[str, str]
    names: Mapping[str, str]
    rules: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return _TAGS[self.language]

    def tell(self, sentence: str, **filled: object) -> str:
        """A sentence with its gaps filled."""
        return self.say[sentence].format(**filled)

    def name(self, value: str) -> str:
        """What a stage, channel, cause or kind is called; as the data write it where nothing else is said."""
        return self.names.get(value, value.replace("_", " "))

    def listed(self, values: list[str]) -> str:
        """Some names in a row."""
        return self.say["comma"].join(self.name(value) for value in values)

    def day(self, text: str) -> str:
        """A day given as 2026-02-01, in full."""
        year, month, day = (int(part) for part in text[:10].split("-"))
        return self.tell("date", year=year, month=self.names.get(f"month_{month}", str(month)), day=day)

    def moment(self, text: str) -> str:
        """A local moment given as 2026-02-01T19:00, to the minute."""
        return self.tell("moment", date=self.day(text), time=text[11:16]) if len(text) > 10 else self.day(text)

    def days(self, count: int) -> str:
        """A length of time."""
        return self.say["one_day"] if count == 1 else self.tell("days", count=self.count(count))

    def count(self, value: float) -> str:
        """A whole number."""
        return f"{round(value):,}"

    def decimal(self, value: float) -> str:
        """A number with one digit behind the point."""
        return f"{value:,.1f}"

    def share(self, value: float) -> str:
        """A probability in percent; never quite 0 or 100 where it is not."""
        if 0 < value < 0.005:
            return "<1%"
        return ">99%" if 0.995 <= value < 1 else f"{value:.0%}"

    def points(self, value: float) -> str:
        """A difference of two probabilities in percentage points, with its sign."""
        return f"{'−' if value < 0 else '+'}{abs(value) * 100:.1f}"

    def money(self, text: str, currency: str) -> str:
        """An exact decimal with its currency."""
        whole, point, rest = text.lstrip("-").partition(".")
        amount = f"{int(whole):,}{point}{rest}"
        return ("−" if text.startswith("-") else "") + (f"{amount} {currency}" if currency else amount)


@lru_cache(maxsize=len(LANGUAGES))
def words_of(language: str) -> PageWords:
    """The words of one of LANGUAGES."""
    text = resources.files("serving.ui").joinpath(f"texts.{language}.toml").read_text(encoding="utf-8")
    return PageWords(language, **tomllib.loads(text))
