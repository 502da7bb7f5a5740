"""What few sends are shrunk to, against a plain recount of two segments at one cutoff."""

from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from training.learners.channels.contact_prior import GROUP_PRIOR, priors, shop_rates

CUTOFF, LATER = datetime(2025, 6, 1), datetime(2025, 7, 1)
HOMES = ("store", "app", "live")
PUSH_SENDS = {"app": (400, 100), "store": (40, 0)}  # messages of the year before and answers, by where people buy


@dataclass
class Rows:
    """As much of a Dataset as priors look at: one row a segment, and one of somebody never written to."""

    columns: dict[str, np.ndarray] = field(default_factory=dict)
    looks: int = 0

    @property
    def names(self):
        return tuple(self.columns)

    @property
    def inputs(self):
        return np.zeros((3, 1))

    @property
    def spine(self):
        return SimpleNamespace(cutoffs=(CUTOFF,), rows={"cutoff": pa.array([CUTOFF] * 3, pa.timestamp("us"))})

    def column(self, name):
        self.looks += 1
        return self.columns[name]

    def at(self, *_):
        return np.ones(3, dtype=bool)


def rows():
    columns = {f"{kind}_orders_365d": np.zeros(3) for kind in HOMES}
    columns["app_orders_365d"][0] = columns["store_orders_365d"][1] = 5.0
    for channel, sends in {"push": [*PUSH_SENDS.values(), (0, 0)], "email": [(200, 20), (100, 10), (0, 0)]}.items():
        sent, answered = np.array(sends, dtype=float).T
        for window in ("_365d", ""):
            columns |= {f"{channel}_messages{window}": sent, f"{channel}_answers{window}": answered}
    return Rows(columns)


def told(channel, counts, data, homes=()):
    return priors(channel, counts, data, np.ones(3, dtype=bool), LATER, homes, shop_rates(data))


def test_a_segment_leans_on_its_channel_and_a_channel_on_the_shop():
    counts = np.array([[40.0, 5.0], [40.0, 0.0], [0.0, 0.0]])
    found = told("push", counts, rows(), HOMES)
    assert found[LATER] == found[CUTOFF]
    shop = (100 + 0 + 20 + 10 + 1) / (400 + 40 + 200 + 100 + 10)
    channel = (100 + GROUP_PRIOR * shop) / (440 + GROUP_PRIOR)
    means = {name.removeprefix("contact_home.push."): value for name, value in found[CUTOFF].items()}
    assert means["app"] == pytest.approx((100 + GROUP_PRIOR * channel) / (400 + GROUP_PRIOR))
    assert means["store"] == pytest.approx((0 + GROUP_PRIOR * channel) / (40 + GROUP_PRIOR))
    assert means["live"] == means["contact_homeless.push"] == pytest.approx(channel)
    assert found[CUTOFF]["contact_level_push"] == pytest.approx(0.5, rel=0.15)  # 5 of 40 after 100 of 400


def test_without_sales_channels_a_customer_leans_on_the_channel():
    counts = np.array([[400.0, 100.0], [40.0, 10.0], [0.0, 0.0]])
    found = told("push", counts, rows())
    assert set(found[CUTOFF]) == {"contact_mean_push", "contact_recent_push", "contact_strength_push"}


def test_of_the_year_and_of_all_time_the_one_that_foretold_the_answers_counts():
    data = rows()
    sent, answered = np.array([30.0, 30.0, 30.0]), np.array([0.0, 15.0, 29.0])
    counts = np.stack([np.full(3, 300.0), 300 * answered / 30], axis=1)
    for telling, silent, recent in (("", "_365d", 0.0), ("_365d", "", 1.0)):
        data.columns |= {f"push_messages{telling}": sent, f"push_answers{telling}": answered}
        data.columns |= {f"push_messages{silent}": sent, f"push_answers{silent}": answered[::-1]}
        found = told("push", counts, data)
        assert (found[LATER]["contact_recent_push"], found[LATER]["contact_strength_push"]) == (recent, 2.0)


def test_forty_channels_take_ten_times_the_looks_of_four():
    looks = {}
    for channels in (4, 40):
        data = rows()
        for number in range(channels):
            own = {name: one for name, one in rows().columns.items() if "push" in name}
            data.columns |= {name.replace("push", f"c{number}"): one for name, one in own.items()}
        shop = shop_rates(data)
        for number in range(channels):
            priors(f"c{number}", np.ones((3, 2)), data, np.ones(3, dtype=bool), LATER, (), shop)
        looks[channels] = data.looks
    assert looks[40] <= 10 * looks[4]
