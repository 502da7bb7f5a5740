"""Ranking metrics against counting by hand, and a fit that must find what a planted rule says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import log2
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit

from features.engine import DuckDB, opened
from scoring.errors import ReleaseError
from scoring.golden import check_golden
from scoring.products.columns import OWN_ONLY, PAIRS
from scoring.products.ranker import DISCOVERY, REPEAT, Ranker
from scoring.products.rules import DISCOVERIES, LINEAR, rule_score
from tests.shops import make_shop
from training.backtest.product_lists import judge
from training.data.product_windows import Scope, Window, window_at
from training.evaluation.metrics.functions import ranked
from training.fit import fit_prepared, prepare
from training.learners.products.product_lists import Part
from training.learners.products.ranking import Grower, _head, _made, fit_ranking, rule_head
from training.review.export import Champion, Surroundings, export_release
from training.review.gate import checks_of
from training.review.golden import golden_rows
from training.review.run_record import record
from training.task import TaskError
from training.tasks.recommendation import RECOMMENDATION, learn

UNTIL = datetime(2026, 6, 1)


def test_recall_and_ndcg_by_hand() -> None:
    owner, score = np.array([0, 0, 0, 1, 1]), np.array([3.0, 2.0, 1.0, 1.0, 2.0])
    truth = np.array([False, True, True, True, False])
    # Customer 0 bought three, two in question, one among the best two at place 1; customer 2 bought nothing.
    recall, ndcg = ranked(owner, score, truth, np.array([3.0, 1.0, 0.0]), 2)
    assert recall[:2].tolist() == [0.5, 1.0] and np.isnan(recall[2]) and np.isnan(ndcg[2])
    assert ndcg[:2].tolist() == pytest.approx([(1 / log2(3)) / (1 + 1 / log2(3)), 1 / log2(3)])


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scope, list[Window]]]:
    """60 customers with ten products of thirty each: even ones come again every fortnight, odd ones never again.

    Own frequency says the reverse: the odd ones were bought more often, once.
    """
    chance = np.random.default_rng(3)
    bought: dict[tuple[int, int], list[int]] = {}
    for who in range(60):
        for product in chance.choice(30, 10, replace=False).tolist():
            for age in range(9, 126, 14) if product % 2 == 0 else range(90, 126, 2):
                bought.setdefault((who, age), []).append(product)
    orders = [
        {"order_id": f"{who}-{age}", "customer_id": f"c{who}", "happened_at": UNTIL - timedelta(days=age), "amount": 5}
        for who, age in bought
    ]
    lines = [{"order_id": f"{who}-{age}", "product_id": f"p{one:02d}", "amount": 5, "quantity": 1}
             for (who, age), products in bought.items() for one in products]  # fmt: skip
    shop = make_shop(tmp_path_factory.mktemp("planted"), orders=orders, order_lines=lines)
    with opened(DuckDB(threads=1)) as engine:
        scope = Scope(shop, UNTIL, 14, 90, UNTIL - timedelta(days=126), engine)
        yield scope, [window_at(scope, UNTIL - timedelta(days=days)) for days in (56, 42, 28, 14)]


def test_a_fit_ranks_what_comes_again_above_what_was_frequent(windows) -> None:
    scope, (*learnt, ahead) = windows
    model, texts = fit_ranking(scope, learnt)
    fold = judge(ahead, model, trained_to=learnt[-1].cutoff)
    assert fold.metrics["recommend_ndcg"] > 0.95
    assert fold.baseline_metrics["decayed_frequency"]["recommend_ndcg"] < 0.9 * fold.metrics["recommend_ndcg"]
    # Nothing new was ever bought: discoveries are ranked by popularity, not by trees, and cannot be measured.
    assert set(texts) == {"recommend_repeat.txt"} and "discovery_ndcg" not in fold.metrics


def test_settings_of_a_shop_grow_other_trees(windows) -> None:
    scope, (*learnt, _) = windows
    _, usual = fit_ranking(scope, learnt)
    _, stumps = fit_ranking(replace(scope, boosting={"num_leaves": 2, "leaf": 1.0}), learnt)
    assert "[num_leaves: 8]" in usual["recommend_repeat.txt"] and "[num_leaves: 2]" in stumps["recommend_repeat.txt"]


def test_probabilities_of_repeats_are_calibrated(windows) -> None:
    scope, (*learnt, ahead) = windows
    model, _ = fit_ranking(scope, learnt)
    found, truth = ahead.pairs(np.arange(len(ahead.customers)))
    own = found.own >= 0
    assert Ranker(model).scores(found)[own].mean() == pytest.approx(truth[own].mean(), abs=0.05)


def test_a_discovery_knows_nothing_of_own_purchases(windows) -> None:
    _, (first, *_) = windows
    found, _ = first.pairs(np.arange(20))
    columns = [PAIRS.index(name) for name in OWN_ONLY]
    assert np.isnan(found.matrix[found.own < 0][:, columns]).all() and DISCOVERY == "recommend_discovery"


def test_tables_do_not_know_what_comes_after_the_cutoff(windows) -> None:
    _, (first, *_) = windows
    personal = first.tables.personal
    assert (personal.days.min(), personal.first.max()) == (9, 124 - 56)
    assert np.bincount(first.who).tolist() == first.counts()[0].tolist() and not first.counts()[1].any()


def test_a_fit_can_be_reviewed_and_released(windows, tmp_path: Path) -> None:
    scope, _ = windows
    context = prepare(scope.shop, UNTIL, engine=scope.engine, horizon_days=14, active_within_days=90)
    fitted = fit_prepared("recommendation", context, folder=tmp_path / "model", created_at=UNTIL.isoformat())
    checks = {check.name: check.passed for check in checks_of(fitted, RECOMMENDATION, 0.001)}
    assert checks["beats decayed frequency"] and checks["beats popular"] and len(fitted.evaluation.folds) == 2
    golden = golden_rows([fitted.model], fitted.model.features)
    shown = record(fitted, RECOMMENDATION, scope.shop, golden, checks_of(fitted, RECOMMENDATION, 0.001), None)
    assert "Recommended products, NDCG@10" in shown.card

    around = Surroundings("planted", "UTC", "EUR", [], {})
    champions = {"recommendation": Champion(fitted.folder, fitted.sha256s, "1")}
    release = export_release(champions, around, releases=tmp_path / "releases", created_at=UNTIL)
    check_golden(release)
    Ranker(release.models["recommendation"].model)
    told = json.loads((release.folder / "golden.json").read_text())
    told["recommendation"]["answers"]["recommend_repeat"][0] += 1e-6
    (release.folder / "golden.json").write_text(json.dumps(told))
    with pytest.raises(ReleaseError, match="recommend_repeat"):
        check_golden(release)


def test_a_shop_without_lines_is_told_what_is_missing(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, orders=[{"order_id": "1", "customer_id": "a", "happened_at": UNTIL, "amount": 1}])
    with pytest.raises(TaskError, match="recommendation needs order_lines"):
        learn(SimpleNamespace(shop=shop))


def test_trees_that_rank_no_better_than_the_rule_give_way_to_it() -> None:
    """Lists whose best product is the rule's first, then lists where another column tells."""
    chance = np.random.default_rng(1)
    for column, kept in (("own_weight", False), ("own_days", True)):
        parts = [_lists_told_by(column, chance) for _ in range(3)]
        head, text = _head(REPEAT, parts, Grower())
        assert bool(text) == kept and bool(head.booster) == kept and bool(head.terms) != kept
        assert head.slope > 0
    head, text = _head(REPEAT, parts[:1], Grower())
    assert not text and head.terms  # customers of one cutoff share what was in fashion: it alone cannot tell


