"""The canonical tables: what a row of each means, and how it lies on disk.

Every table is an append-only ledger with two clocks. `happened_at` says when something took place, `known_at`
when it reached us; both are the shop's local wall clock. Ingest fills gaps in `known_at` with `happened_at`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

Role = Literal["id", "text", "moment", "money", "number", "flag"]

TYPES: Mapping[Role, tuple[str, pa.DataType]] = MappingProxyType(
    {
        "id": ("string", pa.string()),
        "text": ("string", pa.string()),
        "moment": ("timestamp(6)", pa.timestamp("us")),
        "money": ("decimal(18, 4)", pa.decimal128(18, 4)),
        "number": ("float64", pa.float64()),
        "flag": ("boolean", pa.bool_()),
    }
)


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    name : str
    role : id, text, moment, money, number or flag
    about : str                     its meaning, and its unit where it has one
    required : bool                 a shop that gives the table must give this column, without gaps
    default : str or None           what ingest fills a gap with
    values : tuple of str           the only values allowed; empty means any
    low, high : float or None       the range allowed, bounds included
    refers : str or None            the table whose key it names
    """

    name: str
    role: Role
    about: str = ""
    required: bool = False
    default: str | None = None
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers: str | None = None

    @property
    def type(self) -> str:
        """The column's type as Ibis writes it."""
        return TYPES[self.role][0]

    @property
    def arrow(self) -> pa.DataType:
        """How the column lies on disk."""
        return TYPES[self.role][1]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes
    ----------
    name : str
    about : str
    columns : tuple of Column       what a shop may give, in the order they lie on disk
    derived_columns : tuple of Column
                                    filled at ingest from the tables named in `joined_from`, after `columns`
    key : tuple of str              columns that tell rows apart; empty where only whole rows do
    keyed_kind : str or None        only rows of this kind keep to the key (a return may repeat its order's)
    guests : bool                   rows without a customer_id are accepted
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    derived_columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    keyed_kind: str | None = None
    guests: bool = False
    joined_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Given and derived columns, in the order they lie on disk."""
        return self.columns + self.derived_columns

    @property
    def schema(self) -> pa.Schema:
        """The table's Parquet schema."""
        return pa.schema([(column.name, column.arrow) for column in self.all_columns])

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.all_columns}[name]

    def has(self, name: str) -> bool:
        """Whether the table has a column of that name, given or derived."""
        return any(column.name == name for column in self.all_columns)

    def takes(self, name: str) -> bool:
        """Whether a shop may give a column of that name."""
        return any(column.name == name for column in self.columns)


def _moments(required: bool = True) -> tuple[Column, Column]:
    return (
        Column("happened_at", "moment", "when it took place", required=required),
        Column("known_at", "moment", "when it reached us; happened_at where absent"),
    )


_CUSTOMER = Column("customer_id", "id", "who; empty for a guest", required=True)
_SOURCE = Column("source", "text", "the system the customer_id comes from; the shop's name where absent")

ORDERS = Table(
    name="orders",
    about="one row an order, or a return",
    columns=(
        Column("order_id", "id", "made of customer and moment where the source has none", required=True),
        _CUSTOMER,
        *_moments(),
        Column("amount", "money", "paid, discount taken off; negative for a return", required=True),
        Column("kind", "text", "a negative amount without kind is a return", values=("order", "return")),
        Column("of_order_id", "id", "the order that is returned", refers="orders"),
        Column("discount", "money", "taken off the price, as a positive amount"),
        Column("shipping", "money", "charged for delivery", low=0),
        Column("channel", "text", "sales channel: web, app, store …"),
        Column("store_id", "id", "where it was sold", refers="stores"),
        Column("fulfilment", "text", "how it is handed over", values=("delivery", "pick_up", "in_store")),
        _SOURCE,
    ),
    key=("order_id",),
    keyed_kind="order",
    guests=True,
)

ORDER_LINES = Table(
    name="order_lines",
    about="one row a product in an order",
    columns=(
        Column("order_id", "id", "the order it belongs to", required=True, refers="orders"),
        Column("product_id", "id", required=True, refers="products"),
        Column("quantity", "number", "units", default="1"),
        Column("amount", "money", "paid for the line"),
        Column("on_display", "flag", "bought while on display"),
        Column("in_mailer", "flag", "bought while in a mailer"),
        Column("with_coupon", "flag", "a coupon was redeemed on it"),
    ),
    derived_columns=(
        Column("customer_id", "id", "who ordered"),
        Column("kind", "text", "order or return"),
        *_moments(required=False),
        Column("channel", "text", "the order's sales channel"),
        Column("store_id", "id", "the order's store"),
        Column("category", "text", "the product's"),
        Column("department", "text", "the product's"),
        Column("brand", "text", "the product's"),
    ),
    joined_from=MappingProxyType(
        {
            **dict.fromkeys(("customer_id", "kind", "happened_at", "known_at"), "orders"),
            **dict.fromkeys(("channel", "store_id"), "orders"),
            **dict.fromkeys(("category", "department", "brand"), "products"),
        }
    ),
    guests=True,
)

PRODUCTS = Table(
    name="products",
    about="one row a product",
    columns=(
        Column("product_id", "id", required=True),
        Column("category", "text"),
        Column("department", "text"),
        Column("brand", "text"),
        Column("price", "money", "list price", low=0),
        Column("available_from", "moment"),
        Column("available_until", "moment"),
    ),
    key=("product_id",),
)

