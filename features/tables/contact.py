"""What customers and shop said to each other."""

from types import MappingProxyType

from features.tables.schema import CUSTOMER, SOURCE, Column, Table, moments

TOUCHPOINTS = Table(
    name="touchpoints",
    about="one row a contact the customer began",
    columns=(
        CUSTOMER,
        *moments(),
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
        Column("results", "number", "how much a search found", low=0),
        SOURCE,
    ),
    same=MappingProxyType({"": ("customer_id", "happened_at", "channel", "kind", "session_id", "product_id")}),
    guests=True,
)

MESSAGES = Table(
    name="messages",
    about="one row a send",
    columns=(
        Column("message_id", "id", required=True),
        CUSTOMER,
        *moments(),
        Column("channel", "text", "email, sms, push, wechat, mail, call …", required=True),
        Column("campaign_id", "id"),
        Column("action", "text"),
        Column("purpose", "text"),
        Column("cost", "money", low=0),
        Column("propensity", "number", "probability of the channel, given that a message goes out", above=0, high=1),
        Column("action_propensity", "number", "of this action, or of withholding it on a control row", above=0, high=1),
        Column("arm", "text", "explore, policy, or control: a send withheld on purpose"),
        Column("decision_id", "id", "the decision that the send carries out"),
        SOURCE,
    ),
    key=("message_id",),
    same=MappingProxyType({"": ("message_id",)}),
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
        *moments(),
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
    same=MappingProxyType({"": ("message_id", "kind", "item")}),
    guests=True,
)

TICKETS = Table(
    name="tickets",
    about="one row a version of a service case or survey",
    columns=(
        Column("ticket_id", "id", required=True),
        CUSTOMER,
        *moments(),
        Column("closed_at", "moment"),
        Column("channel", "text"),
        Column("topic", "text"),
        Column("satisfaction", "number", "1 to 5", low=1, high=5),
        Column("touchpoint", "text"),
        SOURCE,
    ),
    key=("ticket_id", "known_at"),
    same=MappingProxyType(
        {"": ("ticket_id", "happened_at", "closed_at", "channel", "topic", "satisfaction", "touchpoint")}
    ),
    guests=True,
)
