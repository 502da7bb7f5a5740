"""What a feature is called: its column's name in words, with the window it covers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scoring.reasons.spoken import spoken

_NAME = "{name}"  # in an entry: any value of data
_SCRIPTS_MEET = re.compile(r"(?<=[A-Za-z0-9])(?=[一-鿿])|(?<=[一-鿿])(?=[A-Za-z0-9])")  # a Latin name in Chinese
_WINDOW = re.compile(r"(.+)_(\d+)d")


@dataclass(frozen=True)
class Labels:
    """Names of features in one language.

    Attributes
    ----------
    labels : by stem; {name} in a stem stands for a value of data, as it does in the label
    names : how a value of data is called, by its safe name; others are told as the data spell them
    days, ever : what a window of {days} is called, and none
    """

    labels: Mapping[str, str]
    names: Mapping[str, str]
    days: str
    ever: str

    @cached_property
    def _made(self) -> tuple[str, ...]:
        return patterns(self.labels)

    def column(self, feature: str) -> str:
        """A column in words; its own name, spaced, where nothing names it.

        >>> Labels({"orders": "orders"}, {}, " in the last {days} days", "").column("orders_90d")
        'orders in the last 90 days'
        """
        stem, days = parts(feature)
        return self.stem(stem) + self.window(days)

    def stem(self, stem: str) -> str:
        """A feature in words, without its window."""
        if stem in self.labels:
            return self.labels[stem]
        declared, value = made_for(stem, self._made)
        named = self.names.get(value) or spoken(value).replace("_", " ")
        return _SCRIPTS_MEET.sub(" ", (self.labels.get(declared) or stem.replace("_", " ")).replace(_NAME, named))

    def window(self, days: str | None) -> str:
        """A window in words."""
        return self.days.format(days=days) if days else self.ever


def patterns(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries that hold {name}."""
    return tuple(one for one in entries if _NAME in one)


@lru_cache(maxsize=4096)
def parts(feature: str) -> tuple[str, str | None]:
    """A column's stem and its window in days: "spend_90d" → ("spend", "90")."""
    found = _WINDOW.fullmatch(feature)
    return (found[1], found[2]) if found else (feature, None)


@lru_cache(maxsize=4096)
def made_for(stem: str, patterns: tuple[str, ...]) -> tuple[str, str]:
    """The pattern that covers a stem, and the value in the place of {name}: ("{name}_orders", "web") for "web_orders".

    The longest pattern that fits; the stem itself and no value where none does.
    """
    for pattern in sorted(patterns, key=len, reverse=True):
        before, _, after = pattern.partition(_NAME)
        if stem.startswith(before) and stem.endswith(after) and len(stem) > len(before) + len(after):
            return pattern, stem[len(before) : len(stem) - len(after)]
    return stem, ""
