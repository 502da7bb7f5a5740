"""Which rows a KPI is about, where not all: the people behind these are those that have to be twenty."""

import ibis.expr.types as ir

from insights.kpis.kpi import Among


def dwelt(visits: ir.Table) -> ir.BooleanValue:
    return visits.dwell_seconds.notnull()


def searched(touchpoints: ir.Table) -> ir.BooleanValue:
    return (touchpoints.kind == "search") & touchpoints.results.notnull()


def timed(touchpoints: ir.Table) -> ir.BooleanValue:
    return touchpoints.load_ms.notnull()


def paying(touchpoints: ir.Table) -> ir.BooleanValue:
    return touchpoints.kind.isin(("payment_failed", "purchase")) & touchpoints.tells_failures


def ordered(orders: ir.Table) -> ir.BooleanValue:
    return orders.is_order


def with_lines(orders: ir.Table) -> ir.BooleanValue:
    return orders.is_order & orders["items"].notnull()


def first(orders: ir.Table) -> ir.BooleanValue:
    return orders.is_first & orders.is_invited.notnull()


def promised(deliveries: ir.Table) -> ir.BooleanValue:
    return deliveries.late.notnull()


def bought(buyers: ir.Table) -> ir.BooleanValue:
    return buyers.shopping_days >= 1


def bought_before(buyers: ir.Table) -> ir.BooleanValue:
    return buyers.bought_before


def arrived(sends: ir.Table) -> ir.BooleanValue:
    return ~sends.bounces


def told_of(answers: str) -> Among:
    """Sends that arrived, on channels that tell of such answers."""

    def among(sends: ir.Table) -> ir.BooleanValue:
        return ~sends.bounces & sends[f"tells_{answers}"]

    return among


OPENS, CLICKS, UNSUBSCRIBES = map(told_of, ("opens", "clicks", "unsubscribes"))


def rated(cases: ir.Table) -> ir.BooleanValue:
    return cases.satisfaction.notnull()
