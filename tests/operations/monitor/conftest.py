"""A watched shop, opened once."""

import pytest

from features.shop import Shop
from tests.operations.monitor.watched_shop import watched_shop
from tests.perennial.conftest import home  # noqa: F401


@pytest.fixture
def watched(home) -> Shop:  # noqa: F811
    return watched_shop(home)
