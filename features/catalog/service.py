"""Service: late deliveries, cases, how they went, and what was said in surveys.

Only the latest version of a case counts.
"""

import ibis
import ibis.expr.types as ir

from features.catalog.expressions import days_since
from features.feature import feature, ratio


@feature(table="tickets", windows=("90d", "365d"), unit="cases", empty=0)
def cases(tickets: ir.Table) -> ir.Value:
    """Different service cases and surveys. None means 0."""
    return tickets.ticket_id.nunique()


@feature(table="deliveries", windows=("90d", "365d"), unit="deliveries", empty=0, needs=("promised_at", "delivered_at"))
def late_deliveries(deliveries: ir.Table) -> ir.Value:
    """Orders that arrived later than promised, by when they arrived. None means 0."""
    return deliveries.count(where=deliveries.late)


@feature(table="tickets", unit="days")
def days_since_case(tickets: ir.Table) -> ir.Value:
    """Days since the latest service case or survey. Missing where there was none."""
    return days_since(tickets)


@feature(table="tickets", windows=("365d",), unit="topics", empty=0, needs=("topic",))
def case_topics(tickets: ir.Table) -> ir.Value:
    """Different topics of cases. None means 0."""
    return tickets.topic.nunique()


@feature(table="cases", unit="cases", empty=0, needs=("closed_at",))
def open_cases(cases: ir.Table) -> ir.Value:
    """Cases not closed at the cutoff. None means 0."""
    return cases.count(where=cases.closed_at.isnull() | (cases.closed_at >= cases.cutoff))


@feature(table="cases", windows=("365d",), unit="hours", needs=("closed_at",))
def hours_to_close(cases: ir.Table) -> ir.Value:
    """Mean hours from a case's beginning to its end, of closed cases. Missing without one."""
    seconds = cases.closed_at.epoch_seconds() - cases.opened_at.epoch_seconds()
    closed = cases.closed_at < cases.cutoff
    return ratio(seconds.sum(where=closed), cases.count(where=closed) * ibis.literal(3600, "int64"))


@feature(table="cases", windows=("365d",), unit="points of 5", needs=("satisfaction",))
def satisfaction(cases: ir.Table) -> ir.Value:
    """Mean satisfaction stated, 1 to 5. Missing where none was."""
    return cases.satisfaction.mean()


@feature(table="cases", unit="points of 5", needs=("satisfaction",))
def satisfaction_last(cases: ir.Table) -> ir.Value:
    """Latest satisfaction stated, 1 to 5. Missing where none was."""
    return cases.satisfaction.argmax(cases.happened_at)
