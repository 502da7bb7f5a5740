"""A decision as a person reads it."""

import pytest

from perennial.telling import Told, tell_customer
from serving.answers import (
    ChannelPreference,
    Contact,
    Decision,
    Item,
    ItemReason,
    NextOrder,
    NextPurchase,
    Offer,
    Promotion,
    Reason,
    Recommendation,
    Scores,
)

ABOUT = {"customer_id": "7", "status": "ok", "eligible": True}
REASON = Reason(
    code="longer_silence",
    feature="days_since_order",
    value=41,
    effect=1.21,
    changeable=False,
    text="41 days of silence",
)


def _told(**changes: object) -> Told:
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
        "rung": "gradient_boosting",
        "why": "at risk and worth it",
        **changes,
    }
    order = NextOrder(p10="2026-06-03", p50="2026-06-20", p90=None)
    return Told(
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
    tell_customer("Customer 7", _told(), "CNY", {"P1": "green tea"})
    printed = " ".join(capsys.readouterr().out.split())
    for told in (
        "win back voucher: BACK8 by mail, 2026-06-01T19:00+08:00; costs 8.00 CNY, worth 11.40 CNY net",
        "71% that no order comes (gradient boosting)",
        "↑ 41 days of silence (+1.21)",
        "1 in 10 by 2026-06-03, half by 2026-06-20, 9 in 10 later than foreseen",
        "in 28d: 1.2 shopping days, 84.20 CNY spent",
        "may be written to by mail, best at 19:00; promoted purchases come through display 60%, mailer 40%",
        "green tea – bought 5 times",
    ):
        assert told in printed


def test_leaving_alone_names_stage_and_arm(capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(action="leave_alone", channel=None, offer=None, send_at=None, stage="loyal", arm="holdout")
    tell_customer("Customer 7", told, "CNY", {})
    assert "leave alone (stage loyal, arm holdout)" in capsys.readouterr().out


def test_nobody_known_gets_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = {"customer_id": "x", "status": "unknown_customer"}
    told = Told(Decision(**nobody), NextPurchase(**nobody), ChannelPreference(**nobody), Recommendation(**nobody))
    tell_customer("Customer x", told, "CNY", {})
    printed = capsys.readouterr().out
    assert "unknown_customer: no number" in printed
    assert "%" not in printed
