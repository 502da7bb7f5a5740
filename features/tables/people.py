"""Who the customers are: what is known of them, their marks, what they allow."""

from types import MappingProxyType

from features.tables.schema import SOURCE, Column, Table, moments

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
        Column("acquisition_campaign", "text", "the campaign that brought them"),
        Column("referred_by", "id", "the customer_id of who invited them"),
        SOURCE,
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
        *moments(required=False),
    ),
)

CONSENTS = Table(
    name="consents",
    about="one row a consent given or withdrawn; the latest counts",
    columns=(
        Column("customer_id", "id", required=True),
        Column("channel", "text", required=True),
        Column("purpose", "text", required=True, values=("contact", "profiling")),
        Column("granted", "flag", required=True),
        *moments(),
        SOURCE,
    ),
    same=MappingProxyType({"": ("customer_id", "channel", "purpose", "granted", "happened_at")}),
)
