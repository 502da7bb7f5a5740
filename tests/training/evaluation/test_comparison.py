from collections.abc import Callable

import numpy as np
import pytest

from tests.training.tiny_fits import CUSTOMERS, CUTOFFS
from training.evaluation.comparison import compare, from_parquet, kept, rows_digest, to_parquet
from training.evaluation.folds import Fitted, Fold

Fit = Callable[..., Fitted]


def nobody(_: object) -> None:
    return None


def test_folds_are_kept_without_ids_and_come_back_as_they_were(churn_fit_of: Fit) -> None:
    folds = churn_fit_of().evaluation.folds
    content = to_parquet(kept(folds))
    back = from_parquet(content)

    assert b"customer-0" not in content
    assert [one.fold.cutoff for one in back] == list(CUTOFFS)
    for before, after in zip(folds, back, strict=True):
        assert after.rows_digest == rows_digest(before.customers)
        np.testing.assert_array_equal(after.fold.truth["churn"], before.truth["churn"])
        np.testing.assert_array_equal(after.fold.answers["churn_probability"], before.answers["churn_probability"])
        assert set(after.fold.baselines) == {"recency"}
    assert back[0].fold.customers.tolist() == back[1].fold.customers.tolist()
    assert len(set(back[0].fold.customers)) == len(CUSTOMERS)


def test_counts_by_kind_and_nights_without_folds_are_kept_too() -> None:
    counts = np.arange(6.0).reshape(3, 2)
    gone = np.array([1.0, np.nan, np.inf])
    fold = Fold(
        "2026-02-02", "2026-01-05", np.array(["a", "b", "c"]), {"promotion": counts, "next_order": gone}, {}, {}, {}
    )
    (back,) = from_parquet(to_parquet(kept([fold])))

    np.testing.assert_array_equal(back.fold.truth["promotion"], counts)
    np.testing.assert_array_equal(back.fold.truth["next_order"], gone)
    assert from_parquet(to_parquet([])) == ()


def test_the_champions_own_backtest_is_used_where_the_rows_are_the_same(churn_fit_of: Fit) -> None:
    good, poor = churn_fit_of(noise=0.2), churn_fit_of(noise=2.0)
    found = compare(
        kept(good.evaluation.folds), kept(poor.evaluation.folds), version=1, until="2026-06-01", score=nobody
    )
    assert found.cutoffs == CUTOFFS
    assert found.rows == 900
    assert found.metrics["auc"] == (good.evaluation.metrics["auc"], poor.evaluation.metrics["auc"])
    assert found.differences["auc"].low > 0
    assert found.differences["log_loss"].high < 0


def test_a_version_compared_with_itself_differs_by_nothing(churn_fit_of: Fit) -> None:
    folds = kept(churn_fit_of().evaluation.folds)
    found = compare(folds, folds, version=1, until="2026-06-01", score=nobody)
    assert (found.differences["auc"].low, found.differences["auc"].high) == (0.0, 0.0)


def test_the_final_model_answers_only_where_it_has_not_seen_what_came(churn_fit_of: Fit) -> None:
    folds = churn_fit_of().evaluation.folds
    asked: list[str] = []

    def score(one: object) -> dict[str, np.ndarray]:
        asked.append(one.fold.cutoff)  # type: ignore[attr-defined]
        return {"churn_probability": np.full(len(CUSTOMERS), 0.5)}

    found = compare(kept(folds), [], version=1, until="2026-03-02T00:00:00", score=score)
    assert asked == ["2026-03-02", "2026-03-30"]
    assert found.cutoffs == ("2026-03-02", "2026-03-30")
    assert list(found.left_out) == ["2026-02-02"]
    assert found.metrics["auc"][1] == pytest.approx(0.5)


def test_other_customers_are_other_rows() -> None:
    assert rows_digest(["ab", "c"]) != rows_digest(["a", "bc"])
    assert rows_digest(["a", "b"]) != rows_digest(["b", "a"])
