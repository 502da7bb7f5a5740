"""Small, nasty histories for the laws: moments on the edges of windows, late rows, ties, gaps in every column."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from features.catalog import catalogue

CUTOFFS = (datetime(2026, 3, 2), datetime(2026, 3, 9), datetime(2026, 5, 18))
CUSTOMERS = ("ann", "ben", "cem")

Rows = list[dict[str, Any]]

_DAYS = st.sampled_from([0, 1, 2, 3, 7, 8, 14, 15, 30, 31, 45, 89, 90, 91, 150, 250, 364, 365, 366, 500, -1, -5])
_HOURS = st.sampled_from([0, 0, 9, 12, 17, 18, 23])
_DELAYS = st.sampled_from([None, None, None, 0, 1, 24, 24 * 8, 24 * 40, -24])
_KINDS = (
    *("visit", "view", "search", "add_to_cart", "abandon", "payment_failed", "read", "try_on", "consult"),
    *("review", "share", "invite", "purchase", "login"),
)
# Names of shops: of one script or another, alike but for a capital, with what no column may be called.
SALES = ("web", "Web", "微信 小程序", "live", "till.2`x")
CONTACT = ("email", "WhatsApp", "线上客服")
TOUCHED = ("web", "app", "展厅 1")
DEVICES = ("phone", "iPad Pro")
COLUMNS = catalogue(
    {
        "orders.channel": SALES,
        "messages.channel": CONTACT,
        "touchpoints.channel": TOUCHED,
        "touchpoints.device": DEVICES,
    }
)
_CHANNELS = st.sampled_from([*SALES, "phone", None])


def _moments(**row: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of a customer with both clocks: some known late, a few before they happened."""
    clock = st.tuples(st.sampled_from(CUTOFFS), _DAYS, _HOURS, _DELAYS)
    return st.tuples(st.sampled_from(CUSTOMERS), clock, st.fixed_dictionaries(row)).map(_row)


def _row(drawn: tuple[str, tuple[datetime, int, int, int | None], dict[str, Any]]) -> dict[str, Any]:
    customer, (cutoff, days, hours, delay), rest = drawn
    happened = cutoff - timedelta(days=days) + timedelta(hours=hours)
    known = happened + timedelta(hours=delay or 0)
    return {"customer_id": customer, "happened_at": happened, "known_at": known, **rest}


def _maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([*values, None])


def _numbered(rows: st.SearchStrategy[dict[str, Any]], key: str, most: int) -> st.SearchStrategy[Rows]:
    listed = st.lists(rows, min_size=most // 2, max_size=most)
    return listed.map(lambda rows: [{key: f"{key[0]}{n}", **row} for n, row in enumerate(rows)])


_ORDERS = _numbered(
    _moments(
        amount=st.sampled_from([0, 1.5, 3.33, 20, 20, 99.99, -5, -20]),
        discount=_maybe(0, 1, 2.5),
        shipping=_maybe(0, 4.9),
        channel=_CHANNELS,
        store_id=_maybe("s1", "s2"),
        fulfilment=_maybe("delivery", "pick_up", "in_store"),
        promised_after=_maybe(-1, 0, 2),
        promised_day=st.booleans(),
        came_after=_maybe(-30, 1, 26, 50, 24 * 40),
    ).map(lambda row: _delivered(row)),
    "order_id",
    most=24,
)

_PRODUCTS = [
    {"product_id": "p1", "category": "tea", "department": "food", "brand": "x"},
    {"product_id": "p2", "category": "tea", "department": "food", "brand": "y"},
    {"product_id": "p3", "category": "cup", "department": "home", "brand": None},
]

_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "order": st.integers(0, 30),
            "product_id": st.sampled_from(["p1", "p2", "p3", "p9"]),
            "quantity": st.sampled_from([1.0, 2.0, 0.5]),
            "amount": _maybe(1, 2.49, 10),
            "on_display": _maybe(True, False),
            "in_mailer": _maybe(True, False),
            "with_coupon": _maybe(True, False),
        }
    ),
    min_size=10,
    max_size=30,
)

_MESSAGES = _numbered(
    _moments(
        channel=st.sampled_from([*CONTACT, "fax"]),
        campaign_id=_maybe("c1", "c2"),
    ),
    "message_id",
    most=12,
)

_RESPONSES = st.lists(
    _moments(
        message=st.integers(0, 15),
        kind=st.sampled_from(["open", "click", "convert", "unsubscribe", "complaint", "bounce", "delivered"]),
        item=_maybe("i1"),
        is_machine=st.sampled_from([False, False, True]),
    ),
    min_size=4,
    max_size=12,
)

_TOUCHPOINTS = st.lists(
    _moments(
        channel=st.sampled_from([*TOUCHED, "community"]),
        device=_maybe(*DEVICES),
        kind=st.sampled_from(_KINDS),
        session_id=_maybe("x1", "x2"),
        product_id=_maybe("p1", "p2"),
        dwell_seconds=_maybe(0.0, 5.0, 60.5),
        load_ms=_maybe(200.0, 3000.0, 4500.0),
        reason=_maybe("Shipping cost", "price"),
    ),
    min_size=12,
    max_size=24,
)

_TICKETS = st.lists(
    _moments(
        ticket_id=st.sampled_from(["k1", "k2", "k3"]),
        closed_after=_maybe(0, 5, 24 * 30),
        topic=_maybe("delivery", "quality"),
        satisfaction=_maybe(1.0, 3.0, 5.0),
    ),
    min_size=2,
    max_size=8,
    unique_by=lambda row: (row["customer_id"], row["ticket_id"], row["known_at"]),
)

