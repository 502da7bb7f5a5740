"""Consents: what a customer allows, and what they took back."""

import ibis.expr.types as ir

from features.catalog.expressions import days_since
from features.feature import feature


@feature(table="consents", windows=("365d",), unit="withdrawals", empty=0)
def withdrawals(consents: ir.Table) -> ir.Value:
    """Consents withdrawn or refused. None means 0."""
    return consents.count(where=~consents.granted)


@feature(table="consents", unit="days")
def days_since_withdrawal(consents: ir.Table) -> ir.Value:
    """Days since a consent was last withdrawn or refused. Missing where none was."""
    return days_since(consents, ~consents.granted)


@feature(table="consent_states", unit="channels", empty=0)
def contact_channels(consent_states: ir.Table) -> ir.Value:
    """Channels whose latest word on contact is a yes. No word means 0."""
    return consent_states.count(where=consent_states.granted & (consent_states.purpose == "contact"))
