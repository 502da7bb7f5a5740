"""Who was in touch but never ordered: known, told as a prospect, and given no number nobody has modelled."""

import pytest
from prometheus_client import CollectorRegistry

from serving.contract import responses
from serving.http.metrics import Metrics
from serving.worker import Worker
from tests.contract.conftest import no_preflight
from tests.contract.test_writing import ask
from tests.serving.asgi import Caller
from tests.serving.tiny import TODAY, settings_of, write_home

AT = f"{TODAY}T10:00:00"
VISIT = {"customer_id": "new-1", "happened_at": AT, "channel": "web", "kind": "visit"}
TICKET = {"ticket_id": "t", "customer_id": "new-2", "happened_at": AT}
ORDER = {"order_id": "n", "customer_id": "new-3", "happened_at": AT, "amount": "8.00"}
RETURN = {"order_id": "r", "customer_id": "new-4", "happened_at": AT, "amount": "-8.00"}
PROSPECTS = ["new-1", "new-2"]
SHAPES = {
    "churn": (responses.ChurnAnswer, {"probability", "band", "percentile", "baseline", "rest"}),
    "next_purchase": (responses.NextPurchaseAnswer, {"order_probability", "expected_shopping_days", "expected_spend",
                                                     "spend_p10", "spend_p90", "value_12_months", "overdue"}),
    "channel_preference": (responses.ChannelPreferenceAnswer, {"contact", "purchase", "promotion"}),
    "decide": (responses.DecideAnswer, {"channel", "send_at", "offer", "baseline", "rest"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):

    worker = Worker(
        settings_of(write_home(tmp_path_factory.mktemp("prospects"))), Metrics(CollectorRegistry()), no_preflight
    )
    worker.start()
    ask(worker, "events", touchpoints=[VISIT], tickets=[TICKET], orders=[ORDER, RETURN])
    yield worker
    worker.stop()


@pytest.mark.parametrize("call", SHAPES)
def test_a_prospect_is_known_and_gets_no_number(told, call):
    model, unmodelled = SHAPES[call]
    answer = Caller(told.application).post(f"/v1/{call}", json={"customer_ids": [*PROSPECTS, "C-1", "nobody"]})
    model.model_validate_json(answer.content)
    *prospects, known, nobody = answer.json()["results"]
    for one in prospects:
        assert (one["status"], one["eligible"]) == ("ok", False)
        assert {name: one[name] for name in unmodelled} == dict.fromkeys(unmodelled)
    assert known["status"] == "ok" and nobody == {"customer_id": "nobody", "status": "unknown_customer"}


def test_a_prospect_is_left_alone_and_told_why(told):
    one = ask(told, "decide", customer_ids=["new-1"])[0]
    assert (one["stage"], one["action"], one["reasons"], one["expected_net_value"]) == (
        "prospect",
        "leave_alone",
        [],
        "0.00",
    )
    assert one["why"] == "no order yet, so no model can score them" or one["arm"] == "holdout"
    assert set(one["scores"].values()) == {None}


def test_a_prospect_has_a_profile_and_recommendations(told):
    one = ask(told, "profile", customer_id="new-1")[0]
    assert one["stage"] == "prospect" and "touchpoints" in {entry["what"] for entry in one["timeline"]}
    assert one["scores"]["churn"]["probability"] is None
    items = ask(told, "recommend", customer_ids=["new-1"], k=3)[0]["items"]
    assert len(items) == 3 and {item["kind"] for item in items} == {"discovery"}


def test_a_first_order_makes_a_customer_and_a_return_alone_does_not(told):
    bought, returned = ask(told, "churn", customer_ids=["new-3", "new-4"])
    assert bought["eligible"] and 0 < bought["probability"] < 1
    assert returned["status"] in ("ok", "unknown_customer")
