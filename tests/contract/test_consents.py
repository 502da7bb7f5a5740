"""Consents and objections: for one or many, on one channel or all, dated, of people not yet known, read back."""

import pytest

from serving.contract import responses as answers
from tests.contract.test_writing import ask
from tests.serving.asgi import Caller
from tests.serving.tiny import CHANNELS, IDS, TODAY, write_tiny_snapshot

BEFORE = "2026-01-02T08:00:00"
NO = {"customer_id": "C-1", "channel": "email", "purpose": "contact", "granted": False}


@pytest.fixture
def two(own, worker_of):
    return worker_of(own), worker_of(own)


def open_channels(worker, who):
    return {one["channel"] for one in ask(worker, "channel_preference", customer_ids=[who])[0]["contact"] or ()}


def everybody(worker, many=3):
    """Some customers whom every channel reaches."""
    facts = worker.watcher.live.snapshot.facts
    return [who for i, who in enumerate(IDS) if int(facts.allowed[i]) == 7][:many]


@pytest.mark.parametrize("channel", ["emial", "e_mail", "post", "fax", "al", "all_"])
def test_an_objection_on_a_channel_that_does_not_exist_is_refused_with_the_list(two, channel):
    error = ask(two[0], "consent", 400, **{**NO, "channel": channel})
    assert (error["code"], error["field"]) == ("unknown_channel", "channel")
    assert {*CHANNELS, "sms", "all"} <= set(error["message"].removesuffix(".").replace(",", "").split())
    many = ask(two[0], "consent", 400, consents=[NO, {**NO, "channel": channel}])
    assert many["field"] == "consents[1].channel"
    assert two[0].state.consents_of("C-1") == []  # all or none


@pytest.mark.parametrize("channel", ["MAIL", "mail ", "", "E-Mail"])
def test_a_channel_is_a_plain_word(two, channel):
    assert ask(two[0], "consent", 400, **{**NO, "channel": channel})["field"] == "channel"


def test_all_means_all(two):
    who, *_ = everybody(two[0])
    assert open_channels(two[0], who) == set(CHANNELS)
    ask(two[0], "consent", **{**NO, "customer_id": who, "channel": "all"})
    assert open_channels(two[1], who) == set()
    ask(two[1], "consent", **{**NO, "customer_id": who, "channel": "mail", "granted": True})
    assert open_channels(two[0], who) == {"mail"}
    ask(two[1], "consent", **{**NO, "customer_id": who, "channel": "all", "granted": True})
    assert open_channels(two[0], who) == set(CHANNELS)


def test_profiling_withdrawn_on_all_channels_suppresses_until_it_is_given_back_on_all(two):
    word = {**NO, "channel": "all", "purpose": "profiling"}
    ask(two[0], "consent", **word)
    for channel, status in (("email", "suppressed"), ("all", "ok")):
        ask(two[0], "consent", **{**word, "channel": channel, "granted": True})
        assert ask(two[1], "churn", customer_ids=["C-1"])[0]["status"] == status


def test_a_thousand_words_at_once_are_kept_in_one_piece(two):
    rows = [{**NO, "customer_id": f"C-{i % 400}", "channel": CHANNELS[i % 3]} for i in range(1_000)]
    found = ask(two[0], "consent", consents=rows)
    assert [one["customer_id"] for one in found] == [row["customer_id"] for row in rows]
    assert {one["status"] for one in found} == {"ok"}
    assert two[1].state.read("SELECT count(*) FROM consents") == [(1_000,)]
    assert ask(two[0], "consent", 400, consents=[NO] * 1_001)["field"] == "consents"
    assert ask(two[0], "consent", 400, consents=[])["field"] == "consents"
    for body in (
        {},
        {**NO, "consents": [NO]},
        {"customer_id": "C-1"},
        {"consents": [NO], "happened_at": f"{TODAY}T01:00:00"},
    ):
        assert ask(two[0], "consent", 400, **body)["field"] == "body"


def test_words_are_dated_and_the_latest_counts_however_they_arrive(two):
    who, *_ = everybody(two[0])
    said = {**NO, "customer_id": who}
    ask(two[0], "consent", **said, happened_at=f"{TODAY}T10:00:00")
    ask(two[1], "consent", **{**said, "granted": True}, happened_at=f"{TODAY}T09:00:00")
    assert "email" not in open_channels(two[0], who)
    ask(two[1], "consent", **{**said, "granted": True}, happened_at=f"{TODAY}T10:00:00")
    assert "email" not in open_channels(two[1], who)  # of two at one moment the refusal
    ask(two[1], "consent", **{**said, "granted": True}, happened_at=f"{TODAY}T02:30:00Z")  # 10:30 in the shop's zone
    assert "email" in open_channels(two[0], who)
    assert ask(two[0], "consent", 400, **said, happened_at="2026-02-01T00:00:00")["field"] == "happened_at"


def test_a_consent_from_before_the_night_does_not_lift_what_the_night_weighed(two):
    before = {**NO, "purpose": "profiling"}
    ask(two[0], "consent", **before)
    ask(two[0], "consent", **{**before, "granted": True}, happened_at="2025-01-01T00:00:00")
    assert ask(two[1], "churn", customer_ids=["C-1"])[0]["status"] == "suppressed"


def test_a_word_of_someone_not_yet_known_waits_for_them(own, two):
    word = {**NO, "customer_id": "loyalty-77", "channel": "all", "purpose": "profiling"}
    assert ask(two[0], "consent", **word) == [{"customer_id": "loyalty-77", "status": "ok", "waiting": True}]
    assert "waiting" not in ask(two[0], "consent", **NO)[0]
    told = ask(two[1], "consents", customer_ids=["loyalty-77"])[0]
    assert told["status"] == "unknown_customer" and told["consents"][0]["granted"] is False
    write_tiny_snapshot(own, "later", linked={"loyalty-77": "C-7"})  # a night finds out whose it is
    for worker in two:
        worker.watcher.look()
        assert {one["status"] for one in ask(worker, "churn", customer_ids=["C-7", "loyalty-77"])} == {"suppressed"}


def test_what_was_said_is_read_back_also_of_those_who_are_not_profiled(two):
    who, *_ = everybody(two[0])
    rows = [{**NO, "customer_id": who}, {**NO, "customer_id": who, "granted": True, "happened_at": BEFORE},
            {**NO, "customer_id": "C-0", "channel": "all", "purpose": "profiling"}]  # fmt: skip
    ask(two[0], "consent", consents=rows)
    ask(two[0], "erase", customer_id="C-9")
    answer = Caller(two[1].application).post("/v1/consents", json={"customer_ids": [who, "loyalty-0", "C-9", "C-8"]})
    answers.ConsentsAnswer.model_validate_json(answer.content)
    first, linked, erased, silent = answer.json()["results"]
    assert [(one["channel"], one["granted"]) for one in first["consents"]] == [("email", False)]
    assert (first["status"], set(first["channels"])) == ("ok", {"mail", "wechat"})
    assert (linked["status"], linked["consents"][0]["channel"]) == ("suppressed", "all")
    assert erased == {"customer_id": "C-9", "status": "unknown_customer"}
    assert silent["consents"] == []


def test_an_objection_of_an_erased_person_is_not_kept(two):
    ask(two[0], "erase", customer_id="C-9")
    assert ask(two[1], "consent", **{**NO, "customer_id": "C-9"})[0]["status"] == "unknown_customer"
    assert two[0].state.read("SELECT count(*) FROM consents") == [(0,)]
