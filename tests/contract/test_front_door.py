"""What callers may do to the service's front, by mistake or on purpose, without keeping others out."""

import asyncio
import errno
import re
import sqlite3
import stat
import threading
import time
from contextlib import closing

import pytest

from scoring.errors import ServingError
from serving.errors import SettingsError
from serving.http import api_keys, application
from serving.http.storage import storage_problem
from serving.settings import Settings
from tests.serving.asgi import Caller, dumped
from tests.serving.tiny import SHOP, TODAY

ASK = {"customer_ids": ["C-1"]}
ORDER = {"order_id": "f-1", "customer_id": "C-1", "happened_at": f"{TODAY}T10:00:00", "amount": "1.00"}
JSON = [(b"content-type", b"application/json")]


def churn(worker, status=200, **headers):
    answer = Caller(worker.application).post("/v1/churn", json=ASK, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


# keys


def test_removing_the_last_key_answers_nobody(own, worker_of):
    worker = worker_of(own)
    churn(worker)
    key = api_keys.add_key(worker.state, "crm", ["read", "erase"])
    churn(worker, **{"x-api-key": key})
    assert api_keys.remove_key(worker.state, "crm") and not api_keys.remove_key(worker.state, "crm")
    for headers in ({}, {"x-api-key": key}, {"x-api-key": ""}):
        churn(worker, 401, **headers)
    churn(worker_of(own), 401)
    newer = api_keys.add_key(worker.state, "crm", ["read"])
    churn(worker, **{"x-api-key": newer})


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "127.8.8.8", "[::1]:3000"])
def test_without_a_key_a_local_name_is_answered(worker, host):
    churn(worker, host=host)


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"host": "127.0.0.1.evil.example"}, {"host": "localhost@evil"}, {"host": ""},
     {"host": "0.0.0.0:3000"}, {"host": "localhost", "x-forwarded-for": "10.0.0.7"},
     {"host": "localhost", "forwarded": "for=10.0.0.7"}, {"host": "localhost", "via": "1.1 proxy"}],
)  # fmt: skip
def test_without_a_key_nothing_passed_on_or_named_otherwise_is_answered(worker, headers):
    churn(worker, 403, **headers)


def test_with_a_key_any_name_will_do(own, worker_of):
    worker = worker_of(own)
    key = api_keys.add_key(worker.state, "crm", ["read"])
    churn(worker, host="perennial.example", **{"x-api-key": key, "x-forwarded-for": "10.0.0.7"})


def test_a_mistyped_shop_gets_no_folder_and_no_key(own, monkeypatch):
    monkeypatch.setenv("PERENNIAL_HOME", str(own))
    monkeypatch.setenv("PERENNIAL_SHOP", "tset")
    with pytest.raises(SettingsError, match=rf"has no shop 'tset'; it has {SHOP}\."):
        api_keys.main(["add", "crm", "read"])
    assert not (own / "state" / "tset").exists()


@pytest.mark.parametrize("name", ["../../x", "/etc", "a/b", "..", ".", "a\\b", "a b", "a\n"])
def test_a_shop_cannot_lead_out_of_home(name, own):
    with pytest.raises(ValueError, match="letters, digits, dashes"):
        Settings(home=own, shop=name)


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 65, "-rf", "a\n", "\x1b[2J"])
def test_a_keys_name_is_a_plain_word(name, own, worker_of):
    with pytest.raises(ServingError, match="A key's name has letters"):
        api_keys.add_key(worker_of(own).state, name, ["read"])


def test_what_is_kept_of_people_is_read_by_its_owner_alone(own, worker_of):
    folder = own / "state" / SHOP
    folder.mkdir(parents=True, mode=0o755)
    (folder / "state.db").touch(mode=0o644)
    worker = worker_of(own)
    Caller(worker.application).post("/v1/events", json={"orders": [ORDER]})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("state.db*")} == {0o600}
    assert len(list(folder.glob("state.db*"))) == 3  # with its log and index


# pages


@pytest.mark.parametrize("path", ["/", "/docs.json", "/livez", "/static_content/index.css", "/healthz", "/v1/none"])
def test_no_page_loads_anything_from_elsewhere(caller, path):
    answer = caller.get(path)
    assert not re.findall(r"<script|<link|<img|<iframe|@import|url\(|(?:src|href)=['\"](?:https?:)?//", answer.text)
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
    if path == "/":
        assert answer.status_code == 200 and "default-src 'none'" in answer.headers["content-security-policy"]
        assert "POST /v1/decide" in answer.text and "customer_ids" in answer.text


# the disk


