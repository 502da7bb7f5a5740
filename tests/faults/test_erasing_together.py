"""Erasures beside each other, beside a night, after a kill: nobody is left behind, and the service starts."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from scoring.clock import now
from serving.contract.ledger_rows import ConsentRecord, Event
from serving.state.database import State
from serving.state.erasure import erase, erased_hashes, erasure_of, settle, suppress, waits
from serving.state.files_lock import ERASURE, NIGHT, FilesBusyError, changing_files
from serving.state.overlay import id_hash
from tests.serving.asgi import Caller
from tests.serving.tiny import SHOP, TODAY, settings_of, write_home

ORDER = {"order_id": "n1", "customer_id": "C-1", "happened_at": f"{TODAY}T10:00:00", "amount": "25.50"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_home(tmp_path)


@pytest.fixture
def two(own, worker_of):
    return worker_of(own), worker_of(own)


def post(worker, call, **body):
    return Caller(worker.application).post(f"/v1/{call}", json=body)


def until_done(worker, answers):
    """Every request's state, asked for until none is queued."""
    for _ in range(200):
        told = [Caller(worker.application).get(f"/v1/erase/{one['request_id']}") for one in answers]
        assert {one.status_code for one in told} <= {200}
        if {one.json()["status"] for one in told} == {"ok"}:
            return [one.json() for one in told]
        threading.Event().wait(0.05)
    raise AssertionError("some erasures are never done")


def left_of(home: Path, ids: set[str]) -> dict[str, set[str]]:
    """File → ids that are still in it."""
    found = {}
    for path in home.rglob("*.parquet"):
        table = pq.read_table(path)
        if "customer_id" in table.column_names:
            found[path.name] = ids & set(table["customer_id"].to_pylist())
    for path in home.rglob("*.npy"):
        if path.stem in ("keys", "ids"):
            found[path.name] = ids & {one.decode() for one in np.load(path).tolist()}
    return {name: some for name, some in found.items() if some}


def test_forty_erasures_at_once_leave_nobody_behind(two, own, worker_of):
    ids = [f"C-{i}" for i in range(40)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda i: post(two[i % 2], "erase", customer_id=ids[i]), range(40)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    for answer in answers:
        assert answer.status_code == (200 if answer.json()["results"][0]["status"] == "ok" else 202)
    told = until_done(two[0], [answer.json() for answer in answers])
    assert all(one["removed"]["history"] == 2 for one in told)  # an order and a message each, counted once
    assert left_of(own, set(ids)) == {}
    assert worker_of(own).watcher.live is not None


def test_200_means_gone_everywhere(two, own):
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda i: (i, post(two[i % 2], "erase", customer_id=f"C-{i}")), range(20)))
        gone = {f"C-{i}" for i, answer in answers if answer.status_code == 200}
    assert gone
    assert left_of(own, gone) == {}


def test_while_a_night_holds_the_files_an_erasure_is_queued_and_counts_at_once(two, own, monkeypatch):
    monkeypatch.setattr("serving.process.eraser._PATIENCE", 0.2)
    with changing_files(settings_of(own).of_shop("state"), NIGHT):
        answer = post(two[0], "erase", customer_id="C-7")
        assert (answer.status_code, answer.json()["results"][0]["removed"]) == (202, None)
        asked = Caller(two[1].application).get(f"/v1/erase/{answer.json()['request_id']}").json()
        assert asked["status"] == "queued"
        assert post(two[1], "churn", customer_ids=["C-7"]).json()["results"][0]["status"] == "unknown_customer"
        assert left_of(own, {"C-7"})
    until_done(two[1], [answer.json()])
    assert left_of(own, {"C-7"}) == {}


def test_nobody_asks_for_an_erasure_that_was_not(two):
    assert Caller(two[0].application).get("/v1/erase/0000").status_code == 404


