"""Whom today's list holds: everybody whom /v1/decide contacts, and nobody else."""

import csv
import io
import re
from datetime import date

import numpy as np
import pytest

from serving.http.api_keys import add_key
from serving.ui import contact_list, today_page
from tests.serving import tiny
from tests.serving.asgi import Caller
from tests.serving.tiny import IDS, SHOP, TODAY
from tests.serving.ui.visitor import Visitor

PAGE, FILE = "/ui/today", "/ui/today/file"
WITHDRAWN = {"purpose": "contact", "granted": False}


@pytest.fixture
def call(worker):
    key = add_key(worker.state, "crm", ["read", "write", "erase"])
    caller = Caller(worker.application)

    def made(name, **body):
        answer = caller.post(f"/v1/{name}", json=body, headers={"x-api-key": key})
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    return made


def decided(call):
    results = [one for i in range(0, len(IDS), 100) for one in call("decide", customer_ids=list(IDS[i : i + 100]))]
    return {one["customer_id"]: one for one in results if one.get("action") not in (None, "leave_alone")}


def shown(page):
    return re.findall(r'name="customer_id" value="([^"]*)"', page.text)


def walked(visitor, query=""):
    """Ids on all pages, in order."""
    found, number = [], 1
    while True:
        page = visitor.get(f"{PAGE}?page={number}{query}")
        found += shown(page)
        if f'name="page" value="{number + 1}"' not in page.text:
            return found
        number += 1


def downloaded(visitor, **fields):
    visitor.get(PAGE)
    seen = visitor.post(FILE, **fields)
    assert seen.status == 200
    return seen, list(csv.DictReader(io.StringIO(seen.body.decode("utf-8-sig"))))


def test_the_list_is_what_the_call_decides_most_valuable_first(visitor, call):
    wanted = decided(call)
    assert len(wanted) > 100
    found = walked(visitor)
    assert sorted(found) == sorted(wanted)
    values = [float(wanted[one]["expected_net_value"]) for one in found]
    assert values == sorted(values, reverse=True)
    page = visitor.get(PAGE)
    assert f"{len(wanted)} people" in page.told and "31 January 2026" in page.told
    first = wanted[found[0]]
    assert f"{first['expected_net_value']} CNY" in page.told and "BACK8" in page.told
    assert next(one["text"] for one in first["reasons"] if one["effect"] > 0) in page.told


def test_the_file_says_the_same(visitor, call):
    wanted = decided(call)
    seen, lines = downloaded(visitor)
    assert seen.header("content-disposition") == f'attachment; filename="contact-list-{TODAY}.csv"'
    assert [line["customer_id"] for line in lines] == walked(visitor)
    for line in lines:
        result = wanted[line["customer_id"]]
        same = ("action", "channel", "send_at", "expected_net_value", "stage", "decision_id", "expires_at")
        assert {name: line[name] for name in same} == {name: result[name] for name in same}
        assert line["offer_code"] == result["offer"]["code"]
        assert line["reason_1"] in [one["text"] for one in result["reasons"]] + [""]


def test_filters_narrow_the_list_and_the_file(visitor, call):
    wanted = decided(call)
    for field in ("channel", "stage"):
        value = next(iter(wanted.values()))[field]
        some = [one for one, result in wanted.items() if result[field] == value]
        assert 0 < len(some) < len(wanted)
        assert sorted(walked(visitor, f"&{field}={value}")) == sorted(some)
        assert sorted(line["customer_id"] for line in downloaded(visitor, **{field: value})[1]) == sorted(some)
        page = visitor.get(f"{PAGE}?{field}={value}")
        assert f'<option value="{value}" selected>' in page.text and f"({len(some)})" in page.told
    both = visitor.get(f"{PAGE}?channel={value}&stage=<script>alert(1)</script>&page=-1")
    assert both.status == 200 and "<script>alert" not in both.text
    assert visitor.get(f"{PAGE}?page=99999999999999999999").status == 200


