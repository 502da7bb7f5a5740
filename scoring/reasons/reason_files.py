"""Reading reason texts: every text that a language needs, and none with a gap that nothing fills."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from scoring.errors import ReleaseError
from scoring.reasons.reasons import OTHER, Family, Side, Texts, placeholders

_WORDS = ("days", "ever", "missing", "day", "many_days", "every_day", "every_days", "today", "ago")
_OWN = frozenset({"value", "usual", "days", "every", "window", "label"})
_BY_EFFECT, _BY_VALUE = frozenset({"raises", "lowers"}), frozenset({"above", "below", "plain"})


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
        stem: _family(name, family)
        for name, family in plain["families"].items()
        for stem in ([OTHER] if name == OTHER else family["features"])
    }
    texts = Texts(
        language=language,
        words={name: str(plain["words"][name]) for name in _WORDS},
        families={**families, OTHER: families[OTHER]},
        labels=dict(plain["labels"]),
        names=dict(plain.get("names", {})),
        items={code: _checked(text, {"times", "days", "ago"}) for code, text in plain["items"].items()},
        rules=dict(plain["rules"]),
    )
    _checked(texts.words["days"], {"days"})
    return texts


def _family(name: str, plain: Mapping[str, Any]) -> Family:
    sides = {one: _side(plain[one]) for one in (*_BY_EFFECT, *_BY_VALUE, "otherwise") if one in plain}
    if set(sides) != _BY_EFFECT and set(sides) - {"otherwise"} != _BY_VALUE:
        raise ValueError(f"the sides of family {name}: raises and lowers, or above, below and plain")
    return Family(
        name=name,
        changeable=bool(plain["changeable"]),
        sides=sides,
        tell=plain.get("tell"),
        usual=plain.get("usual"),
        paced=frozenset(plain.get("paced", ())),
        than=plain.get("than"),
    )


def _side(plain: Mapping[str, str]) -> Side:
    _checked(plain["text"], _OWN)
    fuller = plain.get("fuller")
    return Side(plain["code"], plain["text"], fuller and _checked(fuller, None))


def _checked(text: str, allowed: Collection[str] | None) -> str:
    for name in placeholders(text):
        if not name.isidentifier() or (allowed is not None and name not in allowed):
            raise ValueError(f"the placeholder {{{name}}} in {text!r}")
    return text