CUSTOMERS = Table(
    name="customers",
    about="one row a version of a customer; the latest known before the cutoff counts",
    columns=(
        Column("customer_id", "id", required=True),
        Column("known_at", "moment", "when this version reached us; always known where absent"),
        Column("joined_at", "moment"),
        Column("birth_year", "number", low=1880, high=2100),
        Column("gender", "text"),
        Column("region", "text"),
        Column("latitude", "number", "degrees", low=-90, high=90),
        Column("longitude", "number", "degrees", low=-180, high=180),
        Column("tier", "text"),
        Column("points", "number", "loyalty points held"),
        Column("acquisition_channel", "text"),
        Column("referred_by", "id", "the customer_id of who invited them"),
        _SOURCE,
    ),
    derived_columns=(Column("happened_at", "moment", "known_at: a version takes effect when it reaches us"),),
    key=("customer_id", "source", "known_at"),
    joined_from=MappingProxyType({"happened_at": "customers"}),
)

IDENTITIES = Table(
    name="identities",
    about="one row a mark (email, phone, device, card …) seen on a source's record",
    columns=(
        Column("source", "text", required=True),
        Column("source_customer_id", "id", required=True),
        Column("kind", "text", "email, phone, openid, device, card, loyalty number …", required=True),
        Column("value", "text", "hashed with a key at ingest, never in clear", required=True),
        *_moments(required=False),
    ),
)

TOUCHPOINTS = Table(
    name="touchpoints",
    about="one row a contact the customer began",
    columns=(
        _CUSTOMER,
        *_moments(),
        Column("channel", "text", "web, app, mini_program, store, social, call …", required=True),
        Column(
            "kind",
            "text",
            "visit, view, search, add_to_cart, abandon, share …",
            required=True,
        ),
        Column("session_id", "id"),
        Column("product_id", "id", refers="products"),
        Column("store_id", "id", refers="stores"),
        Column("cart_id", "id"),
        Column("device", "text"),
        Column("dwell_seconds", "number", "seconds", low=0),
        Column("load_ms", "number", "milliseconds", low=0),
        Column("value", "number"),
        Column("reason", "text"),
        _SOURCE,
    ),
    guests=True,
)

MESSAGES = Table(
    name="messages",
    about="one row a send",
    columns=(
        Column("message_id", "id", required=True),
        _CUSTOMER,
        *_moments(),
        Column("channel", "text", "email, sms, push, wechat, mail, call …", required=True),
        Column("campaign_id", "id"),
        Column("action", "text"),
        Column("purpose", "text"),
        Column("cost", "money", low=0),
        Column("propensity", "number", "probability with which the send was chosen", low=0, high=1),
        Column("arm", "text", "treatment, control or policy group"),
        _SOURCE,
    ),
    key=("message_id",),
    guests=True,
)

RESPONSES = Table(
    name="responses",
    about="one row a reaction to a send",
    columns=(
        Column("message_id", "id", required=True, refers="messages"),
        Column(
            "kind",
            "text",
            required=True,
            values=("delivered", "bounce", "open", "click", "convert", "unsubscribe", "complaint"),
        ),
        *_moments(),
        Column("item", "id", "tells apart several of a kind (a coupon)"),
        Column("is_machine", "flag", "a mail scanner's opening, not a person's", default="false"),
    ),
    derived_columns=(
        Column("customer_id", "id", "who was sent the message"),
        Column("channel", "text", "the message's"),
        Column("campaign_id", "id", "the message's"),
        Column("sent_at", "moment", "when the message was sent"),
    ),
    joined_from=MappingProxyType(
        dict.fromkeys(("customer_id", "channel", "campaign_id", "sent_at"), "messages"),
    ),
    guests=True,
)

TICKETS = Table(
    name="tickets",
    about="one row a version of a service case or survey",
    columns=(
        Column("ticket_id", "id", required=True),
        _CUSTOMER,
        *_moments(),
        Column("closed_at", "moment"),
        Column("channel", "text"),
        Column("topic", "text"),
        Column("satisfaction", "number", "1 to 5", low=1, high=5),
        Column("touchpoint", "text"),
        _SOURCE,
    ),
    key=("ticket_id", "known_at"),
    guests=True,
)

CONSENTS = Table(
    name="consents",
    about="one row a consent given or withdrawn; the latest counts",
    columns=(
        Column("customer_id", "id", required=True),
        Column("channel", "text", required=True),
        Column("purpose", "text", required=True, values=("contact", "profiling")),
        Column("granted", "flag", required=True),
        *_moments(),
        _SOURCE,
    ),
)

STORES = Table(
    name="stores",
    about="one row a store",
    columns=(
        Column("store_id", "id", required=True),
        Column("name", "text"),
        Column("latitude", "number", "degrees", low=-90, high=90),
        Column("longitude", "number", "degrees", low=-180, high=180),
        Column("region", "text"),
    ),
    key=("store_id",),
)

STOCK = Table(
    name="stock",
    about="one row a known level of a product in a store; the latest counts",
    columns=(
        Column("store_id", "id", required=True, refers="stores"),
        Column("product_id", "id", required=True, refers="products"),
        Column("quantity", "number", "units", required=True),
        *_moments(),
    ),
    key=("store_id", "product_id", "happened_at", "known_at"),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            ORDERS,
            ORDER_LINES,
            PRODUCTS,
            CUSTOMERS,
            IDENTITIES,
            TOUCHPOINTS,
            MESSAGES,
            RESPONSES,
            TICKETS,
            CONSENTS,
            STORES,
            STOCK,
        )
    }
)
