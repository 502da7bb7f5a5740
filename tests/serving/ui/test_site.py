"""Who gets in, and what whoever does not gets instead."""

import json
import logging
import re
from datetime import timedelta

import pytest

from scoring import clock
from serving.http.api_keys import add_key, remove_key
from serving.ui import sessions
from serving.ui.forms import MOST_BYTES
from serving.ui.sessions import form_token
from serving.ui.site import cookie_name
from tests.serving.asgi import Caller
from tests.serving.tiny import SHOP
from tests.serving.ui.visitor import Visitor

START = "/ui/today"
SESSION = cookie_name("session", SHOP)


def is_refused(seen):
    return seen.status == 303 and seen.header("location") == "/ui/sign-in" and seen.body == b""


@pytest.mark.parametrize("path", ["/ui", "/ui/", START, "/ui/report/file", "/ui/nowhere", "/ui/../v1/profile"])
def test_without_a_session_every_page_leads_to_the_sign_in(worker, key, path):
    assert is_refused(Visitor(worker.application).get(path))


def test_without_any_key_the_pages_stay_closed_and_say_how_to_make_one(worker):
    visitor = Visitor(worker.application)
    assert is_refused(visitor.get(START))
    assert "perennial keys add anna ui" in visitor.get("/ui/sign-in").told
    assert visitor.post("/ui/sign-in", key="").status == 401
    assert visitor.post("/ui/sign-in", key="pk_guess").status == 401
    assert is_refused(visitor.get(START))


def test_a_key_of_scope_ui_signs_in_and_out(worker, key):
    visitor = Visitor(worker.application)
    seen = visitor.sign_in(f" {key} ")
    assert (seen.status, seen.header("location")) == (303, START)
    session = next(told for told in seen.cookies if told.startswith(f"{SESSION}="))
    assert re.fullmatch(rf"{SESSION}=[\w-]{{43}}; Path=/ui; HttpOnly; SameSite=Strict", session)
    page = visitor.get(START)
    assert page.status == 200 and visitor.get("/ui/").header("location") == START
    held = dict(visitor.cookies)
    assert is_refused(visitor.post("/ui/sign-out"))
    assert SESSION not in visitor.cookies
    visitor.cookies = held
    assert is_refused(visitor.get(START)), "a session that was ended is open to who kept its cookie"


def test_through_https_the_cookies_go_back_through_nothing_else(worker, key):
    visitor = Visitor(worker.application)
    for seen in (
        visitor.request("GET", "/ui/sign-in?lang=zh", b"", scheme="https"),
        visitor.request("GET", "/ui/sign-in?lang=zh", b"", headers={"x-forwarded-proto": "https"}),
    ):
        assert len(seen.cookies) == 2 and all("; Secure" in told for told in seen.cookies)


@pytest.mark.parametrize("scopes", [["read"], ["read", "write", "erase"]])
def test_keys_of_programs_do_not_open_the_pages(worker, key, scopes):
    visitor = Visitor(worker.application)
    seen = visitor.sign_in(add_key(worker.state, "crm", scopes))
    assert seen.status == 403 and "scope ui" in seen.told
    assert is_refused(visitor.get(START))


def test_a_person_s_key_makes_no_calls(worker, key):
    for path, body in (("/v1/churn", {"customer_ids": ["C-1"]}), ("/v1/erase", {"customer_id": "C-1"})):
        assert Caller(worker.application).post(path, json=body, headers={"x-api-key": key}).status_code == 403


def test_a_wrong_key_is_not_repeated(worker, key):
    seen = Visitor(worker.application).sign_in("pk_<b>wrong")
    assert seen.status == 401 and "not known" in seen.told and "wrong<" not in seen.text and "pk_" not in seen.text


def test_wrong_keys_are_bounded_for_each_address(worker, key):
    visitor, other = Visitor(worker.application), Visitor(worker.application, client="10.0.0.9")
    assert [visitor.sign_in("pk_wrong").status for _ in range(11)] == [401] * 10 + [429]
    held = visitor.sign_in(key)
    assert held.status == 429 and 0 < int(held.header("retry-after")) <= 61
    assert other.sign_in(key).status == 303