def test_a_locked_database_is_503_and_readers_do_not_wait(own, worker_of, monkeypatch):
    worker = worker_of(own)
    held = sqlite3.connect(own / "state" / SHOP / "state.db", isolation_level=None)
    statuses = []

    def write():
        answer = Caller(worker.application).post("/v1/events", json={"orders": [ORDER]})
        statuses.append((answer.status_code, answer.headers.get("retry-after"), answer.json()["error"]["code"]))

    with closing(held):
        held.execute("BEGIN IMMEDIATE")
        writers = [threading.Thread(target=write) for _ in range(8)]
        began = time.monotonic()
        for writer in writers:
            writer.start()
        time.sleep(0.3)
        many = {"customer_ids": [f"C-{i}" for i in range(49)]}
        assert Caller(worker.application).post("/v1/churn", json=many).status_code == 200
        assert time.monotonic() - began < 2.5 and not statuses
        for writer in writers:
            writer.join(30)
        held.execute("ROLLBACK")
    assert set(statuses) == {(503, "1", "storage")} and len(statuses) == 8
    assert Caller(worker.application).post("/v1/events", json={"orders": [ORDER]}).status_code == 200


def test_a_full_database_is_503_and_what_was_kept_stays(own, worker_of):
    worker = worker_of(own)
    pages = worker.state._writer.execute("PRAGMA page_count").fetchone()[0]
    worker.state._writer.execute(f"PRAGMA max_page_count={pages + 2}").fetchone()
    kept, answer = 0, None
    for i in range(40):
        orders = [{**ORDER, "order_id": f"full-{i}-{j}"} for j in range(20)]
        answer = Caller(worker.application).post("/v1/events", json={"orders": orders})
        if answer.status_code != 200:
            break
        kept += 20
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers["retry-after"]) == (503, "storage", "30")
    assert worker.state.read("SELECT count(*) FROM events") == [(kept,)]
    churn(worker)
    worker.state._writer.execute("PRAGMA max_page_count=1073741823").fetchone()
    assert Caller(worker.application).post("/v1/events", json={"orders": [ORDER]}).status_code == 200


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_failing_disk_is_a_503_in_whatever_it_is_wrapped(number):
    assert storage_problem(OSError(number, "x")).status == 503
    wrapped = ServingError("cannot be written")
    wrapped.__cause__ = OSError(number, "x")
    assert storage_problem(wrapped).retry_after == 30
    assert storage_problem(OSError(errno.ENOENT, "x")) is None and storage_problem(KeyError("x")) is None


def test_too_many_writers_are_told_to_come_back_and_readers_are_not(own, worker_of):
    worker = worker_of(own, in_flight=4)
    with closing(sqlite3.connect(own / "state" / SHOP / "state.db", isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        found = asyncio.run(_at_once(worker, held))
    assert found["events"].count(429) == 2 and found["churn"] == [200] * 3


async def _at_once(worker, held):
    writers = [asyncio.create_task(_post(worker, "events", {"orders": [ORDER]})) for _ in range(3)]
    await asyncio.sleep(0.1)
    many = {"customer_ids": [f"C-{i}" for i in range(49)]}
    read = await asyncio.gather(*(_post(worker, "churn", many) for _ in range(3)))
    held.execute("ROLLBACK")
    return {"churn": list(read), "events": list(await asyncio.gather(*writers))}


async def _post(worker, call, body, receive=None):
    async def whole():
        return {"type": "http.request", "body": dumped(body), "more_body": False}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": f"/v1/{call}", "method": "POST", "client": ("127.0.0.1", 1), "headers": JSON}
    await worker.application(scope, receive or whole, send)
    return sent[0]["status"]


# slow clients


def test_slow_bodies_keep_nobody_out(own, worker_of):
    worker = worker_of(own, receiving=8, client_seconds=2.0)

    async def never():
        await asyncio.sleep(60)

    async def run():
        slow = [asyncio.create_task(_post(worker, "churn", {}, never)) for _ in range(70)]
        await asyncio.sleep(0.05)
        quick = await asyncio.gather(*(_post(worker, "churn", ASK) for _ in range(40)))
        return set(quick), set(await asyncio.gather(*slow))

    assert asyncio.run(run()) == ({200}, {408})


def test_long_headers_leave_nothing_behind(worker):
    application.language.cache_clear()
    for i in range(300):
        churn(worker, **{"accept-language": f"zh;q=0.{i}, " + "x" * 60_000})
    told = application.language.cache_info()
    assert told.currsize <= 256  # of at most 200 bytes each
    long = "de;q=0.9, " * 10 + "zh"
    answer = Caller(worker.application).post("/v1/churn", json=ASK, headers={"accept-language": long})
    assert answer.json()["results"][0]["reasons"][0]["text"] != churn(worker).json()["results"][0]["reasons"][0]["text"]
