"""A question of the shop's own, answered with its own horizon and customers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from serving.contract.responses import PredictAnswer
from serving.worker import Worker
from tests.serving.asgi import Caller
from tests.serving.synthetic_models import own_question_model
from tests.serving.tiny import write_release


@pytest.fixture
def asked(own: Path, worker_of: Callable[..., Worker]) -> Caller:
    question, boosters = own_question_model()
    question = replace(question, horizon_days=30, active_within_days=1)
    write_release(own, "r2", more=[(question, boosters)])
    return Caller(worker_of(own).application)


def test_it_is_answered_under_its_own_name_and_horizon(asked: Caller) -> None:
    answer = asked.post("/v1/predict", json={"task": "skincare", "customer_ids": ["C-1", "nobody"]})
    assert answer.status_code == 200
    known, unknown = PredictAnswer.model_validate_json(answer.content).results
    assert known.answers is not None and set(known.answers) == {"probability"}
    assert 0 < known.answers["probability"] < 1
    assert (known.horizon, known.eligible, known.model_kind) == ("30d", False, "gradient_boosting")
    assert (unknown.status, unknown.answers) == ("unknown_customer", None)
    churn = asked.post("/v1/churn", json={"customer_ids": ["C-1"]}).json()["results"][0]
    assert (churn["horizon"], churn["eligible"]) == ("28d", True)


@pytest.mark.parametrize("task", ["recommendation", "churn", "nothing_such"])
def test_what_is_no_question_of_its_own_is_not_found(asked: Caller, task: str) -> None:
    answer = asked.post("/v1/predict", json={"task": task, "customer_ids": ["C-1"]})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("no_model", "task")
    assert task not in error["message"] or task == "churn"
