"""`perennial keys`: who may call the service of a shop."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from perennial.running import settings_for
from serving.http.api_keys import answered
from serving.settings import refuse_unknown_shop
from serving.state.database import State


def change_keys(shop: Path | None, words: Sequence[str]) -> str:
    """Add, remove or list keys, and what to tell; the service need not run."""
    settings = settings_for(shop=shop)
    refuse_unknown_shop(settings)
    with closing(State(settings.of_shop("state"))) as state:
        return answered(state, words)
