"""A broken checkout is one episode, at its device, in its days, with its money; a quiet shop has none."""

from datetime import timedelta
from pathlib import Path

import pytest

from insights.episodes.episodes import episodes
from insights.known import Period, known_shop
from tests.insights.episodes.broken_checkout import AT, BEGIN, END, broken_checkout
from tests.shops import make_shop

QUARTER = Period(AT - timedelta(days=91), AT)


def test_a_broken_checkout_is_told_once_where_and_when_it_was(tmp_path: Path) -> None:
    tables = broken_checkout()
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        (found,) = episodes(known, QUARTER)  # the steps that fell and the total that rose are its echo
    failed = [row for row in tables["touchpoints"] if row["kind"] == "payment_failed"
              and row["device"] == "tablet" and BEGIN <= row["happened_at"] < END]  # fmt: skip
    assert (found.what, found.place) == ("payment_failures", {"channel": "web", "device": "tablet"})
    assert (found.since, found.until) == (BEGIN, END)
    assert found.count == len(failed)
    assert found.usual == pytest.approx(0.03, abs=0.015)
    assert found.money == pytest.approx(-50.0 * found.more)


def test_a_quiet_shop_has_none(tmp_path: Path) -> None:
    with known_shop(make_shop(tmp_path, **broken_checkout(fails=0.03)), AT) as known:
        assert episodes(known, QUARTER) == []


def test_what_was_not_known_yet_is_not_told(tmp_path: Path) -> None:
    tables = broken_checkout()
    for row in tables["touchpoints"]:
        late = row["kind"] == "payment_failed" and row["happened_at"] >= BEGIN
        row["known_at"] = AT if late else row["happened_at"]
    with known_shop(make_shop(tmp_path, **tables), AT) as known:
        assert [one.what for one in episodes(known, QUARTER)] != ["payment_failures"]


def test_a_shop_of_orders_alone_is_looked_at_too(tmp_path: Path) -> None:
    orders = [{name: row[name] for name in ("order_id", "customer_id", "happened_at", "amount")}
              for row in broken_checkout()["orders"]]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=orders), AT) as known:
        assert episodes(known, QUARTER) == []
