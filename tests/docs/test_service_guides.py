"""The service's guides: their calls are answered, their answers are of the contract, their tables are complete."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from serving.contract import responses
from serving.http.metrics import Metrics
from serving.worker import Worker
from tests.serving.asgi import Caller
from tests.serving.tiny import settings_of, write_history, write_home

ROOT = Path(__file__).parents[2]
CRM = (ROOT / "docs/guide/crm.md").read_text(encoding="utf-8")
OPERATE = (ROOT / "docs/guide/operate.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    home = write_home(tmp_path_factory.mktemp("guides"))
    write_history(home / "shops" / "test" / "tiny")
    made = Worker(settings_of(home), Metrics(CollectorRegistry()), lambda _: None)
    made.start()
    yield made
    made.stop()


def calls(guide):
    """Path and body of every curl command; a page has no body."""
    commands = re.findall(
        r"^    curl -s 127\.0\.0\.1:3000(\S+)(.*?)(?=^\S|^    curl|^$)", guide, re.DOTALL | re.MULTILINE
    )
    return [(path, re.search(r"-d '(.*)'", rest, re.DOTALL)) for path, rest in commands]


@pytest.mark.parametrize("guide", [CRM, OPERATE], ids=["crm", "operate"])
def test_every_command_is_answered(worker, guide):
    caller, found = Caller(worker.application), calls(guide)
    for path, body in found:
        answer = caller.post(path, json=json.loads(body[1])) if body else caller.get(path)
        assert answer.status_code == 200, (path, answer.text)
    assert len(found) == {CRM: 9, OPERATE: 1}[guide]


def test_answers_shown_are_of_the_contract():
    decision, rows, error = (
        json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", CRM, re.DOTALL | re.MULTILINE)
    )
    responses.Decision.model_validate_json(json.dumps(decision))
    responses.ErrorAnswer.model_validate_json(json.dumps(error))
    assert [responses.ReceivedRow.model_validate(row).status for row in rows] == ["accepted", "refused"]


def test_every_code_of_a_refusal_stands_in_the_guide():
    told = {
        code for cell in re.findall(r"^\| [\d, ]+ \| ([a-z_, ]+) \|", CRM, re.MULTILINE) for code in cell.split(", ")
    }
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "serving").rglob("*.py"))
    assert told == set(re.findall(r'RequestError\(\s*\d+,\s*"(\w+)"', code))


def test_every_metric_to_watch_exists(worker):
    Caller(worker.application).post("/v1/churn", json={"customer_ids": ["C-1"]})
    page = Caller(worker.application).get("/metrics").text
    watched = set(re.findall(r"`(perennial_\w+?)(?:_total)?(?:\{|`)", OPERATE))
    assert len(watched) == 10 and not {name for name in watched if f"# HELP {name}" not in page}
