"""Kilometres between places, beside distances that an atlas gives."""

import numpy as np
import pytest

from decisions.allowed.distance import kilometres, nearest_km

SHANGHAI, BEIJING, SYDNEY = (31.23, 121.47), (39.90, 116.41), (-33.87, 151.21)


def places(*found: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    latitude, longitude = np.array(found).T
    return latitude, longitude


def test_distances_are_those_of_an_atlas_across_the_equator_too():
    found = kilometres(*places(SHANGHAI), *places(BEIJING, SYDNEY, SHANGHAI))
    assert found[0] == pytest.approx([1067, 7880, 0], abs=10)


def test_opposite_places_are_half_the_earth_apart():
    assert kilometres(*places((0.0, 0.0)), *places((0.0, 180.0)))[0, 0] == pytest.approx(np.pi * 6371, abs=1)


def test_the_nearest_counts_and_an_unknown_place_is_never_near():
    found = nearest_km(*places(SHANGHAI, (np.nan, np.nan)), *places(SYDNEY, BEIJING))
    assert found[0] == pytest.approx(1067, abs=10) and found[1] == np.inf
    assert nearest_km(*places(SHANGHAI), np.empty(0), np.empty(0)).tolist() == [np.inf]
