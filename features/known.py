"""The point-in-time rule: which rows were known before a cutoff. Everything that reads rows at a cutoff asks here."""

from datetime import datetime

import ibis
import ibis.expr.types as ir

WITHHELD = "control"  # the arm of a message that was withheld on purpose


def took_place(rows: ir.Table, name: str) -> ir.Table:
    """The rows of a canonical table that happened: of messages those that were sent.

    A message of arm `control` was withheld, to learn what comes without it. It is a row of a trial and no contact:
    whoever asks what a customer was sent asks here; who asks what was withheld reads the table itself.
    """
    return rows.filter(rows.arm.fill_null("") != WITHHELD) if name == "messages" else rows


def with_shown_at(rows: ir.Table) -> ir.Table:
    """Two clocks become one more column: a row is shown once it has happened and is known."""
    return rows.mutate(shown_at=ibis.greatest(rows.happened_at, rows.known_at))


def is_known(rows: ir.Table, cutoff: datetime | ir.Value) -> ir.BooleanValue:
    """Whether rows that carry `shown_at` were known before the cutoff: a moment, or a column of the rows they meet."""
    moment = ibis.literal(cutoff, "timestamp(6)") if isinstance(cutoff, datetime) else cutoff
    return rows.shown_at < moment


def known_before(rows: ir.Table, cutoff: datetime | ir.Value) -> ir.Table:
    """The rows of a ledger that were known before the cutoff, with `shown_at`."""
    rows = with_shown_at(rows)
    return rows.filter(is_known(rows, cutoff))
