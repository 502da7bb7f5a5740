"""Reason texts: from a feature's value and effect to a sentence a marketer wrote.

The texts are data of the Release (reasons.en.json, reasons.zh.json), one dict a language with the tables
words, families, labels, items and rules; see perennial/texts for what each may say.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Any

from scoring.reasons.labels import Labels, made_for, parts, patterns

OTHER = "other"
_YEAR = 365
_PERCENT_UNITS = frozenset({"share", "probability"})


@dataclass(frozen=True)
class Side:
    """What is said of a value, and the code programs see; `fuller` needs other features to be known."""

    code: str
    text: str
    fuller: str | None = None


@dataclass(frozen=True)
class Family:
    """Features that share one reason.

    Attributes
    ----------
    sides : `raises` and `lowers`, said by what the family does to the risk; or `above`, `below` and `plain`, said by
        how the value compares with the person's usual, and `otherwise` where that speaks against the effect
    tell : the feature the family is told by; None is the one of its features that weighs most
    usual : the feature that holds the person's usual; None is the same measure over a year
    paced : stems that add up over time, so that their usual is the year's, shortened to the window
    than : a number that stands for everybody's usual, such as 0 for a trend
    """

    name: str
    changeable: bool
    sides: Mapping[str, Side]
    tell: str | None = None
    usual: str | None = None
    paced: frozenset[str] = frozenset()
    than: float | None = None


@dataclass(frozen=True)
class Texts:
    """All texts of one language.

    Attributes
    ----------
    words : how windows, days and gaps are named: days, ever, missing, day, many_days, every_day, every_days, today, ago
    families : by feature stem; OTHER is what no family lists
    labels : a feature's name in this language, by stem; {name} in a stem stands for a value of data, as it does in the
        label
    names : how a value of data is called, by its safe name; others are told as the data spell them
    items, rules : why an item is recommended, why an action was chosen, by code
    """

    language: str
    words: Mapping[str, str]
    families: Mapping[str, Family]
    labels: Mapping[str, str]
    names: Mapping[str, str]
    items: Mapping[str, str]
    rules: Mapping[str, str]

    @cached_property
    def called(self) -> Labels:
        """What features are called in this language."""
        return Labels(self.labels, self.names, self.words["days"], self.words["ever"])

    @cached_property
    def _made(self) -> tuple[str, ...]:
        """The families' entries that hold {name}."""
        return patterns(self.families)

    def reasons(
        self,
        effects: Iterable[tuple[str, float, float]],
        values: Mapping[str, float],
        units: Mapping[str, str],
        count: int = 3,
    ) -> tuple[list[dict[str, Any]], float]:
        """The reasons that weigh most, and the sum of the effects that are not among them.

        Features that mean the same thing are one reason: its effect is the sum of theirs.

        Parameters
        ----------
        effects : feature, value and effect on the log-odds of leaving
        values : the customer's features by name; NaN or absent is unknown
        units : what one step of a feature means, by name
        """
        groups: dict[str, list[tuple[str, float, float]]] = {}
        for one in effects:
            family = self._family(one[0]).name
            groups.setdefault(parts(one[0])[0] if family == OTHER else family, []).append(one)
        sums = {name: sum(effect for _, _, effect in members) for name, members in groups.items()}
        largest = sorted(sums, key=lambda name: -abs(sums[name]))[:count]
        told = [self._grouped(groups[name], sums[name], values, units) for name in largest]
        return told, sum(effect for name, effect in sums.items() if name not in largest)

    def reason(
        self, feature: str, effect: float, values: Mapping[str, float], units: Mapping[str, str]
    ) -> dict[str, Any]:
        """One reason, told by one feature's value."""
        family = self._family(feature)
        told = family.tell if family.tell and not math.isnan(values.get(family.tell, math.nan)) else feature
        value, usual = values.get(told, math.nan), _usual(family, told, values)
        side = _side_of(family, value, usual, effect)
        return {
            "code": side.code,
            "feature": told,
            "value": plain_number(value),
            "effect": effect,
            "changeable": family.changeable,
            "text": self._text(side, told, usual, values, units),
        }

    def item(self, code: str, **facts: int) -> dict[str, str]:
        """Why an item is recommended."""
        days = facts.get("days", 0)
        ago = self.words["today"] if days == 0 else self.words["ago"].format(days=self._days(days))
        return {"code": code, "text": self.items[code].format(**facts, ago=ago)}

    def _family(self, feature: str) -> Family:
        stem = parts(feature)[0]
        return self.families.get(stem) or self.families.get(made_for(stem, self._made)[0]) or self.families[OTHER]

    def _grouped(
        self,
        members: list[tuple[str, float, float]],
        effect: float,
        values: Mapping[str, float],
        units: Mapping[str, str],
    ) -> dict[str, Any]:
        """A group's reason, told by the member that weighs most in the group's direction."""
        feature, value, _ = max(members, key=lambda one: one[2] if effect > 0 else -one[2])
        return self.reason(feature, effect, {**values, feature: value}, units)

    def _text(
        self, side: Side, feature: str, usual: float, values: Mapping[str, float], units: Mapping[str, str]
    ) -> str:
        (stem, window), value, unit = parts(feature), values.get(feature, math.nan), units.get(feature, "")
        known = {
            "value": self._shown(value, unit),
            "usual": self._shown(usual, unit),
            "days": self._days(value),
            "every": self._every(usual),
            "window": self.called.window(window),
            "label": self.called.stem(stem),
        }
        others = [name for name in placeholders(side.fuller or "") if name not in known]
        if side.fuller is None or any(math.isnan(values.get(name, math.nan)) for name in others):
            return side.text.format(**known)
        return side.fuller.format(**known, **{name: self._shown(values[name], units.get(name, "")) for name in others})

    def _days(self, value: float) -> str:
        if math.isnan(value):
            return self.words["missing"]
        return self.words["day"] if round(value) == 1 else self.words["many_days"].format(days=f"{value:.0f}")

    def _every(self, usual: float) -> str:
        if math.isnan(usual):
            return self.words["missing"]
        return self.words["every_day"] if usual < 1.5 else self.words["every_days"].format(days=f"{usual:.0f}")

    def _shown(self, value: float, unit: str) -> str:
        if math.isnan(value):
            return self.words["missing"]
        if unit in _PERCENT_UNITS:
            return f"{value:.0%}"
        if unit == "currency":
            return f"{value:.2f}"
        return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.2g}"


