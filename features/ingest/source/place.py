"""Where a shop is: its time zone and its country, checked as shop.toml states them."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.errors import ShopError
from features.feasts import known_countries


def checked_timezone(name: str, toml: Path) -> str:
    """An IANA time zone.

    Raises
    ------
    ShopError       if there is none of that name
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ShopError(f"{toml}: timezone '{name}' is unknown. Give an IANA name, such as Asia/Shanghai.") from None
    return name


def checked_country(code: str, toml: Path) -> str:
    """A country whose holidays are known, or none.

    Raises
    ------
    ShopError       if the code is no country's
    """
    if code and code not in known_countries():
        raise ShopError(
            f"{toml}: country '{code}' is unknown. Give the two capital letters of ISO 3166, such as CN or DE, "
            "or leave the line out: then feasts that move from year to year are met by the season alone."
        )
    return code
