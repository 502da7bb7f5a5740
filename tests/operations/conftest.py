"""The small shops of the command line's tests serve the rooms below it too."""

from tests.perennial.conftest import home, orders, perennial, shop, three  # noqa: F401
