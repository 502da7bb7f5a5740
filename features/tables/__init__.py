"""The canonical tables: what a row of each means, and how it lies on disk.

Every table is an append-only ledger with two clocks. `happened_at` says when something took place, `known_at`
when it reached us; both are the shop's local wall clock. Ingest fills gaps in `known_at` with `happened_at`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.tables.contact import MESSAGES, RESPONSES, TICKETS, TOUCHPOINTS
from features.tables.decided import DECISIONS
from features.tables.people import CONSENTS, CUSTOMERS, IDENTITIES
from features.tables.schema import Column, Role, Table
from features.tables.trade import ORDER_LINES, ORDERS, PRODUCTS, STOCK, STORES

__all__ = ["ORDERS", "SAME", "TABLES", "Column", "Role", "Table"]

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
            DECISIONS,
        )
    }
)

# Table → kind of row → columns that tell that a row was delivered before: what a Release hands to serving.
SAME: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {name: table.same for name, table in TABLES.items() if table.same}
)
