"""Small numbers become the contract's columns without a loss."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from simulation.columns import arrow, moments, money, numbered
from simulation.contract import missing
from simulation.ledger import Ledger


def test_money_is_exact_and_may_be_negative_or_missing() -> None:
    column = money(np.array([1, -1, 0, 123_456_789_01, missing("money")]))
    assert column.type == pa.decimal128(18, 4)
    assert column.to_pylist() == [Decimal("0.01"), Decimal("-0.01"), Decimal(0), Decimal("123456789.01"), None]
    column.validate(full=True)


def test_moments_count_from_the_start() -> None:
    column = moments(np.array([0, 61, -1, missing("moment")]))
    assert [str(moment) for moment in column.to_pylist()] == [
        "2024-01-01 00:00:00",
        "2024-01-01 00:01:01",
        "2023-12-31 23:59:59",
        "None",
    ]


def test_ids_words_flags_and_sources() -> None:
    records = pa.array(["C1", "S1", "M1", "C2"])
    assert numbered(np.array([7, -1]), "order").to_pylist() == ["O000000007", None]
    assert arrow(np.array([3, -1]), "record", records).to_pylist() == ["C2", None]
    assert arrow(np.array([3, 1, -1]), "source", records).to_pylist() == ["crm", "pos", None]
    assert arrow(np.array([1, 0, -1]), "flag", records).to_pylist() == [True, False, None]
    assert arrow(np.array([0.5, np.nan]), "number", records).to_pylist() == [0.5, None]


def test_a_ledger_numbers_its_rows_and_fills_gaps() -> None:
    ledger = Ledger({"order_id": "order", "amount": "money", "dwell": "number"})
    assert ledger.add(2, order_id=np.array([5, 6]), amount=100).tolist() == [0, 1]
    assert ledger.add(1, order_id=7).tolist() == [2]
    columns = ledger.columns()
    assert columns["order_id"].tolist() == [5, 6, 7]
    assert columns["amount"].tolist() == [100, 100, missing("money")]
    assert np.isnan(columns["dwell"]).all()
    assert ledger.rows == 0


def test_a_ledger_refuses_a_column_it_does_not_have() -> None:
    with pytest.raises(KeyError, match="no such columns"):
        Ledger({"order_id": "order"}).add(1, order_no=1)