def test_a_session_is_new_at_every_sign_in(worker, key):
    visitor = Visitor(worker.application)
    visitor.cookies[SESSION] = "planted-by-somebody-else"
    visitor.sign_in(key)
    first = visitor.cookies[SESSION]
    assert first != "planted-by-somebody-else"
    visitor.post("/ui/sign-out")
    visitor.sign_in(key)
    assert visitor.cookies[SESSION] != first


@pytest.mark.parametrize("token", ["", "0" * 64, "ä", form_token("other")])
def test_a_form_without_the_session_s_token_is_refused(visitor, token):
    page = visitor.get(START)
    visitor.token = token
    assert visitor.post("/ui/sign-out").status == 403
    assert visitor.get(START).status == 200
    assert page.token


def test_a_sign_in_form_of_another_page_is_refused(worker, key):
    visitor = Visitor(worker.application)
    visitor.get("/ui/sign-in")
    for cookies, token in (
        ({}, visitor.token),
        (dict(visitor.cookies), "0" * 64),
        ({cookie_name("form", SHOP): ""}, ""),
    ):
        stranger = Visitor(worker.application)
        stranger.cookies, stranger.token = cookies, token
        seen = stranger.post("/ui/sign-in", key=key)
        assert seen.status == 403 and "too old" in seen.told and SESSION not in stranger.cookies


def test_a_changed_cookie_opens_nothing(visitor):
    held = visitor.cookies[SESSION]
    for changed in (held[:-1], held + "A", held.swapcase(), "", "ä", "x" * 5000, f"{held}\x00"):
        visitor.cookies = {SESSION: changed}
        assert is_refused(visitor.get(START))


def test_another_worker_knows_the_session(home, visitor, worker_of):
    other = Visitor(worker_of(home).application)
    other.cookies = dict(visitor.cookies)
    assert other.get(START).status == 200
    visitor.post("/ui/sign-out")
    assert is_refused(other.get(START))


def test_a_session_ends_with_its_key(visitor, worker):
    assert remove_key(worker.state, "anna")
    assert is_refused(visitor.get(START))


def test_a_session_ends_when_its_key_is_made_anew(visitor, worker):
    add_key(worker.state, "anna", ["ui"])
    assert is_refused(visitor.get(START))


def test_a_session_ends_by_a_pause_and_after_a_working_day(visitor, monkeypatch):
    began = clock.now()

    def later(**span):
        monkeypatch.setattr(sessions, "now", lambda: began + timedelta(**span))

    for minutes in (20, 45, 70):  # used again and again it lasts
        later(minutes=minutes)
        assert visitor.get(START).status == 200
    later(minutes=101)
    held = dict(visitor.cookies)
    assert is_refused(visitor.get(START))
    visitor.cookies = held
    later(minutes=80)
    for minutes in range(80, 12 * 60, 25):
        later(minutes=minutes)
        assert visitor.get(START).status == 200
    later(hours=12, minutes=1)
    assert is_refused(visitor.get(START))


def test_every_answer_is_guarded(visitor, worker):
    stranger = Visitor(worker.application)
    for seen in (visitor.get(START), stranger.get("/ui/sign-in"), visitor.get("/ui/nowhere"), stranger.get(START)):
        assert seen.header("cache-control") == "no-store" and seen.header("x-content-type-options") == "nosniff"
        assert seen.header("referrer-policy") == "no-referrer"
        if seen.body:
            policy = seen.header("content-security-policy")
            assert policy.startswith("default-src 'none'; style-src 'sha256-") and "frame-ancestors 'none'" in policy
            assert "script" not in policy and "unsafe" not in policy and "base-uri 'none'" in policy
            assert "<script" not in seen.text and seen.header("x-frame-options") == "DENY"
            assert not re.findall(r"(?:src|href|action)=\"(?!/ui|#|data:,)", seen.text)


