import numpy as np
import pandas as pd
import pytest

from perennial import uplift
from training.learners.uplift import choice
from training.task import TaskError

RNG = np.random.default_rng(3)
N = 900
ROWS = pd.DataFrame({"silence": RNG.uniform(0, 60, N), "tier": RNG.choice(["a", "b"], N), "app": RNG.random(N) < 0.5},
                    index=[f"C-{i}" for i in range(N)])  # fmt: skip
DEALT = RNG.choice(["control", "call", "mail"], N)
TRUTH = {"call": np.where(ROWS.silence > 30, 8.0, -8.0), "mail": np.full(N, 1.0)}
SPENT = RNG.normal(10, 3, N) + sum((name == DEALT) * effect for name, effect in TRUTH.items())
COST = {"call": 1.0, "mail": 0.5}


@pytest.fixture(scope="module")
def fitted():
    return uplift.fit(ROWS, DEALT, SPENT, propensity=1 / 3, cost=COST)


def test_predict_is_a_table_of_two_levels(fitted):
    told = fitted.predict(ROWS)
    assert told.columns.tolist() == [(one, part) for one in ("call", "mail") for part in ("effect", "low", "high")]
    assert told.index.equals(ROWS.index) and told.notna().all().all()
    assert np.corrcoef(told["call", "effect"], TRUTH["call"])[0, 1] > 0.9
    assert (told["call", "low"] <= told["call", "effect"]).all()


def test_a_policy_names_one_action_a_row_and_keeps_its_budget(fitted):
    chosen = fitted.policy(ROWS)
    assert chosen.index.equals(ROWS.index) and set(chosen) <= {"control", "call", "mail"}
    assert (chosen[ROWS.silence > 35] == "call").mean() > 0.9
    for budget in (0.0, 50.0):
        within = fitted.policy(ROWS, budget)
        assert within.map({"control": 0.0, **COST}).sum() <= budget + 1e-6
    assert (fitted.policy(ROWS, 50.0) == "call").sum() >= 45  # worth more for the money than mail
    assert fitted.policy(ROWS, 1e6).equals(chosen)


def test_evaluate_judges_on_rows_that_were_not_learnt_from(fitted):
    judged = fitted.evaluate()
    assert judged.gains.loc["nobody", ("dr", "low")] > 0
    other = uplift.fit(ROWS, DEALT, SPENT, propensity=1 / 3, cost=COST).evaluate(ROWS, DEALT, SPENT, 1 / 3)
    assert list(other.values.index) == list(judged.values.index)
    assert judged.groups["rows"].sum() == N
    assert judged.groups.loc["persuadable", "measured"] > 2


def test_unknown_propensities_are_estimated_and_said_so():
    told = uplift.fit(ROWS, DEALT, SPENT)
    assert told.propensities == "estimated" and "Propensities were estimated" in told.verdict


def test_propensities_come_in_any_shape(monkeypatch):
    monkeypatch.setattr(choice, "LEARNERS", {"level": choice.LEARNERS["level"]})  # what is looked at needs no trees
    share = {"control": 0.35, "call": 0.3, "mail": 0.35}
    one_a_row = np.array([share[name] for name in DEALT])
    table = pd.DataFrame({name: np.full(N, value) for name, value in share.items()}, index=ROWS.index)
    told = [uplift.fit(ROWS, DEALT, SPENT, propensity=given).model.means[0].measured
            for given in (share, table, one_a_row)]  # fmt: skip
    assert told == pytest.approx([told[0]] * 3, rel=0.02)


def test_what_is_wrong_is_said(fitted):
    cases = [
        ({"action": ["call"] * N}, "no row was dealt 'control'"),
        ({"action": ["control"] * N}, "so no action's effect can be told"),
        ({"cost": {"cal": 1.0}}, "cost names 'cal', which no row was dealt"),
        ({"cost": {"call": -1.0}}, "amounts of 0 or more"),
        ({"propensity": 2.0}, r"propensity lies outside \(0, 1\] in 900 of 900 rows"),
        ({"propensity": {"control": 0.5, "call": 0.5}}, "says nothing of 'mail'"),
        ({"propensity": 0.8}, "propensity does not fit action 'control'"),
        ({"control": 0}, "no row was dealt '0'.*dealt were call, control, mail"),
        ({"cost": 1.0}, "cost is 1.0. Name whose it is: cost={'call': amount}"),
        ({"outcome": pd.Series(SPENT)}, "outcome has another index than features"),
        ({"outcome": SPENT[:5]}, "outcome has 5 entries, but features 900 rows"),
        ({"features": ROWS.assign(day=pd.Timestamp("2026-01-01"))}, "'day' holds moments"),
        ({"features": ROWS[[]]}, "features has no column"),
    ]  # fmt: skip
    for changed, says in cases:
        with pytest.raises(TaskError, match=says):
            uplift.fit(**{"features": ROWS, "action": DEALT, "outcome": SPENT, "propensity": 1 / 3, **changed})
    with pytest.raises(TaskError, match="no column 'tier'"):
        fitted.predict(ROWS[["silence", "app"]])
    with pytest.raises(TaskError, match="budget -1 is no amount"):
        fitted.policy(ROWS, -1)
    with pytest.raises(TaskError, match="action 'fax' was not learnt about"):
        fitted.evaluate(ROWS, ["fax"] * N, SPENT)
    with pytest.raises(TaskError, match="outcome is missing or infinite in 1 of 900 rows"):
        fitted.evaluate(ROWS, DEALT, np.append(SPENT[1:], np.nan), 1 / 3)


def test_a_control_of_any_name_and_kind(fitted):
    numbers = pd.Series(DEALT).map({"control": 0, "call": 1, "mail": 2}).to_numpy()
    told = uplift.fit(ROWS, numbers, SPENT, propensity=1 / 3, control=0)
    assert told.actions == ("0", "1", "2")
    assert told.model.means[0].measured == pytest.approx(fitted.model.means[0].measured)


def test_an_unknown_category_is_missing(fitted):
    told = fitted.predict(ROWS.assign(tier="c"))
    assert told.notna().all().all()
