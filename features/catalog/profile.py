"""Profile: what a customer told us about themselves, in the latest version known before the cutoff."""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import days_since_first
from features.feature import days_between, feature


def _latest(customers: ir.Table, value: ir.Value) -> ir.Value:
    return value.argmax(customers.known_at)


def _changes(value: ir.Value) -> ir.Value:
    return ibis.greatest(value.nunique() - ibis.literal(1, "int64"), ibis.literal(0, "int64"))


@feature(table="customers", unit="years", needs=("birth_year",))
def age(customers: ir.Table) -> ir.Value:
    """Year of the cutoff less the year of birth. Missing where it was not told."""
    return customers.cutoff.year().cast("float64") - _latest(customers, customers.birth_year)


@feature(table="customers", unit="days", needs=("joined_at",))
def membership_days(customers: ir.Table) -> ir.Value:
    """Local days from joining to the cutoff. Missing where the day is not known."""
    return days_between(customers.cutoff, _latest(customers, customers.joined_at).truncate("D"))


@feature(table="customers", unit="degrees", needs=("latitude",))
def latitude(customers: ir.Table) -> ir.Value:
    """Latitude of the customer's place. Missing where it is not known."""
    return _latest(customers, customers.latitude)


@feature(table="customers", unit="degrees", needs=("longitude",))
def longitude(customers: ir.Table) -> ir.Value:
    """Longitude of the customer's place. Missing where it is not known."""
    return _latest(customers, customers.longitude)


@feature(table="customers", unit="moves", empty=0, needs=("region",))
def moves(customers: ir.Table) -> ir.Value:
    """Regions lived in besides the first. Unknown means 0."""
    return _changes(customers.region)


@feature(table="customers", unit="flag", empty=0, needs=("referred_by",))
def referred(customers: ir.Table) -> ir.Value:
    """1 where another customer invited this one, else 0."""
    return customers.referred_by.notnull().any().cast("int64")


@feature(table="customers", unit="flag", needs=("acquisition_channel",))
def acquired_online(customers: ir.Table, online: tuple[str, ...]) -> ir.Value:
    """1 where the customer came through a channel that is online, else 0. Missing if unknown."""
    return _latest(customers, customers.acquisition_channel.isin(online).cast("int64"))


@feature(table="customers", unit="points", needs=("points",))
def points(customers: ir.Table) -> ir.Value:
    """Loyalty points held. Missing where they are not known."""
    return _latest(customers, customers.points)


@feature(table="customers", unit="changes", empty=0, needs=("tier",))
def tier_changes(customers: ir.Table) -> ir.Value:
    """Loyalty tiers seen besides the first. Unknown means 0."""
    return _changes(customers.tier)


@feature(table="customers", unit="days", needs=("tier",))
def days_in_programme(customers: ir.Table) -> ir.Value:
    """Local days since the first version that states a loyalty tier. Missing without one."""
    return days_since_first(customers, customers.tier.notnull())
