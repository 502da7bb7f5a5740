"""Verbs for the people who plan campaigns: channels."""

from typing import Annotated

import typer

from perennial.options import HERE, MLRUNS, At, Mlruns, Shop
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, channels)


def channels(
    shop: Shop = HERE,
    at: At = None,
    language: Annotated[str, typer.Option("--language", metavar="en|zh", help="Language of the tables.")] = "en",
    mlruns: Mlruns = MLRUNS,
) -> None:
    """Say which channel serves which segment: who answers on which, buys through which, is moved by which promotion.

    Means of what the champion answers for the active customers of each stage, and of online and offline buyers.
    Segments of fewer than twenty customers are left out.

    Example: perennial channels --shop exports/ --language zh
    """
    from perennial.segmenting import tell_segments

    tell_segments(shop, at, language, mlruns)
