"""The next step as /v1/profile tells it, /v1/predict answers it, and the page of a customer says it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from serving.http.api_keys import add_key
from serving.worker import Worker
from tests.serving.asgi import Caller
from tests.serving.synthetic_models import STEPS, next_step_model, own_question_model
from tests.serving.tiny import TODAY, write_release
from tests.serving.ui.visitor import Visitor


@pytest.fixture
def worker(own: Path, worker_of: Callable[..., Worker]) -> Worker:
    write_release(own, "r2", more=[next_step_model(), own_question_model()])
    return worker_of(own)


@pytest.fixture
def call(worker: Worker) -> Callable[..., dict]:
    key, caller = add_key(worker.state, "crm", ["read", "write"]), Caller(worker.application)

    def made(name: str, **body: object) -> dict:
        answer = caller.post(f"/v1/{name}", json=body, headers={"x-api-key": key})
        assert answer.status_code == 200, answer.text
        return answer.json()["results"][0]

    return made


def test_a_profile_ranks_the_steps_and_says_what_adds_up_to_one(call: Callable[..., dict]) -> None:
    told = call("profile", customer_id="C-1")["scores"]["next_step"]
    chances = [one["probability"] for one in told["steps"]]
    assert {(one["channel"], one["kind"]) for one in told["steps"]} == {("web", "visit"), ("小程序", "visit")}
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) + told["other"] + told["none"] == pytest.approx(1.0)
    assert (told["horizon"], told["model_kind"]) == ("28d", "gradient_boosting")
    answers = call("predict", task="next_step", customer_ids=["C-1"])["answers"]
    assert set(answers) == set(STEPS) and answers["none"] == told["none"]


def test_the_shops_own_questions_stand_in_a_profile_too(call: Callable[..., dict]) -> None:
    own = call("profile", customer_id="C-1")["scores"]["skincare"]
    assert own["answers"] == call("predict", task="skincare", customer_ids=["C-1"])["answers"]


def test_nothing_is_said_of_who_never_ordered(call: Callable[..., dict]) -> None:
    visit = {"customer_id": "new-one", "happened_at": f"{TODAY}T08:30:00", "channel": "web", "kind": "visit"}
    call("events", touchpoints=[visit])
    told = call("profile", customer_id="new-one")["scores"]["next_step"]
    assert (told["steps"], told["none"], told["other"]) == (None, None, None)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Next touch within 28 days", "web, visit", "none", "Skincare, 28 days")),
     ("zh", ("28 天内的下一个触点", "网站·访问", "无触点", "Skincare（28 天内）"))],
)  # fmt: skip
def test_the_page_says_the_next_step_and_the_shops_own_answers(
    worker: Worker, call: Callable[..., dict], language: str, words: tuple[str, ...]
) -> None:
    visitor = Visitor(worker.application, language=language)
    visitor.sign_in(add_key(worker.state, "anna", ["ui"]))
    visitor.get("/ui/customer")
    page = visitor.post("/ui/customer", customer_id="C-1")
    scores = call("profile", customer_id="C-1")["scores"]
    shares = (scores["next_step"]["none"], scores["skincare"]["answers"]["probability"])
    for told in (*words, *(f"{share:.0%}" for share in shares)):
        assert told in page.told, told
