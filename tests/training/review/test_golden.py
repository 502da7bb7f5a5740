from collections.abc import Callable

import numpy as np
import pytest

from scoring.errors import ReleaseError
from scoring.release import read_model
from training.review import golden
from training.review.export import Champion


def test_golden_rows_lie_in_the_ranges_a_model_knows_and_some_are_missing(
    champion_of: Callable[..., Champion],
) -> None:
    champion = champion_of()
    model = read_model(champion.folder, champion.sha256s)
    rows = golden.matrix_of(golden.golden_rows([model], model.features))

    assert rows.shape == (64, 2)
    assert np.nanmin(rows[:, 0]) >= 0
    assert np.nanmax(rows[:, 0]) <= 90
    assert 0.02 < np.isnan(rows[3:]).mean() < 0.2


def test_a_model_agrees_with_its_own_golden_rows_here_and_in_a_process_of_its_own(
    champion_of: Callable[..., Champion],
) -> None:
    champion = champion_of()
    model = read_model(champion.folder, champion.sha256s)
    rows = golden.golden_rows([model], model.features)

    assert golden.largest_difference(rows, [model], model.features) == 0.0
    assert golden.try_elsewhere(champion.folder, champion.sha256s, rows) <= golden.TOLERANCE


def test_another_answer_is_noticed(champion_of: Callable[..., Champion]) -> None:
    champion = champion_of()
    model = read_model(champion.folder, champion.sha256s)
    rows = golden.golden_rows([model], model.features)
    rows["answers"]["churn_probability"][5] += 1e-6

    assert golden.largest_difference(rows, [model], model.features) == pytest.approx(1e-6, rel=1e-3)
    del rows["answers"]["churn_probability"]
    assert golden.largest_difference(rows, [model], model.features) == float("inf")


def test_a_process_that_does_not_answer_is_told_as_a_sentence(
    champion_of: Callable[..., Champion], monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = champion_of()
    monkeypatch.setattr(golden, "_PREFLIGHT_SECONDS", 0.01)

    with pytest.raises(ReleaseError, match=r"Loading .* in a preflight failed .* Train it again"):
        golden.try_elsewhere(champion.folder, champion.sha256s, {"columns": [], "rows": [], "answers": {}})


def test_one_row_is_timed(champion_of: Callable[..., Champion]) -> None:
    champion = champion_of()
    model = read_model(champion.folder, champion.sha256s)
    rows = golden.golden_rows([model], model.features)

    assert 0 < golden.seconds_a_row(rows, model) < 1
