"""The typed client against a real server, kept connections and refusals included."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.contract import client_answers
from serving.contract.client import CallError, Client
from tests.serving.tiny import TODAY


@pytest.fixture
def crm(server):
    with Client(server.url) as client:
        yield client


def test_every_call_has_a_method_with_a_typed_answer(crm):
    assert crm.decide(["C-1"], context={"channel": "web"}).results[0].action in ("leave_alone", "win_back_voucher")
    assert crm.churn(["C-1"], reasons=False).results[0].reasons is None
    assert crm.next_purchase(["C-1"]).results[0].horizon == "28d"
    assert crm.channel_preference(["C-1"]).results[0].absent == ["contact", "purchase"]
    assert len(crm.recommend(["C-1"], k=3).results[0].items or []) == 3
    assert crm.profile("C-1").results[0].stage is not None


def test_writing_through_the_client(crm):
    order = {"order_id": "c-1", "customer_id": "C-30", "happened_at": f"{TODAY}T09:00:00", "amount": "5.00"}
    before = crm.churn(["C-30"]).results[0].probability
    assert crm.events(orders=[order]).results[0].accepted == 1
    assert crm.churn(["C-30"]).results[0].probability != before
    assert crm.events(orders=[order], delivery="c").results[0].duplicates == 1
    assert [one.status for one in crm.events(orders=[order, {}], partial=True).results] == ["duplicate", "refused"]
    objection = {"customer_id": "C-31", "channel": "web", "purpose": "profiling", "granted": False}
    assert crm.consent(objection).results[0].status == "ok"
    assert [one.channel for one in crm.consents(["C-31"]).results[0].consents] == ["web"]
    assert crm.churn(["C-31"]).results[0].status == "suppressed"
    assert crm.erase("C-32").results[0].removed["snapshot"] == 1
    assert crm.churn(["C-32"]).results[0].status == "unknown_customer"


def test_a_refusal_is_an_error_with_its_place(crm):
    with pytest.raises(CallError, match="customer_ids must have at least 1 entries") as refused:
        crm.churn([])
    assert (refused.value.status, refused.value.field) == (400, "customer_ids")


def test_texts_come_in_chinese(server):
    with Client(server.url, language="zh") as crm:
        assert crm.churn(["C-1"]).results[0].reasons[0].text.startswith(("距", "已有", "1"))


def test_an_idle_connection_that_was_closed_is_opened_again(crm):
    crm.churn(["C-1"])
    crm._connection.sock.shutdown(2)  # what a server that lost patience does
    assert crm.churn(["C-1"]).results[0].status == "ok"


def test_the_guides_example_runs(server, capsys, monkeypatch):
    monkeypatch.setenv("KEY", "none is needed while none exists")
    guide = (Path(__file__).parents[2] / "docs/guide/crm.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    here = example.replace("http://127.0.0.1:3000", server.url)
    ids = [f"C-{i}" for i in range(50)]
    exec(compile(here.replace('["1", "7"]', repr(ids)), "crm.md", "exec"), {})
    assert "win_back_voucher" in capsys.readouterr().out


def test_the_answers_are_those_of_the_contract():
    declared = ast.parse(client_answers.declarations())
    classes = {one.name: ast.dump(one) for one in declared.body if isinstance(one, ast.ClassDef)}
    copied = ast.parse(client_answers.CLIENT.read_text(encoding="utf-8"))
    held = {one.name: ast.dump(one) for one in copied.body if isinstance(one, ast.ClassDef)}
    assert {name: held.get(name) for name in classes} == classes, "run: python -m serving.contract.client_answers"


def test_a_copy_needs_nothing_but_the_standard_library(server, tmp_path):
    shutil.copy(client_answers.CLIENT, tmp_path / "crm_client.py")
    program = (
        "from crm_client import Client\n"
        f"with Client({server.url!r}) as crm: print(crm.churn(['C-1']).results[0].reasons[0].code)\n"
        "import sys; print(sorted(set(sys.modules) & {'pydantic', 'numpy', 'serving', 'scoring'}))"
    )
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{program}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code, others = done.stdout.splitlines()
    assert code
    assert others == "[]"
