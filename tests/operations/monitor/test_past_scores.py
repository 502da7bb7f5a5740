from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa

from operations import home
from operations.monitor.past_scores import answers_of, dealt_at, past_nights
from tests.operations.monitor.watched_shop import AS_OF, a_night, silence_rule


def test_nights_come_newest_first_and_an_unfinished_one_does_not_count(watched):
    model = silence_rule(watched)
    days = [AS_OF, AS_OF + timedelta(days=1), AS_OF + timedelta(days=2)]
    for day in days:
        a_night(watched, model, day)
    home.scores(watched, days[1]).with_suffix(".manifest.json").unlink()
    assert [night.as_of for night in past_nights(watched, datetime(2026, 1, 1))] == [days[2], days[0]]
    assert [night.as_of for night in past_nights(watched, days[2])] == [days[0]]
    night = next(past_nights(watched, days[2]))
    assert (night.version("churn"), night.version("next_purchase")) == ("1", None)
    scores = night.scores()
    assert scores.num_rows == night.manifest["eligible"] < night.manifest["rows"]


def test_a_date_stands_for_the_middle_of_its_day_and_an_empty_column_is_no_answer():
    as_of = datetime(2026, 6, 1)
    table = pa.table(
        {
            "customer_id": ["a", "b"],
            "churn_probability": [0.2, 0.4],
            "expected_spend": pa.nulls(2, pa.float64()),
            "next_order_p50": pa.array([date(2026, 6, 13), None], pa.date32()),
        }
    )
    found = answers_of(table, as_of)
    assert set(found) == {"churn_probability", "next_order_p50"}
    assert found["next_order_p50"][0] == 12.5
    assert np.isnan(found["next_order_p50"][1])


def test_where_nothing_was_decided_nobody_is_known_to_be_treated(watched):
    assert dealt_at(watched, AS_OF) is None
