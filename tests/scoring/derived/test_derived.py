import numpy as np
import pytest

from scoring.derived.derived import BUY_TILL_YOU_DIE, DERIVED, derivations, needed_columns
from scoring.derived.derived import derive as derive_from
from scoring.errors import ReleaseError
from tests.serving.synthetic_models import NAMES, PARAMETERS, rows


def columns():
    return dict(zip(NAMES, rows().astype(float).T, strict=True))


def derive(names, columns, parameters):
    return derive_from(derivations(names, parameters), columns, parameters)


def test_columns_come_in_the_order_asked_for_and_agree_with_one_another():
    orders, value, spend = derive(["btyd_orders", "btyd_value", "btyd_spend"], columns(), PARAMETERS).T
    np.testing.assert_allclose(spend, orders * value)
    assert (orders > 0).all()
    again = derive(["btyd_spend", "btyd_orders"], columns(), PARAMETERS)
    np.testing.assert_array_equal(again[:, 0], spend)


def test_more_silence_alone_never_promises_more():
    """The monotone constraints of training rely on it."""
    some = columns()
    longer = {**some, "days_since_order": np.minimum(some["days_since_order"] * 1.3, some["days_since_first_order"])}
    before = dict(zip(BUY_TILL_YOU_DIE, derive(BUY_TILL_YOU_DIE, some, PARAMETERS).T, strict=True))
    after = dict(zip(BUY_TILL_YOU_DIE, derive(BUY_TILL_YOU_DIE, longer, PARAMETERS).T, strict=True))
    assert (after["btyd_no_order"] >= before["btyd_no_order"] - 1e-9).all()
    for falling in ("btyd_orders", "btyd_alive", "btyd_spend"):
        assert (after[falling] <= before[falling] + 1e-9).all()


def test_a_shrunk_is_own_past_and_a_part_of_the_shop():
    parameters = {"promotion_recent": 0.25, "promotion_strength": 20.0, "promotion_share_mailer": 0.6}
    past = {"mailer_credit": np.array([8.0, np.nan]), "mailer_credit_90d": np.array([4.0, np.nan])}
    found = derive(["promotion_shrunk_mailer"], past, parameters)[:, 0]
    assert found == pytest.approx([0.75 * 8 + 0.25 * 4 + 12, 12])


def test_an_unknown_derived_feature_is_refused():
    with pytest.raises(ReleaseError, match="'btyd_luck' is not a derived feature"):
        derive(["btyd_luck"], columns(), PARAMETERS)
    assert needed_columns(derivations(["btyd_spend"], PARAMETERS)) == DERIVED["btyd_spend"].needs


def test_odds_of_an_answer_shrunk_on_the_channels_mean():
    """Three of twenty answered, and nobody was ever written to."""
    columns = {
        "mail_messages_365d": np.array([20.0, 0.0, np.nan]),
        "mail_answers_365d": np.array([3.0, 0.0, np.nan]),
        "mail_messages": np.array([40.0, 0.0, np.nan]),  # nine of forty ever
        "mail_answers": np.array([9.0, 0.0, np.nan]),
    }
    for recent, answers, sends in ((1.0, 3, 20), (0.0, 9, 40), (0.25, 7.5, 35)):
        parameters = {"contact_mean_mail": 0.05, "contact_recent_mail": recent, "contact_strength_mail": 4.0}
        odds = derive(("contact_odds_mail",), columns, parameters)[:, 0]
        expected = [(answers + 4 * 0.05) / (sends + 4), 0.05, 0.05]
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(expected)


def test_few_sends_shrunk_on_those_who_buy_through_the_same_channel():
    """Two buy in the app, one in stores, one nowhere known; the level makes of all answers those that count."""
    homes = {
        "app_orders_365d": np.array([3.0, 3.0, 1.0, np.nan]),
        "store_orders_365d": np.array([1.0, 0.0, 2.0, 0.0]),
    }
    sends = {
        "push_messages_365d": np.array([20.0, 0.0, 0.0, 0.0]),
        "push_answers_365d": np.array([6.0, 0.0, 0.0, 0.0]),
    }
    sends |= {name.removesuffix("_365d"): values for name, values in sends.items()}
    parameters = {
        "contact_home.push.app": 0.4,
        "contact_home.push.store": 0.02,
        "contact_homeless.push": 0.1,
        "contact_home.push2.app": 0.9,
        "contact_level_push": 0.5,
        "contact_recent_push": 0.5,
        "contact_strength_push": 10.0,
    }
    odds = derive(("contact_shrunk_push",), {**homes, **sends}, parameters)[:, 0]
    assert 1 / (1 + np.exp(-odds)) == pytest.approx([0.5 * (6 + 10 * 0.4) / 30, 0.5 * 0.4, 0.5 * 0.02, 0.5 * 0.1])


def test_a_shrunk_fitted_by_an_earlier_version_says_so():
    with pytest.raises(ReleaseError, match=r"was fitted by an earlier version\. Train channel_preference again"):
        derivations(["contact_shrunk_push"], {"contact_mean_push_app": 0.4, "contact_level_push": 1.0})