def _usual(family: Family, feature: str, values: Mapping[str, float]) -> float:
    """What is usual for this person in the told feature's measure; NaN where nothing says."""
    if family.than is not None:
        return family.than
    if family.usual:
        return values.get(family.usual, math.nan)
    stem, days = parts(feature)
    if days is None or int(days) >= _YEAR:
        return math.nan
    yearly = values.get(f"{stem}_{_YEAR}d", math.nan)
    if stem not in family.paced:
        return yearly
    seen = values.get("days_since_first_order", math.nan)
    return yearly * int(days) / (_YEAR if math.isnan(seen) else min(max(seen, int(days)), _YEAR))


def _side_of(family: Family, value: float, usual: float, effect: float) -> Side:
    sides = family.sides
    if "plain" not in sides:
        return sides["raises"] if effect > 0 else sides["lowers"]
    if math.isnan(value) or math.isnan(usual) or value == usual:
        return sides["plain"]
    higher = value > usual
    if "otherwise" in sides and higher != (effect > 0):
        return sides["otherwise"]
    return sides["above" if higher else "below"]


def plain_number(value: float) -> int | float | None:
    """A value as JSON shows it best: whole numbers without a point, missing as null."""
    if math.isnan(value):
        return None
    return int(value) if value == int(value) else round(value, 6)


def placeholders(text: str) -> list[str]:
    """Names between braces in a text.

    Raises
    ------
    ValueError      if more than a name stands there
    """
    found = []
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion:
            raise ValueError(f"more than a name between braces in {text!r}")
        found.append(name)
    return found
