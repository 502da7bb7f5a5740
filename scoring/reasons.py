"""Reason texts: from a feature's value and effect to a sentence a marketer wrote.

The texts are data of the Release (reasons.en.json, reasons.zh.json), one dict a language with the tables
words, families, labels, items and rules; see perennial/texts for what each may say.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from scoring.errors import ReleaseError

OTHER = "other"
_WINDOW = re.compile(r"(.+)_(\d+)d")
_PERCENT_UNITS = frozenset({"share", "probability"})


@dataclass(frozen=True)
class Side:
    """What is said when a feature moves the risk one way; `fuller` needs other features to be known."""

    code: str
    text: str
    fuller: str | None = None


@dataclass(frozen=True)
class Family:
    """Features that share one reason."""

    changeable: bool
    raises: Side
    lowers: Side


@dataclass(frozen=True)
class Texts:
    """All texts of one language.

    Attributes
    ----------
    words : "days" and "ever" (how a window is named), "missing"
    families : by feature stem; OTHER is what no family lists
    labels : a feature's name in this language, by stem
    items, rules : why an item is recommended, why an action was chosen, by code
    """

    language: str
    words: Mapping[str, str]
    families: Mapping[str, Family]
    labels: Mapping[str, str]
    items: Mapping[str, str]
    rules: Mapping[str, str]

    def reason(
        self, feature: str, effect: float, values: Mapping[str, float], units: Mapping[str, str]
    ) -> dict[str, Any]:
        """One reason of a decision.

        Parameters
        ----------
        effect : on the log-odds of leaving
        values : the customer's features by name; NaN or absent is unknown
        units : what one step of a feature means, by name
        """
        stem, days = parts(feature)
        family = self.families.get(stem) or self.families[OTHER]
        side = family.raises if effect > 0 else family.lowers
        return {
            "code": side.code,
            "feature": feature,
            "value": plain_number(values.get(feature, math.nan)),
            "effect": effect,
            "changeable": family.changeable,
            "text": self._text(side, feature, stem, days, values, units),
        }

    def item(self, code: str, **facts: int) -> dict[str, str]:
        """Why an item is recommended."""
        return {"code": code, "text": self.items[code].format(**facts)}

    def _text(
        self,
        side: Side,
        feature: str,
        stem: str,
        days: str | None,
        values: Mapping[str, float],
        units: Mapping[str, str],
    ) -> str:
        known = {
            "value": self._shown(values.get(feature, math.nan), units.get(feature, "")),
            "window": self.words["days"].format(days=days) if days else self.words["ever"],
            "label": self.labels.get(stem) or stem.replace("_", " "),
        }
        if side.fuller:
            others = [name for name in _placeholders(side.fuller) if name not in known]
            if all(not math.isnan(values.get(name, math.nan)) for name in others):
                shown = {name: self._shown(values[name], units.get(name, "")) for name in others}
                return side.fuller.format(**known, **shown)
        return side.text.format(**known)

    def _shown(self, value: float, unit: str) -> str:
        if math.isnan(value):
            return self.words["missing"]
        if unit in _PERCENT_UNITS:
            return f"{value:.0%}"
        if unit == "currency":
            return f"{value:.2f}"
        return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.2g}"


def parts(feature: str) -> tuple[str, str | None]:
    """A column's stem and its window in days: "spend_90d" → ("spend", "90")."""
    found = _WINDOW.fullmatch(feature)
    return (found[1], found[2]) if found else (feature, None)


def plain_number(value: float) -> int | float | None:
    """A value as JSON shows it best: whole numbers without a point, missing as null."""
    if math.isnan(value):
        return None
    return int(value) if value == int(value) else round(value, 6)


def read_texts(language: str, text: str) -> Texts:
    """The texts of a reasons.<language>.json.

    Raises
    ------
    ReleaseError   if a table is missing or a text names something it cannot be given
    """
    try:
        return texts_of(language, json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(
            f"reasons.{language}.json lacks or breaks {error}; compare it with perennial/texts."
        ) from error


def texts_of(language: str, plain: Mapping[str, Any]) -> Texts:
    """The texts from a parsed table; `read_texts` for a file."""
    families = {
        stem: _family(family)
        for name, family in plain["families"].items()
        for stem in ([OTHER] if name == OTHER else family["features"])
    }
    texts = Texts(
        language=language,
        words={name: str(plain["words"][name]) for name in ("days", "ever", "missing")},
        families={**families, OTHER: families[OTHER]},
        labels=dict(plain["labels"]),
        items={code: _checked(text, {"times", "days"}) for code, text in plain["items"].items()},
        rules=dict(plain["rules"]),
    )
    _checked(texts.words["days"], {"days"})
    return texts


def _family(plain: Mapping[str, Any]) -> Family:
    return Family(bool(plain["changeable"]), _side(plain["raises"]), _side(plain["lowers"]))


def _side(plain: Mapping[str, str]) -> Side:
    _checked(plain["text"], {"value", "window", "label"})
    fuller = plain.get("fuller")
    return Side(plain["code"], plain["text"], fuller and _checked(fuller, None))


def _checked(text: str, allowed: set[str] | None) -> str:
    for name in _placeholders(text):
        if not name.isidentifier() or (allowed is not None and name not in allowed):
            raise ValueError(f"the placeholder {{{name}}} in {text!r}")
    return text


def _placeholders(text: str) -> list[str]:
    found = []
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion:
            raise ValueError(f"more than a name between braces in {text!r}")
        found.append(name)
    return found