def test_a_rule_that_ranks_is_believed_as_far_as_its_values_came_true() -> None:
    """Strengths of which the upper fifth comes true one time in five, whatever their size; else never."""
    chance = np.random.default_rng(2)
    matrix = np.full((4_000, len(PAIRS)), np.nan, dtype=np.float32)
    strength = chance.lognormal(0, 2, 4_000)
    matrix[:, PAIRS.index("linear")] = np.where(strength > 0.1, strength, np.nan)
    truth = ((strength > np.quantile(strength, 0.8)) & (chance.random(4_000) < 0.2)).astype(np.float64)
    rule = DISCOVERIES[LINEAR]
    head = rule_head(DISCOVERY, rule, Part(matrix, truth, np.full(500, 8)))
    score, order = rule_score(matrix, head.addends), np.argsort(rule_score(matrix, rule), kind="stable")
    assert (np.diff(score[order]) >= 0).all() and len(np.unique(score[strength > 0.1])) > 3_000
    told = expit(score)
    assert told.mean() == pytest.approx(truth.mean(), abs=0.02) and told.max() < 0.4


def test_a_rule_beside_trees_has_as_much_to_say_as_they() -> None:
    chance = np.random.default_rng(3)
    part = _lists_told_by("linear", chance)
    part.matrix[:, PAIRS.index("popular_place")] = np.nan  # nothing else parts what is alike
    trees = chance.normal(size=len(part.truth)) * 7
    head = _made(DISCOVERY, "both", DISCOVERIES[LINEAR], part, trees)
    beside = rule_score(part.matrix, head.addends)
    assert head.booster == "recommend_discovery.txt" and beside.std() == pytest.approx(trees.std())
    assert (np.diff(beside[np.argsort(part.matrix[:, PAIRS.index("linear")], kind="stable")]) >= -1e-6).all()


def _lists_told_by(column: str, chance: np.random.Generator) -> Part:
    lists, length = 300, 8
    matrix = chance.random(size=(lists * length, len(PAIRS))).astype(np.float32)
    told = matrix[:, PAIRS.index(column)].reshape(lists, length)
    truth = (told == told.max(axis=1, keepdims=True)).ravel().astype(np.float64)
    return Part(matrix, truth, np.full(lists, length))
