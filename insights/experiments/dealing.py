"""Who gets which arm: hashed with the trial's name, dealt evenly within strata, and kept for good.

A unit that was dealt before keeps its arm whatever else changes. New ones are sorted by a keyed hash within their
stratum and dealt in turn, by the arms' shares less what their stratum already has; so the arms of a stratum differ
from their shares by less than one unit each, and nobody can foresee a place.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def deal(
    units: Sequence[str], strata: Sequence[str], arms: Mapping[str, float], key: str, dealt: Mapping[str, str]
) -> list[str]:
    """The arm of each unit.

    Parameters
    ----------
    units, strata : sequences, length n     ids, each once, and the stratum of each
    arms : mapping                          arm → share
    key : str                               the trial's; another trial deals independently
    dealt : mapping                         unit → arm, of earlier deals
    """
    names, shares = list(arms), np.array(list(arms.values()))
    found = [dealt.get(unit, "") for unit in units]
    lot = lots(units, key)
    groups: dict[str, list[int]] = {}
    for place in np.argsort(lot, kind="stable").tolist():
        groups.setdefault(strata[place], []).append(place)
    for stratum, places in groups.items():
        have = np.array([sum(found[place] == name for place in places) for name in names], dtype=float)
        # Ties between arms that are owed the same are broken by the stratum's own lot, not by the arms' order.
        tie = lots([f"{stratum}\0{name}" for name in names], key) * 1e-9
        for place in places:
            if not found[place]:
                owed = shares * (have.sum() + 1) - have
                arm = int(np.argmax(owed + tie))
                found[place], have[arm] = names[arm], have[arm] + 1
    return found


def lots(units: Sequence[str], key: str) -> NDArray[np.float64]:
    """A number in [0, 1) of each unit under a key."""
    secret = hashlib.blake2b(key.encode(), digest_size=32).digest()
    joined = b"".join(hashlib.blake2b(unit.encode(), key=secret, digest_size=8).digest() for unit in units)
    return np.asarray(np.frombuffer(joined, dtype=">u8").astype(np.float64) / 2.0**64)
