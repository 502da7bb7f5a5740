"""What was sold, and what there was to sell."""

from types import MappingProxyType

from features.tables.schema import CUSTOMER, SOURCE, Column, Table, moments

ORDERS = Table(
    name="orders",
    about="one row an order, or a return",
    columns=(
        Column("order_id", "id", "made of customer and moment where the source has none", required=True),
        CUSTOMER,
        *moments(),
        Column("amount", "money", "paid, discount taken off; negative for a return", required=True),
        Column("kind", "text", "a negative amount without kind is a return", values=("order", "return")),
        Column("of_order_id", "id", "the order that is returned", refers="orders"),
        Column("discount", "money", "taken off the price, as a positive amount"),
        Column("shipping", "money", "charged for delivery", low=0),
        Column("channel", "text", "sales channel: web, app, store …"),
        Column("store_id", "id", "where it was sold", refers="stores"),
        Column("fulfilment", "text", "how it is handed over", values=("delivery", "pick_up", "in_store")),
        Column("promised_at", "moment", "by when it was promised to arrive; a bare date means by the end of that day"),
        Column("delivered_at", "moment", "when it arrived, or was picked up; unknown before that moment"),
        SOURCE,
    ),
    key=("order_id",),
    keyed_kind="order",
    same=MappingProxyType({"order": ("order_id", "kind"), "": ("order_id", "kind", "happened_at", "amount")}),
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
        Column("benefit", "text", "the right of a member that was applied: member_price, points, free_delivery …"),
    ),
    derived_columns=(
        Column("customer_id", "id", "who ordered"),
        Column("kind", "text", "order or return"),
        *moments(required=False),
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
        *moments(),
    ),
    key=("store_id", "product_id", "happened_at", "known_at"),
)
