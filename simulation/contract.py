"""The canonical tables as the data contract shapes them, and how each column is held while the world runs."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa

# The form of a column says what its number means; ids are numbers with a letter before them.
ID_PREFIX: Mapping[str, str] = MappingProxyType(
    {
        "order": "O",
        "product": "P",
        "store": "ST",
        "session": "V",
        "cart": "K",
        "message": "X",
        "campaign": "A",
        "ticket": "T",
        "coupon": "Q",
        "person": "H",
        "decision": "D",
    }
)
_DTYPES: Mapping[str, type[np.generic]] = MappingProxyType(
    {"word": np.int16, "flag": np.int8, "money": np.int64, "number": np.float64}
)
_ARROW: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "moment": pa.timestamp("us"),
        "money": pa.decimal128(18, 4),
        "number": pa.float64(),
        "flag": pa.bool_(),
    }
)

_CLOCKS = {"happened_at": "moment", "known_at": "moment"}
_CUSTOMER = {"customer_id": "record"}
_SOURCE = {"source": "source"}

FORMS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "orders": {"order_id": "order", **_CUSTOMER, **_CLOCKS, "amount": "money", "kind": "word"}
        | {"of_order_id": "order", "discount": "money", "shipping": "money", "channel": "word"}
        | {"store_id": "store", "fulfilment": "word", "promised_at": "moment", "delivered_at": "moment", **_SOURCE},
        "order_lines": {"order_id": "order", "product_id": "product", "quantity": "number"}
        | {"amount": "money", "on_display": "flag", "in_mailer": "flag", "with_coupon": "flag", "benefit": "word"},
        "products": {"product_id": "product", "category": "word", "department": "word", "brand": "word"}
        | {"price": "money", "available_from": "moment", "available_until": "moment"},
        "customers": {**_CUSTOMER, "known_at": "moment", "joined_at": "moment", "birth_year": "number"}
        | {"gender": "word", "region": "word", "latitude": "number", "longitude": "number"}
        | {"tier": "word", "points": "number", "acquisition_channel": "word"}
        | {"acquisition_campaign": "word", "referred_by": "record", **_SOURCE},
        "identities": {"source": "source", "source_customer_id": "record", "kind": "word"}
        | {"value": "text", **_CLOCKS},
        "touchpoints": {**_CUSTOMER, **_CLOCKS, "channel": "word", "kind": "word", "session_id": "session"}
        | {"product_id": "product", "store_id": "store", "cart_id": "cart", "device": "word"}
        | {"dwell_seconds": "number", "load_ms": "number", "value": "number", "reason": "word"}
        | {"results": "number", **_SOURCE},
        "messages": {"message_id": "message", **_CUSTOMER, **_CLOCKS, "channel": "word"}
        | {"campaign_id": "campaign", "action": "word", "purpose": "word", "cost": "money"}
        | {"propensity": "number", "action_propensity": "number", "arm": "word"}
        | {"decision_id": "decision", **_SOURCE},
        "responses": {"message_id": "message", "kind": "word", **_CLOCKS} | {"item": "coupon", "is_machine": "flag"},
        "tickets": {"ticket_id": "ticket", **_CUSTOMER, **_CLOCKS, "closed_at": "moment"}
        | {"channel": "word", "topic": "word", "satisfaction": "number", "touchpoint": "word"}
        | _SOURCE,
        "consents": {**_CUSTOMER, "channel": "word", "purpose": "word", "granted": "flag"} | {**_CLOCKS, **_SOURCE},
        "stores": {"store_id": "store", "name": "text", "latitude": "number", "longitude": "number"}
        | {"region": "word"},
        "stock": {"store_id": "store", "product_id": "product", "quantity": "number", **_CLOCKS},
    }
)


def dtype(form: str) -> np.dtype[np.generic]:
    """How a column of this form is held: money in hundredths, moments in seconds since the start."""
    return np.dtype(_DTYPES.get(form, np.int32))


def missing(form: str) -> float | int:
    """What stands for no value in a column of this form."""
    if form == "number":
        return float("nan")
    if form == "moment":
        return int(np.iinfo(np.int32).min)
    return int(np.iinfo(np.int64).min) if form == "money" else -1


def schema(table: str) -> pa.Schema:
    """The table's Parquet schema, columns in the contract's order."""
    return pa.schema([(name, _ARROW.get(form, pa.string())) for name, form in FORMS[table].items()])
