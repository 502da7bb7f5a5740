"""People are counted, not rows: a customer once, a guest by the visit or order, and nobody where neither is told."""

import pyarrow as pa

from features.engine import DuckDB
from insights.people import people_of


def test_people_are_customers_and_guests_by_visit() -> None:
    rows = pa.table(
        {
            "customer_id": pa.array(["a", "a", "s1", None, None, None, None], pa.string()),
            "session_id": pa.array(["s1", "s2", "s3", "s1", "s1", "s4", None], pa.string()),
            "paid": pa.array([True, False, False, True, True, False, True]),
        }
    )
    engine = DuckDB()
    table = engine.table(rows)
    told = table.aggregate(people=people_of(table, "session_id"), paying=people_of(table, "session_id", table.paid))
    assert engine.arrow(told).to_pylist() == [{"people": 4, "paying": 2}]  # a, the customer s1, guests s1 and s4
    engine.close()