def test_pages_that_are_not_there_and_methods_that_are_not_meant(visitor):
    assert visitor.get("/ui/nowhere").status == 404 and visitor.get("/ui/today/").status == 404
    for path in ("/ui/..%2f..%2fetc/passwd", "/ui/report/../../state.db", "/ui//report", "/ui/report/file/x"):
        assert visitor.get(path).status == 404
    refused = visitor.get("/ui/sign-out")
    assert refused.status == 405 and refused.header("allow") == "POST"
    assert visitor.request("DELETE", START, b"").header("allow") == "GET, HEAD"
    head = visitor.request("HEAD", START, b"")
    assert head.status == 200 and head.body == b""


def test_forms_are_bounded_in_size_kind_and_what_they_hold(visitor):
    large = visitor.request("POST", "/ui/sign-out", b"token=" + b"x" * MOST_BYTES)
    assert large.status == 413 and large.header("connection") == "close" and "too large" in large.told
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
        seen = visitor.request("POST", "/ui/sign-out", b"token=x", headers={"content-type": kind})
        assert seen.status == 415
    for content in (b"token=%ff", b"token=\xff", b"&".join(b"a%d=1" % i for i in range(60)), b"token=a%00b"):
        assert visitor.request("POST", "/ui/sign-out", content).status == 400
    assert visitor.get(START + "?lang=%0d%0aSet-Cookie:x=1").status == 400
    assert visitor.get(START + "?lang=xx").cookies == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_speak_the_browser_s_language_or_the_chosen_one(worker, key, language):
    visitor = Visitor(worker.application, language={"en": "zh;q=0.2, en", "zh": "zh-CN, en;q=0.5"}[language])
    told = {"en": "Sign in", "zh": "登录"}
    other = {"en": "zh", "zh": "en"}[language]
    page = visitor.get("/ui/sign-in")
    assert told[language] in page.told and told[other] not in page.told
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in page.text
    assert told[other] in visitor.get(f"/ui/sign-in?lang={other}").told
    assert told[other] in visitor.get("/ui/sign-in").told
    visitor.sign_in(key)
    assert {"en": "Today's list", "zh": "今日名单"}[other] in visitor.get(START).told


def test_nothing_of_keys_or_sessions_stands_in_the_log_or_metrics(visitor, worker, key, caplog):
    with caplog.at_level(logging.INFO, logger="perennial"):
        visitor.sign_in(key)
        visitor.sign_in("pk_wrong")
        visitor.get("/ui/nowhere")
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line["event"] for line in lines] == ["refused"] and lines[0]["call"] == "ui"
    logged = caplog.text + worker.metrics.text().decode()
    assert not [one for one in (key, *visitor.cookies.values(), "pk_wrong", "anna") if one in logged]
    assert 'perennial_requests_total{call="ui_sign_in",status="303"}' in logged


def test_what_fails_is_a_page_too_and_says_nothing(worker, key, monkeypatch):
    visitor = Visitor(worker.application)

    def fail(token):
        raise RuntimeError("C-17 was here")

    monkeypatch.setattr(worker.site._sessions, "is_open", fail)
    seen = visitor.get(START)
    assert seen.status == 500 and "C-17" not in seen.text and "its log says where" in seen.told


def test_before_any_release_is_there_the_pages_say_to_wait(tmp_path, worker_of):
    worker = worker_of(tmp_path)
    visitor = Visitor(worker.application)
    seen = visitor.sign_in(add_key(worker.state, "anna", ["ui"]))
    assert seen.status == 303
    page = visitor.get("/ui/today")
    assert page.status == 503 and "Try again shortly" in page.told and page.header("retry-after") == "5"
    assert visitor.get("/ui/report").status == 200


def test_services_of_two_shops_on_one_machine_have_cookies_of_their_own():
    assert cookie_name("session", "eins") != cookie_name("session", "zwei")
    assert re.fullmatch(r"perennial_session_[0-9a-f]{8}", cookie_name("session", "商店"))
