from dataclasses import replace

import pytest

from training.evaluation.metrics.registry import METRICS, binary
from training.task import TaskError
from training.tasks.catalogue import TASKS
from training.tasks.churn import CHURN
from training.tasks.next_purchase import NEXT_PURCHASE


def test_a_task_states_its_whole_question_in_one_place():
    for task in TASKS.values():
        assert {metric.name for metric in task.metrics} <= set(METRICS)
        assert task.main is None or task.main in task.targets
        assert task.question.endswith("?")


def test_a_main_metric_must_be_reported():
    with pytest.raises(TaskError, match=r"task 'churn': 'spend_mae' is not among its metrics \(auc, .*\)\. Add it\."):
        replace(CHURN, main_metric="spend_mae")


def test_a_main_metric_must_be_one_that_decides():
    """Of two expected amounts the one that is too low has the smaller absolute error."""
    with pytest.raises(TaskError, match=r"task 'next_purchase': 'spend_mae' decides nothing"):
        replace(NEXT_PURCHASE, main_metric="spend_mae")
    with pytest.raises(TaskError, match=r"'days_mae' decides nothing"):
        replace(NEXT_PURCHASE, also_better=("days_mae",))


def test_a_metric_must_have_a_title_and_a_direction():
    unheard = replace(binary("churn", "churn_probability")[0], name="gini")
    with pytest.raises(TaskError, match=r"metric 'gini' is not in training/evaluation/metrics/registry\.py"):
        replace(CHURN, main_metric="gini", metrics=(unheard,))
