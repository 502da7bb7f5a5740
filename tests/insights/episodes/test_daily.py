"""The rows of every series are what was counted, so that the people behind a count can be told."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from insights.episodes.series import every_series
from insights.known import known_shop
from tests.insights.kpi_shop import DAYS, FIRST, drawn
from tests.shops import make_shop

AT = FIRST + timedelta(days=DAYS)


def test_the_rows_of_every_series_are_what_was_counted(tmp_path: Path) -> None:
    tables = drawn(4)
    for row in tables["touchpoints"]:
        row["device"], row["reason"] = "phone" if row["customer_id"] else "desktop", None
    for row in tables["touchpoints"][::7]:
        row["reason"] = "shipping_cost"
    for row in tables["tickets"]:
        row["topic"] = "refund"
    tables["products"] = [{"product_id": f"p{i}", "department": ("tea", "cups")[i % 2]} for i in range(3)]
    tables["consents"] = [{"customer_id": f"c{i % 150}", "channel": "email", "purpose": "contact", "granted": False,
                           "happened_at": FIRST + timedelta(days=i % DAYS)} for i in range(300)]  # fmt: skip
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        found = every_series(known, FIRST)
        assert len({one.what for one in found}) == 9
        for one in found:
            told = one.rows.group_by("day").aggregate(part=one.rows.part.sum(), whole=one.rows.whole.sum())
            days = known.engine.arrow(told).to_pylist()
            for name, counts in (("part", one.part), ("whole", one.whole)):
                counted = np.zeros(DAYS)
                for row in days:
                    counted[(row["day"] - FIRST).days] = row[name]
                if name == "part" or one.what not in ("consents", "cases"):
                    assert np.array_equal(counted, counts), one.what