def test_an_interrupted_erasure_does_not_prevent_a_start(own, worker_of):
    state = State(settings_of(own).of_shop("state"))
    suppress(state, ["C-9"], "killed")
    cut = own / "shops" / SHOP / "older" / "orders.parquet"
    cut.parent.mkdir()
    cut.write_bytes(b"cut")
    worker = worker_of(own)
    assert post(worker, "churn", customer_ids=["C-9", "C-2"]).json()["results"][0]["status"] == "unknown_customer"
    assert not settle(state, settings_of(own).of_shop)  # nobody can say that they are gone from the cut file
    asked = Caller(worker.application).get("/v1/erase/killed").json()
    assert (asked["status"], asked["removed"]) == ("queued", None)
    cut.unlink()
    assert settle(state, settings_of(own).of_shop)
    assert erasure_of(state, "killed").done
    state.close()


def test_what_a_killed_writer_left_half_done_goes_with_the_person(own):
    settings = settings_of(own)
    part = own / "shops" / SHOP / ".tiny.part4711"
    part.mkdir()
    (part / "orders.parquet").write_bytes((own / "shops" / SHOP / "tiny" / "orders.parquet").read_bytes())
    state = State(settings.of_shop("state"))
    assert erase(state, settings.of_shop, ["C-3"], "r").done
    assert not part.exists() and left_of(own, {"C-3"}) == {}
    state.close()


def test_an_erasure_stays_done_only_with_an_empty_log(own):
    settings = settings_of(own)
    state, reader = State(settings.of_shop("state")), State(settings.of_shop("state"))
    state.add_events([Event("orders", "C-4", b"0" * 16, {"customer_id": "C-4", "order_id": "MARK"})])
    assert erase(state, settings.of_shop, ["C-4"], "r").done
    for path in settings.of_shop("state").iterdir():
        assert b"MARK" not in path.read_bytes() and b"C-4" not in path.read_bytes()
    state.close()
    reader.close()


def test_nothing_is_written_of_someone_erased_whatever_waits_in_memory(own):
    settings = settings_of(own)
    state = State(settings.of_shop("state"))
    suppress(state, ["C-5"], "r")
    order = Event("orders", "C-5", b"1" * 16, {"customer_id": "C-5"})
    added = state.add_events([order, Event("orders", "C-6", b"2" * 16, {"customer_id": "C-6"})])
    assert added == ["suppressed", "accepted"]
    words = [ConsentRecord(who, "mail", "contact", False, now().isoformat()) for who in ("C-5", "C-6")]
    assert state.add_consent(*words) == {"C-5"}
    state.add_decisions([("C-5", "now", "{}"), ("C-6", "now", "{}")])
    kept = "SELECT customer_id FROM events UNION ALL SELECT customer_id FROM consents UNION ALL "
    assert state.read(kept + "SELECT customer_id FROM decisions") == [("C-6",), ("C-6",), ("C-6",)]
    state.close()


def test_decide_and_erase_of_one_id_together_leave_no_decision(two):
    ids = [f"C-{i}" for i in range(12)]

    def both(i):
        with ThreadPoolExecutor(2) as pair:
            decided = pair.submit(post, two[i % 2], "decide", customer_ids=[ids[i]])
            answer = pair.submit(post, two[(i + 1) % 2], "erase", customer_id=ids[i]).result()
            assert decided.result().status_code == 200
            return answer.json()

    with ThreadPoolExecutor(4) as threads:
        until_done(two[0], list(threads.map(both, range(12))))
    for one in two:
        one.decisions.close()
    assert two[0].state.read("SELECT customer_id FROM decisions") == []


def test_an_objection_of_an_erased_id_changes_nothing_beyond_its_hash(two):
    until_done(two[0], [post(two[0], "erase", customer_id="C-8").json()])
    tables = ("events", "consents", "decisions", "erasures", "erasure_requests")
    before = {table: two[0].state.read(f"SELECT * FROM {table}") for table in tables}
    body = {"customer_id": "C-8", "channel": "mail", "purpose": "contact", "granted": False}
    assert post(two[1], "consent", **body).json()["results"][0]["status"] == "unknown_customer"
    assert {table: two[0].state.read(f"SELECT * FROM {table}") for table in tables} == before
    assert before["erasures"][0][1] == id_hash("C-8")