_CONSENTS = st.lists(
    _moments(
        channel=st.sampled_from(["email", "sms"]),
        purpose=st.sampled_from(["contact", "profiling"]),
        granted=st.booleans(),
    ),
    min_size=2,
    max_size=6,
)

_VERSIONS = st.lists(
    _moments(
        joined_days=_maybe(0, 400),
        birth_year=_maybe(1950.0, 1990.0),
        region=_maybe("north", "south"),
        latitude=_maybe(48.1, 52.5),
        longitude=_maybe(11.6),
        tier=_maybe("gold", "silver"),
        points=_maybe(0.0, 120.0),
        acquisition_channel=_maybe("web", "store"),
        referred_by=_maybe("ann"),
    ),
    min_size=2,
    max_size=6,
)


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Rows]:
    """Rows of every table for a few customers, keyed as the data contract says."""
    orders, messages = draw(_ORDERS), draw(_MESSAGES)
    return {
        "orders": orders,
        "order_lines": [_line(row, orders) for row in draw(_LINES) if orders],
        "products": _PRODUCTS,
        "messages": messages,
        "responses": [_response(row, messages) for row in draw(_RESPONSES) if messages],
        "touchpoints": draw(_TOUCHPOINTS),
        "tickets": [_ticket(row) for row in draw(_TICKETS)],
        "consents": draw(_CONSENTS),
        "customers": [_version(row) for row in draw(_VERSIONS)],
    }


def edges() -> dict[str, Rows]:
    """The same world every time: at both ends of every window of the catalogue a row, and one a microsecond before.

    A window is [cutoff − w, cutoff): of each pair the rows at the start and before the end count. Every customer has
    their own cutoff.
    """
    days = sorted({column.days for column in COLUMNS if column.days} | {0})
    moments = [
        (who, cutoff - timedelta(days=back, microseconds=before))
        for who, cutoff in zip(CUSTOMERS, CUTOFFS, strict=True)
        for back in days
        for before in (0, 1)
    ]
    tables = {name: [_told(name, n, *moment) for n, moment in enumerate(moments)] for name in _TOLD}
    newer = {one: other[1] for other, one in zip(moments, moments[2:], strict=False) if other[0] == one[0]}
    for row in tables["orders"]:  # late, and arrived where the next window begins
        row["promised_at"] = row["happened_at"]
        row["delivered_at"] = newer.get((row["customer_id"], row["happened_at"]))
    tables["responses"] = [
        {"message_id": row["message_id"], "kind": kind, "is_machine": False, "item": None,
         "happened_at": row["happened_at"], "known_at": row["known_at"]}
        for n, row in enumerate(tables["messages"])
        for kind in (("open", "click") if n % 3 else ("unsubscribe",))
    ]  # fmt: skip
    tables["order_lines"] = [
        {"order_id": row["order_id"], "product_id": f"p{1 + n % 2}", "quantity": 1.0, "amount": 2, "on_display": True,
         "in_mailer": n % 2 == 0, "with_coupon": None}
        for n, row in enumerate(tables["orders"])
    ]  # fmt: skip
    return {**tables, "products": _PRODUCTS, "customers": []}


_TOLD: Mapping[str, Mapping[str, Any]] = {
    "orders": {"amount": 20, "discount": 1, "shipping": None, "channel": "web", "store_id": "s1",
               "fulfilment": "delivery"},
    "messages": {"channel": "email", "campaign_id": "c1"},
    "touchpoints": {"channel": "web", "device": "phone", "kind": "view", "session_id": None, "product_id": "p1",
                    "dwell_seconds": 5.0, "load_ms": 200.0, "reason": None},
    "tickets": {"closed_at": None, "topic": "delivery", "satisfaction": 3.0},
    "consents": {"channel": "email", "purpose": "contact", "granted": True},
}  # fmt: skip
_NUMBERED = {"orders": "order_id", "messages": "message_id", "tickets": "ticket_id"}


def _told(table: str, number: int, customer: str, moment: datetime) -> dict[str, Any]:
    own = {_NUMBERED[table]: f"e{number}"} if table in _NUMBERED else {}
    return {**own, "customer_id": customer, "happened_at": moment, "known_at": moment, **_TOLD[table]}


def _delivered(row: dict[str, Any]) -> dict[str, Any]:
    """Promised by a day or a moment, days after the order or before it; arrived hours after it, or before it."""
    told = ("promised_after", "promised_day", "came_after")
    days, by_day, hours = (row[name] for name in told)
    placed = row["happened_at"]
    day = placed.replace(hour=0, minute=0, second=0, microsecond=0)
    promised = None if days is None else (day if by_day else placed) + timedelta(days=days)
    came = None if hours is None else placed + timedelta(hours=hours)
    rest = {name: value for name, value in row.items() if name not in told}
    return {**rest, "promised_at": promised, "delivered_at": came}


def _line(row: Mapping[str, Any], orders: Rows) -> dict[str, Any]:
    order = orders[row["order"] % len(orders)]
    return {"order_id": order["order_id"], **{name: row[name] for name in row if name != "order"}}


def _response(row: Mapping[str, Any], messages: Rows) -> dict[str, Any]:
    message = messages[row["message"] % len(messages)]
    rest = {name: row[name] for name in row if name not in ("message", "customer_id")}
    return {"message_id": message["message_id"], **rest}


def _ticket(row: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: row[name] for name in row if name != "closed_after"}
    hours = row["closed_after"]
    return {**rest, "closed_at": None if hours is None else row["happened_at"] + timedelta(hours=hours)}


def _version(row: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: row[name] for name in row if name not in ("joined_days", "happened_at")}
    days = row["joined_days"]
    return {**rest, "joined_at": None if days is None else row["happened_at"] - timedelta(days=days)}
