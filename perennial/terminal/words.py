"""What verbs say to marketers, in their language: sentences to fill in, labels, names of channels and stages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources

from features.errors import PerennialError

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Words:
    """One language, as perennial/texts/told.<language>.toml has it."""

    sentences: Mapping[str, str]
    labels: Mapping[str, str]
    names: Mapping[str, str]

    def say(self, sentence: str, **filled: object) -> str:
        """A sentence with its gaps filled."""
        return self.sentences[sentence].format(**filled)

    def name(self, value: str) -> str:
        """What a channel, stage, action or kind of model is called; as it is written where nothing else is said."""
        return self.names.get(value, value.replace("_", " "))

    def day(self, text: str) -> str:
        """An ISO date as it is written in this language."""
        day = date.fromisoformat(text)
        month = self.names.get(f"month_{day.month}", str(day.month))
        return self.say("date", year=day.year, month=month, day=day.day)

    def moment(self, text: str) -> str:
        """An ISO moment as it is written, to the minute, on its own clock."""
        return self.say("moment", date=self.day(text[:10]), time=text[11:16])

    def listed(self, parts: list[str]) -> str:
        """Several in a row."""
        return self.sentences["comma"].join(parts)


def words_of(language: str) -> Words:
    """The words of one language.

    Raises
    ------
    PerennialError      if it is none of LANGUAGES
    """
    if language not in LANGUAGES:
        raise PerennialError(f"--language {language} is not known. Choose one of {', '.join(LANGUAGES)}.")
    text = resources.files("perennial").joinpath("texts", f"told.{language}.toml").read_text(encoding="utf-8")
    return Words(**tomllib.loads(text))
