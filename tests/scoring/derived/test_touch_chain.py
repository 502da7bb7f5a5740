"""The latest touch is read from how long ago each channel and kind was, and the chain answers by it."""

import numpy as np
import pytest

from scoring.derived.derived import derivations, derive, needed_columns
from scoring.derived.touch_chain import chance, latest_touches, occurs, touch_parts

NAN = np.nan
CHANNELS, KINDS, KNOWN = ("web", "store"), ("visit", "view"), ("web.view", "store.visit")
LATEST = (*KNOWN, "else", "never")
COLUMNS = {  # viewed on the web; visited the web, which is told apart from nothing; in the store; never
    "web_silence": np.array([0.5, 0.25, 9.0, NAN]),
    "store_silence": np.array([3.0, NAN, 1.5, NAN]),
    "visit_recency": np.array([3.0, 0.25, 1.5, NAN]),
    "view_recency": np.array([0.5, 40.0, 9.0, NAN]),
}
PARAMETERS = {
    **{occurs("channel", one): 1.0 for one in CHANNELS},
    **{occurs("kind", one): 1.0 for one in KINDS},
    **{chance(latest, "web-03a-visit"): p for latest, p in zip(LATEST, (0.6, 0.1, 0.3, 0.2), strict=True)},
    **{chance(latest, "none"): p for latest, p in zip(LATEST, (0.4, 0.9, 0.7, 0.8), strict=True)},
}


def test_the_latest_touch_is_the_newest_channel_with_the_newest_kind() -> None:
    assert latest_touches(COLUMNS, CHANNELS, KINDS, KNOWN).tolist() == [0, 2, 1, 3]


@pytest.mark.parametrize(
    ("step", "expected"), [("web-03a-visit", [0.6, 0.3, 0.1, 0.2]), ("none", [0.4, 0.7, 0.9, 0.8])]
)
def test_a_step_has_the_chance_it_had_after_such_a_touch(step: str, expected: list[float]) -> None:
    (made,) = derivations([f"next_step_shrunk_{step}"], PARAMETERS)
    assert set(needed_columns([made])) == set(COLUMNS)
    assert derive([made], COLUMNS, PARAMETERS)[:, 0].tolist() == expected


def test_a_touch_is_read_from_its_name_whatever_the_channel_is_called() -> None:
    for channel in ("web", "小程序", "a:b", "none"):
        assert touch_parts(f"{channel}:visit") == (channel, "visit")
