"""A decision as a person reads it."""

import re

import pytest
from rich.cells import cell_len

from perennial.terminal.printing import hang
from perennial.terminal.telling import ToldOf, tell_customer
from perennial.terminal.words import words_of
from serving.contract.decision_answer import Decision, Offer, Reason, Scores
from serving.contract.responses import (
    ChannelPreference,
    Contact,
    Item,
    ItemReason,
    NextOrder,
    NextPurchase,
    Promotion,
    Recommendation,
)

EN, ZH = words_of("en"), words_of("zh")
ABOUT = {"customer_id": "7", "status": "ok", "eligible": True}
REASON = Reason(
    code="longer_silence",
    feature="days_since_order",
    value=41,
    effect=1.21,
    changeable=False,
    text="41 days of silence",
)


def _told(**changes: object) -> ToldOf:
    decision = {
        **ABOUT,
        "action": "win_back_voucher",
        "channel": "mail",
        "send_at": "2026-06-01T19:00+08:00",
        "offer": Offer(code="BACK8", cost="8.00"),
        "expected_net_value": "11.40",
        "stage": "at_risk",
        "reasons": [REASON],
        "scores": Scores(churn_probability=0.71, expected_spend="84.20", uplift=None),
        "arm": "policy",
        "model_kind": "gradient_boosting",
        "why": "at risk and worth it",
        **changes,
    }
    order = NextOrder(p10="2026-06-03", p50="2026-06-20", p90=None)
    return ToldOf(
        Decision(**decision),
        NextPurchase(**ABOUT, next_order=order, expected_shopping_days=1.25, expected_spend="84.20", horizon="28d"),
        ChannelPreference(
            **ABOUT,
            contact=[Contact(channel="mail", response_probability=None, best_hours=[19], fatigue=None)],
            promotion=[Promotion(kind="display", share=0.6), Promotion(kind="mailer", share=0.4)],
        ),
        Recommendation(
            **ABOUT,
            items=[Item(product_id="P1", kind="repeat", reason=ItemReason(code="bought_often", text="bought 5 times"))],
        ),
    )


def test_everything_asked_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell_customer("Customer 7", _told(), "CNY", {"P1": "green tea"}, EN)
    printed = " ".join(capsys.readouterr().out.split())
    for told in (
        "win back voucher: BACK8 by mail, 1 June 2026, 19:00; costs 8.00 CNY, worth 11.40 CNY net",
        "71% that no order comes (gradient boosting)",
        "↑ 41 days of silence (+1.21)",
        "1 in 10 by 3 June 2026, half by 20 June 2026, 9 in 10 beyond the forecast period",
        "in 28d: 1.2 shopping days, 84.20 CNY spent",
        "may be written to by mail, best at 19:00; promoted purchases come through display 60%, mailer 40%",
        "green tea – bought 5 times",
    ):
        assert told in printed


def test_leaving_alone_names_stage_and_arm(capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(action="leave_alone", channel=None, offer=None, send_at=None, stage="loyal", arm="holdout")
    tell_customer("Customer 7", told, "CNY", {}, EN)
    assert "leave alone (stage loyal, arm holdout)" in capsys.readouterr().out


def test_nobody_known_gets_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = {"customer_id": "x", "status": "unknown_customer"}
    told = ToldOf(Decision(**nobody), NextPurchase(**nobody), ChannelPreference(**nobody), Recommendation(**nobody))
    tell_customer("Customer x", told, "CNY", {}, EN)
    printed = capsys.readouterr().out
    assert "Unknown customer: no score available" in printed
    assert "%" not in printed


def test_a_decision_is_told_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    tell_customer("顾客 7", _told(), "CNY", {"P1": "绿茶"}, ZH)
    printed = "".join(line.strip() for line in capsys.readouterr().out.splitlines())
    for told in (
        "挽回优惠券：2026年6月1日 19:00 经邮寄信函发送 BACK8；成本 8.00 CNY，预期净值 11.40 CNY",
        "71% 的可能不再下单（梯度提升）",
        "十分之一在2026年6月3日前、一半在2026年6月20日前、十分之九超出预测期",
        "可经邮寄信函（19 点最佳）联系；促销购买来自陈列 60%、宣传册 40%",
    ):
        assert told.replace(" ", "") in printed.replace(" ", "")


def test_both_languages_have_the_same_words() -> None:
    assert (EN.sentences.keys(), EN.labels.keys()) == (ZH.sentences.keys(), ZH.labels.keys())
    gaps = [sorted(set(re.findall(r"{(\w+)}", text))) for text in EN.sentences.values()]
    assert gaps == [sorted(set(re.findall(r"{(\w+)}", ZH.sentences[name]))) for name in EN.sentences]


def test_lines_hang_under_their_text_and_are_as_wide_as_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Chinese takes two cells a character, and no line begins with a closing sign."""
    for text in ("word " * 60, "顾客沉默很久了，需要挽回。" * 20):
        hang("  标签", text, 16)
        first, *others = capsys.readouterr().out.splitlines()
        assert first.startswith("  标签") and len(others) > 1
        assert all(line.startswith(" " * 16) and line[16] not in "，。 " for line in others)
        assert all(80 < cell_len(line) <= 120 for line in (first, *others[:-1]))
