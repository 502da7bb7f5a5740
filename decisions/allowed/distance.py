"""How far places are from one another."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EARTH_KM = 6_371.0
_AT_ONCE = 16_384


def kilometres(latitude: Array, longitude: Array, others_latitude: Array, others_longitude: Array) -> Array:
    """Great-circle distances of n places to m others, in kilometres, (n, m); NaN where a place is not known.

    Source: the haversine formula.

    Examples
    --------
    >>> kilometres(*(np.array([one]) for one in (31.23, 121.47, 39.90, 116.41))).round()
    array([[1067.]])
    """
    lat, lon = np.radians(latitude)[:, None], np.radians(longitude)[:, None]
    other_lat, other_lon = np.radians(others_latitude)[None, :], np.radians(others_longitude)[None, :]
    half = np.sin((other_lat - lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))), dtype=np.float64)


def nearest_km(latitude: Array, longitude: Array, others_latitude: Array, others_longitude: Array) -> Array:
    """Kilometres to the nearest of the others, (n,); infinite where the place is not known or there is no other."""
    nearest = np.full(len(latitude), np.inf)
    if len(others_latitude):
        for start in range(0, len(latitude), _AT_ONCE):
            at = slice(start, start + _AT_ONCE)
            far = kilometres(latitude[at], longitude[at], others_latitude, others_longitude)
            nearest[at] = np.nan_to_num(far, nan=np.inf).min(axis=1)
    return nearest
