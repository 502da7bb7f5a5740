"""Who may be written to: consent, basis, objection and reach, each as it was known."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from features.channels import Channels, default
from features.reach.allowed_channels import allowed_channels, best_hours
from features.shop import ShopSettings
from tests.shops import by_mail, make_shop

CUTOFF = datetime(2026, 6, 1)
MAY, APRIL = datetime(2026, 5, 10, 12), datetime(2026, 4, 10, 12)


def _order(customer: str, at: datetime, number: int = 1) -> dict[str, Any]:
    return {"order_id": f"{customer}{number}", "customer_id": customer, "happened_at": at, "amount": 5}


def _message(customer: str, at: datetime = APRIL, channel: str = "mail") -> dict[str, Any]:
    return {"message_id": f"m-{customer}", "customer_id": customer, "happened_at": at, "channel": channel}


def _consent(customer: str, granted: bool, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "channel": "mail",
        "purpose": "contact",
        "granted": granted,
        "happened_at": at,
        **more,
    }


def _allowed(folder: Path, basis: bool = True, **tables: Any) -> list[tuple[str, str]]:
    people = sorted({row["customer_id"] for rows in tables.values() for row in rows if "customer_id" in row})
    shop = make_shop(folder, orders=[_order(person, APRIL) for person in people], **tables)
    shop = replace(shop, settings=ShopSettings(channels=by_mail("existing customers" if basis else None)))
    return [(row["customer_id"], row["channel"]) for row in allowed_channels(shop, CUTOFF).to_pylist()]


def test_a_basis_and_a_recent_message_suffice(tmp_path: Path) -> None:
    assert _allowed(tmp_path, messages=[_message("a"), _message("b", channel="email")]) == [("a", "mail")]


def test_without_a_basis_only_consent_counts(tmp_path: Path) -> None:
    messages = [_message("a"), _message("b")]
    assert _allowed(tmp_path, basis=False, messages=messages, consents=[_consent("b", True, APRIL)]) == [("b", "mail")]


def test_the_latest_consent_known_before_the_cutoff_decides(tmp_path: Path) -> None:
    consents = [
        _consent("withdrew", True, APRIL), _consent("withdrew", False, MAY),
        _consent("tie", True, MAY), _consent("tie", False, MAY),
        _consent("too late", False, MAY, known_at=CUTOFF),
    ]  # fmt: skip
    messages = [_message(name) for name in ("withdrew", "tie", "too late")]
    assert _allowed(tmp_path, messages=messages, consents=consents) == [("too late", "mail")]


def test_an_unsubscribe_is_an_objection_until_a_later_consent(tmp_path: Path) -> None:
    responses = [{"message_id": f"m-{name}", "kind": "unsubscribe", "happened_at": MAY} for name in ("gone", "back")]
    consents = [_consent("back", True, datetime(2026, 5, 20)), _consent("gone", True, APRIL)]
    messages = [_message("gone"), _message("back")]
    assert _allowed(tmp_path, messages=messages, responses=responses, consents=consents) == [("back", "mail")]


def test_a_word_on_profiling_is_none_on_contact(tmp_path: Path) -> None:
    consents = [
        _consent("granted", True, APRIL), _consent("granted", False, MAY, purpose="profiling"),
        _consent("profiled", True, APRIL, purpose="profiling"),
    ]  # fmt: skip
    messages = [_message("granted"), _message("profiled")]
    assert _allowed(tmp_path, basis=False, messages=messages, consents=consents) == [("granted", "mail")]


def test_a_bounce_or_a_year_of_silence_ends_reach(tmp_path: Path) -> None:
    bounce = [{"message_id": "m-bounced", "kind": "bounce", "happened_at": MAY}]
    messages = [_message("bounced"), _message("old", datetime(2025, 5, 1)), _message("fine")]
    assert _allowed(tmp_path, messages=messages, responses=bounce) == [("fine", "mail")]


def test_an_identity_of_the_channels_kind_reaches(tmp_path: Path) -> None:
    mark = {"source": "test-shop", "source_customer_id": "a", "kind": "address", "value": "hash", "happened_at": APRIL}
    shop = make_shop(tmp_path, orders=[_order("a", APRIL)], identities=[mark])
    shop = replace(shop, settings=ShopSettings(channels=by_mail()))
    assert allowed_channels(shop, CUTOFF).to_pylist() == [{"customer_id": "a", "channel": "mail"}]


def test_an_identity_reaches_the_channels_that_name_its_kind_and_else_the_one_of_its_name(tmp_path: Path) -> None:
    marks = [
        {"source": "test-shop", "source_customer_id": who, "kind": kind, "value": "hash", "happened_at": APRIL}
        for who, kind in (("a", "Phone"), ("b", "beacon"), ("c", "line"))
    ]
    shop = make_shop(tmp_path, orders=[_order(who, APRIL) for who in "abc"], identities=marks)
    names = ("sms", "whatsapp", "beacon", "line")
    stated = {name: replace(default(name), contact="existing customers") for name in names}
    stated["line"] = replace(stated["line"], reached_by=("phone",))
    shop = replace(shop, settings=ShopSettings(channels=Channels(stated)))
    found = [(row["customer_id"], row["channel"]) for row in allowed_channels(shop, CUTOFF).to_pylist()]
    assert found == [("a", "line"), ("a", "sms"), ("a", "whatsapp"), ("b", "beacon"), ("c", "line")]


def test_the_best_hour_is_the_most_frequent_and_midnights_say_nothing(tmp_path: Path) -> None:
    moments = [datetime(2026, 5, day, hour) for day, hour in ((1, 19), (2, 19), (3, 8), (4, 0), (5, 0), (6, 0))]
    orders = [_order("a", at, number) for number, at in enumerate(moments)]
    dated = [_order("b", datetime(2026, 5, 1))]
    shop = make_shop(tmp_path, orders=orders + dated)
    assert best_hours(shop, CUTOFF).to_pylist() == [{"customer_id": "a", "hour": 19}]


def test_a_word_on_all_channels_is_one_on_each(tmp_path: Path) -> None:
    consents = [
        _consent("no", True, APRIL), _consent("no", False, MAY, channel="all"),
        _consent("but mail", False, APRIL, channel="all"), _consent("but mail", True, MAY),
        _consent("yes", True, MAY, channel="all"),
    ]  # fmt: skip
    messages = [_message(name) for name in ("no", "but mail", "yes")]
    messages += [{**_message(name, channel="pigeon"), "message_id": f"p-{name}"} for name in ("no", "but mail", "yes")]
    assert _allowed(tmp_path, basis=False, messages=messages, consents=consents) == [
        ("but mail", "mail"), ("yes", "mail"), ("yes", "pigeon"),
    ]  # fmt: skip


def test_who_buys_at_night_is_written_to_at_the_best_hour_of_the_day(tmp_path: Path) -> None:
    at = [datetime(2026, 5, day, 2, 30) for day in (1, 2, 3)] + [datetime(2026, 5, 4, 11, 5), datetime(2026, 5, 5, 3)]
    shop = make_shop(tmp_path, orders=[_order("owl", one, i) for i, one in enumerate(at)] + [_order("late", at[0], 9)])
    assert best_hours(shop, CUTOFF).to_pylist()[0] == {"customer_id": "late", "hour": 2}
    assert best_hours(shop, CUTOFF, usable=range(9, 21)).to_pylist() == [{"customer_id": "owl", "hour": 11}]
    assert best_hours(shop, CUTOFF, usable=()).num_rows == 0
