"""Where a shop is said to be."""

from pathlib import Path

import pytest

from features.errors import ShopError
from features.ingest.source.place import checked_country, checked_timezone

TOML = Path("shop.toml")


def test_a_country_and_its_clock_are_taken_as_they_are_written():
    assert checked_country("CN", TOML) == "CN"
    assert checked_country("", TOML) == ""
    assert checked_timezone("Asia/Shanghai", TOML) == "Asia/Shanghai"


@pytest.mark.parametrize("code", ["China", "cn", "CHN", "XX"])
def test_a_country_nobody_knows_is_refused(code):
    with pytest.raises(ShopError, match=rf"country '{code}' is unknown\. Give the two capital letters of ISO 3166"):
        checked_country(code, TOML)


def test_a_time_zone_nobody_knows_is_refused():
    with pytest.raises(ShopError, match="timezone 'Mars/Base' is unknown"):
        checked_timezone("Mars/Base", TOML)
