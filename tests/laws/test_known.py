"""What becomes known at a cutoff or later changes nothing that is said at it, whoever says it."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import features
from features.products.alike import alike
from features.products.co_purchase import companions, popular_in_segments, segments
from features.products.own_and_popular import last_stores, missing_products, own_products, popular_products
from features.products.product_stats import assortment, order_counts
from features.reach.allowed_channels import allowed_channels, best_hours, withdrawn_profiling
from features.reach.best_hours import hours_by_weekday
from features.reach.logged_sends import last_answered, logged_sends
from features.shop import Shop
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)
PEOPLE = [f"c{i}" for i in range(30)]
READERS: dict[str, Callable[[Shop], Any]] = {
    one.__name__: partial(lambda read, shop: read(shop, CUTOFF).to_pylist(), one)
    for one in (
        *(own_products, popular_products, missing_products, last_stores, companions, assortment, order_counts),
        *(allowed_channels, withdrawn_profiling, best_hours),
    )
}
READERS["alike"] = lambda shop: alike(own_products(shop, CUTOFF)).to_pylist()
READERS["popular_in_segments"] = lambda shop: _in_segments(own_products(shop, CUTOFF), assortment(shop, CUTOFF))
READERS["hours_by_weekday"] = lambda shop: hours_by_weekday(shop, CUTOFF, pa.array(PEOPLE), ("open",)).tolist()
READERS["last_answered"] = lambda shop: last_answered(shop, CUTOFF, ("open",)).to_pylist()
READERS["logged_sends"] = lambda shop: logged_sends(
    shop, CUTOFF - timedelta(days=60), 28, CUTOFF, ("open",)
).to_pylist()


def _in_segments(own: pa.Table, goods: pa.Table) -> Any:
    return popular_in_segments(own, segments(own, goods.select(["product_id", "category"]))).to_pylist()


def world(seed: int = 3) -> dict[str, list[dict[str, Any]]]:
    """A shop of thirty people with something in every table that is read at a cutoff."""
    chance = random.Random(seed)
    moment = lambda: CUTOFF - timedelta(days=chance.randint(1, 120), hours=chance.randint(0, 20))  # noqa: E731
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
    tables["products"] = [{"product_id": f"p{i}", "category": f"k{i % 3}"} for i in range(12)]
    for i in range(240):
        who = chance.choice(PEOPLE)
        tables["orders"].append(
            {"order_id": f"o{i}", "customer_id": who, "happened_at": moment(), "amount": 9, "store_id": f"s{i % 3}"}
        )
        tables["order_lines"] += [{"order_id": f"o{i}", "product_id": f"p{chance.randint(0, 11)}"} for _ in range(3)]
        send = {"message_id": f"m{i}", "customer_id": who, "happened_at": moment(), "channel": "mail"}
        tables["messages"].append({**send, "propensity": 0.5, "arm": "explore"})
        if i % 3:
            tables["responses"].append(
                {"message_id": f"m{i}", "kind": "open", "happened_at": send["happened_at"] + timedelta(hours=2),
                 "is_machine": False}
            )  # fmt: skip
    for who in PEOPLE:
        for purpose in ("contact", "profiling"):
            tables["consents"].append(
                {"customer_id": who, "channel": "mail", "purpose": purpose, "granted": chance.random() < 0.6,
                 "happened_at": moment()}
            )  # fmt: skip
    for i in range(36):
        level = {"store_id": f"s{i % 3}", "product_id": f"p{i % 12}", "quantity": chance.randint(0, 2)}
        tables["stock"].append({**level, "happened_at": moment()})
    return tables


NAMES = ("orders", "order_lines", "messages", "responses", "consents", "stock")


def later(known: datetime) -> dict[str, list[dict[str, Any]]]:
    """Rows of long ago that become known at a moment; each would change what is said, if it were known."""
    when = {"happened_at": CUTOFF - timedelta(days=2, hours=3), "known_at": known}
    return {
        "orders": [
            {"order_id": f"x{who}", "customer_id": who, "amount": 1, "store_id": "s9", **when} for who in PEOPLE
        ],
        "order_lines": [{"order_id": f"x{who}", "product_id": f"p{i}"} for who in PEOPLE for i in (0, 1)],
        "messages": [
            {
                "message_id": f"x{who}",
                "customer_id": who,
                "channel": "mail",
                "propensity": 0.5,
                "arm": "explore",
                **when,
            }
            for who in PEOPLE
        ],
        "responses": [
            {"message_id": f"x{who}", "kind": kind, "is_machine": False, **when}
            for who in PEOPLE
            for kind in ("open", "bounce")
        ],
        "consents": [
            {"customer_id": who, "channel": "mail", "purpose": purpose, "granted": False, **when}
            for who in PEOPLE
            for purpose in ("contact", "profiling")
        ],
        "stock": [{"store_id": f"s{i % 3}", "product_id": f"p{i % 12}", "quantity": 0, **when} for i in range(36)],
    }


def rounded(said: Any) -> Any:
    """Sums in floating point differ in their last digits from run to run."""
    if isinstance(said, list):
        return [rounded(one) for one in said]
    if isinstance(said, dict):
        return {name: rounded(one) for name, one in said.items()}
    return round(said, 9) if isinstance(said, float) else said


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Callable[[datetime | None], dict[str, Any]]:
    """What every reader says at the cutoff, of the world and of what became known at a moment besides."""

    def read(known: datetime | None) -> dict[str, Any]:
        tables = world()
        for name, rows in (later(known) if known else {}).items():
            tables[name] = [*tables[name], *rows]
        shop = make_shop(tmp_path_factory.mktemp("known"), **tables)
        return {name: rounded(reader(shop)) for name, reader in READERS.items()}

    found = {known: read(known) for known in (None, CUTOFF, CUTOFF - timedelta(microseconds=1))}
    return found.__getitem__


@pytest.mark.parametrize("name", READERS)
def test_what_becomes_known_on_the_cutoff_changes_nothing(name: str, said: Callable[..., dict[str, Any]]) -> None:
    assert said(CUTOFF)[name] == said(None)[name]


@pytest.mark.parametrize("name", sorted(set(READERS) - {"hours_by_weekday", "logged_sends", "last_answered"}))
def test_a_microsecond_earlier_it_counts(name: str, said: Callable[..., dict[str, Any]]) -> None:
    assert said(CUTOFF - timedelta(microseconds=1))[name] != said(None)[name]


def test_one_file_says_what_is_known() -> None:
    """No other file of features compares a clock with a cutoff to tell what was known; an outcome has its own rule."""
    rule = re.compile(r"(shown_at|known_at)\s*<=?[^=]|greatest\([^)]*known_at")
    root = Path(features.__file__).parent
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if rule.search(path.read_text()) and "ingest" not in path.parts
    }
    assert found - {"build/outcomes.py"} == {"known.py"}
