"""From sends withheld by lot to a decision told in words, by the commands a shop would give."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.perennial.conftest import Perennial
from tests.training.tasks.trial_shop import COST, trial_rows
from training.learners.uplift import choice
from training.tasks import uplift

TOML = f"""
name = "trial"
timezone = "UTC"
currency = "EUR"

[tasks]
horizon = "14d"
active_within = "90d"

[business]
margin = 0.5

[channels.mail]
contact = "existing customers"

[actions.voucher]
cost = {COST}
cooldown = "7d"

[actions.note]
cost = {COST}
cooldown = "7d"
"""


@pytest.fixture
def trial(home: Path, mlruns: Path) -> Path:
    """A shop's exports, beside an empty registry where commands look for one."""
    assert mlruns == home / "mlruns"
    folder = home / "shop"
    folder.mkdir()
    (folder / "shop.toml").write_text(TOML)
    for name, rows in trial_rows(effect=True).items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder


def test_what_was_learnt_from_withheld_sends_is_spent_on_whom_it_moves(
    perennial: Perennial, trial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplift, "_FOLDS", 1)
    monkeypatch.setattr(choice, "LEARNERS", {kind: choice.LEARNERS[kind] for kind in ("t", "level")})  # half the time
    trained = perennial("train", "uplift", "--shop", trial)
    assert trained.code == 0 and "uplift: version 1, champion" in trained.out, trained.err

    budget = 20 * COST
    decided = perennial("decide", "--shop", trial, "--budget", budget)
    assert decided.code == 0 and f"of {budget:,.2f} EUR" in decided.out, decided.err
    assert "told by the uplift model, customer by customer: voucher" in decided.out
    (file,) = (trial.parent / "home").rglob("decisions.parquet")
    rows = pq.read_table(file).to_pylist()
    given = [row for row in rows if row["action"] != "leave_alone"]
    assert len(given) == 20 and {row["action"] for row in given} == {"voucher"}
    assert sum(int(row["customer_id"][1:]) % 2 for row in given) >= 18  # odd ones are moved
    assert all("assumed" not in json.loads(row["receipt"]) for row in given)

    told = perennial("decide", "--shop", trial, "--explain", given[0]["customer_id"])
    assert told.code == 0 and "given 'voucher' by mail" in told.out, told.err
    assert "changes the probability of an order by +" in told.out and "price of budget: " in told.out
    assert "assumed" not in told.out
