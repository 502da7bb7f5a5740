"""Who is left alone for good, who is dealt an option by lot, and with what probability anything was chosen.

All lots are keyed hashes: the same customer gets the same answer whoever asks, the holdout for as long as the key
stays, exploration for a day. Exploration is dealt before anything is optimised.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

POLICY, EXPLORE, HOLDOUT = range(3)
ARMS = ("policy", "explore", "holdout")
NOTHING = -1
_SPAN = float(2**64)
_GOLDEN, _MIX, _MIX2 = (np.uint64(one) for one in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


@dataclass(frozen=True)
class Lots:
    """The lots of some customers on a day.

    Attributes
    ----------
    held : float array (n,)     in [0, 1); below the holdout's share the customer is left alone, on any day
    lot : float array (n,)      in [0, 1); below the exploration's share an option is dealt, on this day
    seed : uint64 array (n,)    of the deal of this day
    """

    held: NDArray[np.float64]
    lot: NDArray[np.float64]
    seed: NDArray[np.uint64]


def lots(customer_ids: Sequence[str], day: date, key: str) -> Lots:
    """Draw the lots of customers; about 3 µs each."""
    secret, today = key.encode()[:64], f"\0{day.isoformat()}".encode()
    encoded = [one.encode() for one in customer_ids]
    held = _hashed(encoded, b"", secret, 1)[:, 0]
    daily = _hashed(encoded, today, secret, 2)
    return Lots(held / _SPAN, daily[:, 0] / _SPAN, daily[:, 1])


def deal(seed: NDArray[np.uint64], allowed: NDArray[np.bool_]) -> NDArray[np.int16]:
    """One of the allowed options or nothing, each as likely as the others.

    Every option gets a number of its own from the seed and the largest allowed one wins, so that an option which is
    no longer allowed changes the deal of nobody who was dealt another.

    Parameters
    ----------
    seed : uint64 array (n,)
    allowed : bool array (n, k)

    Returns
    -------
    int16 array (n,)    place of the option, NOTHING for none
    """
    best, chosen = _mixed(seed, 0), np.full(len(seed), NOTHING, dtype=np.int16)
    for option in range(allowed.shape[1]):
        number = _mixed(seed, option + 1)
        wins = allowed[:, option] & (number > best)
        best[wins], chosen[wins] = number[wins], option
    return chosen


def propensities(
    chosen: NDArray[np.int16], policys: NDArray[np.int16], options: NDArray[np.intp], holdout: float, explore: float
) -> NDArray[np.float64]:
    """The exact probability with which each customer's option was chosen.

    (1 − h)[(1 − e) · 1{the policy's choice} + e / k] + h · 1{nothing}

    Parameters
    ----------
    chosen, policys : arrays (n,)   the option that was chosen, and the one the policy takes; NOTHING for none
    options : array (n,)            k, how many options were allowed, nothing among them
    holdout, explore : float        h and e, shares in [0, 1)
    """
    by_policy = (1 - explore) * (chosen == policys) + explore / options
    return np.asarray((1 - holdout) * by_policy + holdout * (chosen == NOTHING), dtype=np.float64)


def _hashed(encoded: Sequence[bytes], then: bytes, secret: bytes, numbers: int) -> NDArray[np.uint64]:
    size = 8 * numbers
    joined = b"".join(hashlib.blake2b(one + then, key=secret, digest_size=size).digest() for one in encoded)
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64).reshape(len(encoded), numbers)


def _mixed(seed: NDArray[np.uint64], option: int) -> NDArray[np.uint64]:
    """Another random number of a seed: splitmix64 (Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        x = seed + _GOLDEN * np.uint64(option + 1)
        x = (x ^ (x >> np.uint64(30))) * _MIX
        x = (x ^ (x >> np.uint64(27))) * _MIX2
        return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)