def test_nobody_who_withdrew_or_was_erased_stays_on_the_list(visitor, call, worker):
    wanted = decided(call)
    everybody = list(wanted)
    refused, silent, hidden, erased = everybody[:4]
    call("consent", customer_id=refused, channel=wanted[refused]["channel"], **WITHDRAWN)
    call("consent", customer_id=silent, channel="all", **WITHDRAWN)
    call("consent", customer_id=hidden, channel="all", purpose="profiling", granted=False)
    call("erase", customer_id=erased)
    left = set(everybody[4:])
    assert set(walked(visitor)) == left
    assert {line["customer_id"] for line in downloaded(visitor)[1]} == left
    assert f"{len(left)} people" in visitor.get(PAGE).told


def test_who_needs_nothing_any_more_is_left_out_and_counted(visitor, call):
    first = walked(visitor)[0]
    before = call("decide", customer_ids=[first])[0]
    sent = {"message_id": "m-new", "customer_id": first, "happened_at": f"{TODAY}T09:00:00",
            "channel": before["channel"], "action": before["action"]}  # fmt: skip
    call("events", messages=[sent])
    assert call("decide", customer_ids=[first])[0]["action"] == "leave_alone"
    page = visitor.get(PAGE)
    assert first not in shown(page) and "1 of them need nothing any more" in page.told
    assert first not in {line["customer_id"] for line in downloaded(visitor)[1]}


def test_looking_logs_no_decision(visitor, worker):
    visitor.get(PAGE)
    downloaded(visitor)
    worker.decisions.close()
    assert worker.state.read("SELECT count(*) FROM decisions") == [(0,)]


def signed_in(worker):
    visitor = Visitor(worker.application)
    visitor.sign_in(add_key(worker.state, "anna", ["ui"]))
    return visitor


def test_an_old_night_is_marked_and_after_a_week_not_shown(home, worker_of):
    for day, told, people in ((date(2026, 2, 2), "2 days old", True), (date(2026, 2, 8), "for a week", False)):
        page = signed_in(worker_of(home, today=day)).get(PAGE)
        assert told in page.told and bool(shown(page)) is people


def test_ids_that_mean_something_elsewhere_do_nothing_here(tmp_path, worker_of, monkeypatch):
    hostile = ["=cmd|' /C calc'!A0", '"><script>alert(1)</script>', "' OR 1=1 --", "{{7*7}}", "张三", "a\tb", "x" * 300]
    monkeypatch.setattr(tiny, "IDS", (*IDS[: -3 * len(hostile)], *(f"{one}{i}" for i in range(3) for one in hostile)))
    visitor = signed_in(worker_of(tiny.write_home(tmp_path / "home")))
    texts = "".join(visitor.get(f"{PAGE}?page={number}").text for number in range(1, 8))
    assert "<script" not in texts and "&lt;script&gt;" in texts and "{{7*7}}" in texts and "x" * 300 in texts
    lines = downloaded(visitor)[1]
    assert any(line["customer_id"].startswith("'=cmd|") for line in lines)
    cells = [cell for line in lines for name, cell in line.items() if name != "expected_net_value" and cell]
    assert not [cell for cell in cells if cell[0] in "=+-@"]


def test_the_file_is_bounded(visitor, monkeypatch):
    monkeypatch.setattr(today_page, "MOST_IN_FILE", 7)
    assert len(downloaded(visitor)[1]) == 7
    assert "first 7" in visitor.get(PAGE).told


def test_without_a_night_the_page_says_what_to_do(home, worker_of):
    for path in (home / "snapshots" / SHOP).glob("*/decided.json"):
        path.unlink()
    visitor = signed_in(worker_of(home))
    page = visitor.get(PAGE)
    assert "perennial nightly" in page.told and "<table" not in page.text
    assert visitor.post(FILE).body.count(b"\n") == 1


def test_reading_a_night_in_parts_changes_nothing(worker, monkeypatch):
    night = worker.watcher.live.decided
    whole = contact_list.contact_list(night)
    monkeypatch.setattr(contact_list, "_AT_ONCE", 7)
    parts = contact_list.contact_list(night)
    for name in ("rows", "action", "channel", "stage", "cause"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