def test_erased_stay_erased_when_a_snapshot_is_swapped(two, own):
    from tests.serving.tiny import write_tiny_snapshot

    until_done(two[0], [post(two[0], "erase", customer_id="C-1").json()])
    assert post(two[1], "churn", customer_ids=["C-1"]).json()["results"][0]["status"] == "unknown_customer"
    write_tiny_snapshot(own, "2026-02-01-again")  # an export that still has them
    for worker in two:
        worker.watcher.look()
        assert worker.watcher.live.snapshot.find("C-1") >= 0
        assert post(worker, "churn", customer_ids=["C-1"]).json()["results"][0]["status"] == "unknown_customer"
        assert post(worker, "events", orders=[ORDER]).json()["results"][0]["suppressed"] == 1


def test_other_customers_are_computed_anew_after_an_erasure(two):
    """Their rows lie in a file that was replaced under an open database."""
    post(two[0], "events", orders=[{**ORDER, "customer_id": "C-20", "order_id": "n20"}])
    before = post(two[0], "profile", customer_id="C-20").json()["results"][0]["kpis"]
    assert before["orders"] == 2
    until_done(two[0], [post(two[0], "erase", customer_id="C-19").json()])
    post(two[0], "events", orders=[{**ORDER, "customer_id": "C-21", "order_id": "n21"}])
    for worker in two:
        assert post(worker, "profile", customer_id="C-21").json()["results"][0]["kpis"]["orders"] == 2


def test_one_change_of_files_at_a_time_and_the_second_is_told_since_when(tmp_path):
    with changing_files(tmp_path, NIGHT):
        with (
            pytest.raises(FilesBusyError, match=r"perennial score is already running since 20\d\d-.*\(process \d+\)"),
            changing_files(tmp_path, NIGHT, seconds=30),
        ):
            pass
        with pytest.raises(FilesBusyError), changing_files(tmp_path, ERASURE, seconds=0.1):
            pass
    with changing_files(tmp_path, ERASURE):
        pass


@pytest.mark.parametrize(("kind", "name"), [("scores", "scores"), ("decisions", "decision_files")])
def test_files_of_a_night_are_rewritten_and_vouched_for_again(own, kind, name):
    settings = settings_of(own)
    folder = settings.of_shop(kind) / "2026-02-01"
    folder.mkdir(parents=True)
    (folder / "night.csv").write_text("customer_id,told\nC-1,1\n'=C-2,2\nC-3,3\n")
    told = {"files": {"night.csv": {"bytes": 1, "sha256": "0"}}, "rows": 3}
    (folder / "night.manifest.json").write_text(json.dumps(told))
    state = State(settings.of_shop("state"))
    assert erase(state, settings.of_shop, ["C-1", "=C-2"], "r").removed[name] == 2
    content = (folder / "night.csv").read_bytes()
    assert content == b"customer_id,told\nC-3,3\n"
    vouched = json.loads((folder / "night.manifest.json").read_text())["files"]["night.csv"]
    assert vouched == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    state.close()


def test_tables_added_later_are_erased_too(own):
    settings = settings_of(own)
    state = State(settings.of_shop("state"))
    with state.transaction() as con:
        con.execute("CREATE TABLE newer (customer_id TEXT, told TEXT)")
        con.execute("INSERT INTO newer VALUES ('C-2', 'something')")
    assert erase(state, settings.of_shop, ["C-2"], "r").removed["newer"] == 1
    assert not waits(state) and id_hash("C-2") in erased_hashes(settings.of_shop("state"))
    assert json.loads(state.read("SELECT removed FROM erasure_requests")[0][0])["history"] == 2
    state.close()
