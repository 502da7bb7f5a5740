"""A first-order Markov chain over touches: how often each step follows the customer's latest touch.

A touch is a channel and a kind, both values of data, which stand in names made safe. The chances are fitted in training
and lie among a model's parameters; which touch was the latest is read from columns that tell how long ago each channel
and each kind was.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.derived.shrinkage import Columns, Derived, Parameters

Array = NDArray[np.float64]

TASK = "next_step"
NONE, OTHER = "none", "other"  # as answers: no touch, a rarer one. No touch is called so: it has a colon
NEVER, ELSE = "never", "else"  # no touch yet; a touch too rare to be told apart. No touch is called so: it has a dot
_BEGINNING = f"{TASK}_shrunk_"


def touch_parts(name: str) -> tuple[str, str]:
    """Channel and kind of a touch by its name, `channel:kind`; a channel may hold a colon."""
    channel, _, kind = name.rpartition(":")
    return channel, kind


def chance(latest: str, step: str) -> str:
    """The parameter that holds the chance of a step after a latest touch, both by safe names."""
    return f"{TASK}/{latest}/{step}"


def occurs(column: str, value: str) -> str:
    """The parameter that says that a channel or a kind is told apart, by its safe name."""
    return f"{TASK}_{column}/{value}"


def latest_touch(channels: Sequence[str], kinds: Sequence[str]) -> tuple[str, ...]:
    """The built columns that tell which touch was the latest."""
    return (*(f"{one}_silence" for one in channels), *(f"{one}_recency" for one in kinds))


def latest_touches(
    columns: Columns, channels: Sequence[str], kinds: Sequence[str], known: Sequence[str]
) -> NDArray[np.intp]:
    """Which touch was a customer's latest.

    Parameters
    ----------
    channels, kinds : safe names
    known : touches told apart, "channel.kind"

    Returns
    -------
    array (n,)      its place among `known`; len(known) where it is another, one more where there was none
    """
    through, channel = _newest([columns[f"{one}_silence"] for one in channels])
    ago, kind = _newest([columns[f"{one}_recency"] for one in kinds])
    place = {name: i for i, name in enumerate(known)}
    table = np.array([[place.get(f"{one}.{other}", len(known)) for other in kinds] for one in channels])
    never = np.isinf(through) | np.isinf(ago)
    found: NDArray[np.intp] = np.where(never, len(known) + 1, table[channel, kind])
    return found


def chain_column(name: str, parameters: Parameters) -> Derived | None:
    """The derived column that holds the chance of a step; None if the name is none of it."""
    if not name.startswith(_BEGINNING):
        return None
    step = name.removeprefix(_BEGINNING)
    channels, kinds = (_values(occurs(column, ""), parameters) for column in ("channel", "kind"))
    known = tuple(
        one.split("/")[1]
        for one in parameters
        if one.startswith(f"{TASK}/") and one.endswith(f"/{step}") and "." in one.split("/")[1]
    )

    def body(columns: Columns, parameters: Parameters) -> Array:
        chances = np.array([parameters[chance(one, step)] for one in (*known, ELSE, NEVER)])
        found: Array = chances[latest_touches(columns, channels, kinds, known)]
        return found

    about = f"How often {step} follows the customer's latest touch."
    return Derived(name, latest_touch(channels, kinds), "chance", about, body)


def _values(beginning: str, parameters: Parameters) -> tuple[str, ...]:
    return tuple(name.removeprefix(beginning) for name in parameters if name.startswith(beginning))


def _newest(ages: Sequence[Array]) -> tuple[Array, NDArray[np.intp]]:
    """The smallest age and whose it is; infinite where all are missing, of two alike the first."""
    told = np.where(np.isnan(ages), np.inf, ages)
    return told.min(axis=0), told.argmin(axis=0)
