"""What features are called, in English and Chinese: for reasons, cards and reports alike."""

import tomllib
from importlib import resources
from typing import Any


def feature_words(language: str) -> dict[str, Any]:
    """The tables words (`days` and `ever`, what a window is called), labels (by stem) and names (by value of data).

    Parameters
    ----------
    language : "en" or "zh"
    """
    text = resources.files("features.catalog").joinpath(f"words.{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
