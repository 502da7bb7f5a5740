"""What a person reads of one customer is what the calls answer, and nothing of them stays in an address or a log."""

import json
import logging
import re

import pytest

from serving.http.api_keys import add_key
from tests.serving.asgi import Caller
from tests.serving.tiny import TODAY
from tests.serving.ui.visitor import Visitor

PAGE = "/ui/customer"
ORDER = {"order_id": "o-new", "customer_id": "C-1", "happened_at": f"{TODAY}T08:30:00", "amount": "25.50",
         "channel": "web"}  # fmt: skip


@pytest.fixture
def call(worker):
    key = add_key(worker.state, "crm", ["read", "write", "erase"])
    caller = Caller(worker.application)

    def made(name, language="en", **body):
        headers = {"x-api-key": key, "accept-language": language}
        answer = caller.post(f"/v1/{name}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["results"][0]

    return made


def asked(visitor, customer_id="C-1", **more):
    visitor.get(PAGE)
    return visitor.post(PAGE, customer_id=customer_id, **more)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_the_calls_answer(worker, key, call, language):
    visitor = Visitor(worker.application, language=language)
    visitor.sign_in(key)
    decision, profile = call("decide", language, customer_ids=["C-1"]), call("profile", language, customer_id="C-1")
    page = asked(visitor)
    assert page.status == 200
    for told in (decision["why"][1:], decision["expected_net_value"], decision["offer"]["code"],
                 decision["decision_id"],
                 *(reason["text"] for reason in decision["reasons"]), profile["last_store"],
                 profile["scores"]["next_purchase"]["value_12_months"],
                 f"{profile['scores']['churn']['probability']:.0%}"):  # fmt: skip
        assert told in page.told, told
    items = call("recommend", language, customer_ids=["C-1"], k=5)["items"]
    assert len(items) == 5 and all(one["reason"]["text"] in page.told for one in items)


def test_every_linked_id_leads_to_the_same_person(visitor, call):
    found = [asked(visitor, one) for one in ("C-0", "loyalty-0", " C-0 ")]
    assert len({call("decide", customer_ids=["C-0"])["decision_id"] in page.told for page in found}) == 1
    assert all("Known by 2 ids" in page.told for page in found)


def test_the_timeline_holds_history_and_what_came_since(visitor, call):
    before = asked(visitor)
    assert "23 December 2025, 10:00" in before.told and "10.00 CNY" in before.told
    call("events", orders=[ORDER])
    call("decide", customer_ids=["C-1"])
    after = asked(visitor)
    assert "31 January 2026, 08:30" in after.told and "25.50 CNY" in after.told
    assert after.told.index("08:30") < after.told.index("23 December 2025")


def test_consents_are_shown_as_they_were_told(visitor, call):
    assert "Nothing was told" in asked(visitor).told
    call("consent", customer_id="C-1", channel="all", purpose="contact", granted=False)
    page = asked(visitor)
    assert "refused to be contacted (all channels)" in page.told and "No channel may be used" in page.told
    call("consent", customer_id="C-1", channel="all", purpose="profiling", granted=False)
    page = asked(visitor)
    assert "withdrew profiling" in page.told and "loyal" not in page.told and "Timeline" not in page.told


def test_who_was_erased_is_nobody(visitor, call):
    assert "loyalty-0" not in asked(visitor, "C-0").text
    call("erase", customer_id="C-0")
    for one in ("C-0", "loyalty-0"):
        page = asked(visitor, one)
        assert "Nobody is known" in page.told and "<table" not in page.text and "<h2" not in page.text


@pytest.mark.parametrize(
    "customer_id", ["nobody", "' OR 1=1 --", '"><script>alert(1)</script>', "{{7*7}}", "x" * 200, "\u202eC-1"]
)
def test_an_id_of_nobody_is_no_more_than_a_text(visitor, customer_id):
    page = asked(visitor, customer_id)
    assert page.status == 200 and "Nobody is known" in page.told
    assert "<script" not in page.text and 'value="49"' not in page.text


def test_what_if_is_the_call_with_a_context_and_kept_nowhere(visitor, call, worker):
    context = {"channel": "mail", "cart": ["P2", "P-none"], "store_id": "S1"}
    supposed = call("decide", customer_ids=["C-1"], context=context)
    count = worker.state.read("SELECT count(*) FROM decisions")
    page = asked(visitor, channel="mail", cart="P2, P-none", store_id="S1")
    part = re.sub(r"<[^>]*>", " ", page.text[page.text.index('class="supposed"') :])
    assert supposed["why"][1:] in part and "Open channel: goes first" in part
    assert "Store: is near" in part and "Products the shop does not know: 1" in part
    assert 'class="supposed"' not in asked(visitor).text
    worker.decisions.close()
    assert worker.state.read("SELECT count(*) FROM decisions")[0][0] <= count[0][0] + 1, "only the call's own"
    assert '<option value="mail" selected>' in page.text and 'value="P2, P-none"' in page.text


def test_what_cannot_be_supposed_is_said(visitor):
    for wrong in (
        {"cart": "x" * 200},
        {"cart": " ".join(["P1"] * 201)},
        {"channel": "E mail"},
        {"store_id": "x" * 129},
    ):
        page = asked(visitor, **wrong)
        assert page.status == 200 and "cannot be supposed" in page.told
    harmless = asked(visitor, cart="<script>alert(1)</script>")
    assert harmless.status == 200 and "<script" not in harmless.text


def test_nothing_of_a_person_stands_in_an_address_or_the_log(visitor, worker, caplog):
    with caplog.at_level(logging.INFO, logger="perennial"):
        for one in ("C-17", "nobody-42"):
            page = asked(visitor, one, cart="P-secret")
            addresses = re.findall(r'(?:href|action)="([^"]*)"', page.text)
            assert addresses and not [told for told in addresses if one in told or "?" in told]
        assert visitor.request("POST", PAGE, b"customer_id=C-17").status == 403
        assert "C-17" not in visitor.get(f"{PAGE}?customer_id=C-17").text
    told = caplog.text + worker.metrics.text().decode()
    assert "C-17" not in told and "nobody-42" not in told and "P-secret" not in told
    assert [json.loads(record.getMessage())["event"] for record in caplog.records] == ["refused"]


def test_another_language_is_asked_for_by_the_same_form(visitor):
    page = asked(visitor)
    switch = re.search(
        r'<form method="(\w+)" action="/ui/customer" aria-label="Language">(.*?)</form>', page.text, re.S
    )
    assert switch is not None and switch[1] == "post"
    assert 'name="customer_id" value="C-1"' in switch[2] and 'name="token"' in switch[2]
    assert "建议动作" in visitor.post(PAGE, customer_id="C-1", lang="zh").told
