"""Columns in words, as cards and reports name them."""

from functools import cache

from features.catalog.words import feature_words
from scoring.reasons.labels import Labels


@cache
def labels(language: str = "en") -> Labels:
    """What features are called in a language."""
    words = feature_words(language)
    return Labels(words["labels"], words["names"], words["words"]["days"], words["words"]["ever"])
