"""Views: rows that depend on other rows, derived anew from what was known at each (customer, cutoff).

The gap to the order before, the sends since the last response, the latest version of a case: deriving those at ingest
goes wrong with late rows. Here an order that becomes known later splits a gap only for cutoffs that know it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.promises import deliveries_known
from features.tables import TABLES

WHO_AND_WHEN = ["key", "cutoff"]


@dataclass(frozen=True)
class View:
    """Rows derived from what was known at each (customer, cutoff).

    Attributes
    ----------
    name : str
    sources : tuple of str      canonical tables it is derived from; a shop lacking one lacks the view
    columns : mapping           name → type, besides `happened_at`
    derive : callable           takes a mapping of source name → rows that carry `key`, `cutoff` and the source's
                                columns, all shown before `cutoff`; returns `key`, `cutoff`, `happened_at`, columns
    """

    name: str
    sources: tuple[str, ...]
    columns: Mapping[str, str]
    derive: Callable[[Mapping[str, ir.Table]], ir.Table]

    def says(self) -> list[Any]:
        """The derivation as nested lists, for fingerprints: a view that changes changes what its features mean."""
        lines: list[Any] = []
        numbers: dict[ops.Node, int] = {}

        def say(thing: Any) -> Any:
            if isinstance(thing, ops.UnboundTable):
                return thing.name
            if isinstance(thing, ops.Node):
                if thing not in numbers:
                    lines.append([type(thing).__name__, *(say(argument) for argument in thing.args)])
                    numbers[thing] = len(lines)
                return numbers[thing]
            if isinstance(thing, Mapping):
                return [[name, say(value)] for name, value in thing.items()]
            if isinstance(thing, frozenset):
                return sorted(str(one) for one in thing)
            return [say(one) for one in thing] if isinstance(thing, tuple) else str(thing)

        say(self.derive(self.unbound()).op())
        return lines

    def unbound(self) -> dict[str, ir.Table]:
        """The sources as `derive` takes them, without rows."""
        keyed = {"key": "int32", "cutoff": "timestamp(6)"}
        columns = {name: {one.name: one.type for one in TABLES[name].all_columns} for name in self.sources}
        return {name: ibis.table({**keyed, **columns[name]}, name=name) for name in self.sources}


def _order_days(sources: Mapping[str, ir.Table]) -> ir.Table:
    """One row a shopping day: the gap before it, its number from the first (1) and from the latest (1)."""
    orders = sources["orders"]
    days = orders.filter(orders.kind == "order").select(
        *WHO_AND_WHEN, happened_at=orders.happened_at.truncate("D").cast("timestamp(6)")
    )
    days = days.distinct()
    rising = ibis.window(group_by=WHO_AND_WHEN, order_by=days.happened_at)
    falling = ibis.window(group_by=WHO_AND_WHEN, order_by=days.happened_at.desc())
    one = ibis.literal(1, "int64")
    days = days.mutate(
        before=days.happened_at.lag().over(rising),
        nth=ibis.row_number().over(rising).cast("int64") + one,
        back=ibis.row_number().over(falling).cast("int64") + one,
    )
    seconds = days.happened_at.epoch_seconds() - days.before.epoch_seconds()
    return days.mutate(gap_days=seconds.cast("float64") / ibis.literal(86400.0, "float64")).drop("before")


def _favourites(table: str, *names: str) -> Callable[[Mapping[str, ir.Table]], ir.Table]:
    """One row a department, a store …: how many rows of orders it got in the year before the cutoff.

    Its rows stand for a whole year, so features read them without a window.
    """

    def derive(sources: Mapping[str, ir.Table]) -> ir.Table:
        rows = sources[table]
        year = rows.happened_at >= rows.cutoff - ibis.interval(days=365)
        place = ibis.coalesce(*(rows[name] for name in names))
        rows = rows.filter((rows.kind == "order") & year).select(*WHO_AND_WHEN, "happened_at", place=place)
        rows = rows.filter(rows.place.notnull())
        return rows.group_by([*WHO_AND_WHEN, "place"]).aggregate(
            happened_at=rows.happened_at.max(), bought=rows.count().cast("int64")
        )

    return derive


def _sends(sources: Mapping[str, ir.Table]) -> ir.Table:
    """One row a message: what a person did with it, and whether nobody has responded to anything since."""
    objected = sources["responses"].kind.isin(("unsubscribe", "complaint"))
    complaints = sources["responses"].filter(objected).select(*WHO_AND_WHEN, "message_id").distinct()
    responses = sources["responses"].filter(lambda r: ~r.is_machine & r.kind.isin(("open", "click", "convert")))
    messages = sources["messages"].select(*WHO_AND_WHEN, "message_id", "happened_at", "channel")
    answers = responses.group_by([*WHO_AND_WHEN, "message_id"]).aggregate(
        opened=(responses.kind == "open").any(),
        clicked=(responses.kind == "click").any(),
        converted=(responses.kind == "convert").any(),
    )
    latest = responses.group_by(WHO_AND_WHEN).aggregate(latest=responses.happened_at.max())
    message = [*WHO_AND_WHEN, "message_id"]
    sends = _beside(_beside(messages, answers, message), latest, WHO_AND_WHEN)
    sends = _beside(sends, complaints.mutate(objected=ibis.literal(True)), message)
    return sends.select(
        *WHO_AND_WHEN,
        "happened_at",
        "channel",
        opened=sends.opened.fill_null(False),
        clicked=sends.clicked.fill_null(False),
        converted=sends.converted.fill_null(False),
        objected=sends.objected.fill_null(False),
        answered=sends.opened.notnull(),
        unanswered=sends.latest.isnull() | (sends.happened_at > sends.latest),
    )


def _paths(sources: Mapping[str, ir.Table]) -> ir.Table:
    """Orders and touches in one line, each with whether it came after the latest order."""
    orders = sources["orders"].filter(lambda rows: rows.kind == "order")
    latest = orders.group_by(WHO_AND_WHEN).aggregate(latest=orders.happened_at.max())
    true, false = ibis.literal(True), ibis.literal(False)
    bought = orders.select(*WHO_AND_WHEN, "happened_at", "kind", is_order=true)
    touched = sources["touchpoints"].select(*WHO_AND_WHEN, "happened_at", "kind", is_order=false)
    steps = _beside(bought.union(touched), latest, WHO_AND_WHEN)
    since = steps.latest.isnull() | (steps.happened_at > steps.latest)
    return steps.mutate(since_order=since).drop("latest")


def _cases(sources: Mapping[str, ir.Table]) -> ir.Table:
    """One row a service case: when it began, and its latest version known."""
    read = ("ticket_id", "happened_at", "known_at", "closed_at", "satisfaction")
    tickets = sources["tickets"].select(*WHO_AND_WHEN, *read)
    case = [*WHO_AND_WHEN, "ticket_id"]
    newest = [tickets.known_at.desc(), tickets.happened_at.desc()]
    versions = tickets.mutate(
        opened_at=tickets.happened_at.min().over(ibis.window(group_by=case)),
        back=ibis.row_number().over(ibis.window(group_by=case, order_by=newest)),
    )
    latest = versions.filter(versions.back == 0)
    return latest.select(*WHO_AND_WHEN, "happened_at", "opened_at", "closed_at", "satisfaction")


def _consent_states(sources: Mapping[str, ir.Table]) -> ir.Table:
    """One row a channel and purpose: the latest word; of two at one moment the refusal counts."""
    consents = sources["consents"].select(*WHO_AND_WHEN, "happened_at", "channel", "purpose", "granted")
    newest = [consents.happened_at.desc(), consents.granted.asc()]
    back = ibis.row_number().over(ibis.window(group_by=[*WHO_AND_WHEN, "channel", "purpose"], order_by=newest))
    latest = consents.mutate(back=back).filter(lambda rows: rows.back == 0)
    return latest.drop("back")


def _deliveries(sources: Mapping[str, ir.Table]) -> ir.Table:
    """One row an order that had arrived, at the moment it did."""
    orders = sources["orders"]
    return deliveries_known(orders, orders.cutoff).select(*WHO_AND_WHEN, "happened_at", "late")


def _beside(left: ir.Table, right: ir.Table, on: Sequence[str]) -> ir.Table:
    """Left join on equal names, keeping the names of the left."""
    joined = left.left_join(right, list(on))
    return joined.drop(*(column for column in joined.columns if column.endswith("_right")))


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View(
            "order_days",
            ("orders",),
            {"gap_days": "float64", "nth": "int64", "back": "int64"},
            _order_days,
        ),
        View(
            "departments",
            ("order_lines",),
            {"place": "string", "bought": "int64"},
            _favourites("order_lines", "department", "category"),
        ),
        View(
            "visited_stores",
            ("orders",),
            {"place": "string", "bought": "int64"},
            _favourites("orders", "store_id"),
        ),
        View(
            "used_channels",
            ("orders",),
            {"place": "string", "bought": "int64"},
            _favourites("orders", "channel"),
        ),
        View(
            "sends",
            ("messages", "responses"),
            {
                "channel": "string",
                "opened": "boolean",
                "clicked": "boolean",
                "converted": "boolean",
                "objected": "boolean",
                "answered": "boolean",
                "unanswered": "boolean",
            },
            _sends,
        ),
        View(
            "paths",
            ("orders", "touchpoints"),
            {"kind": "string", "is_order": "boolean", "since_order": "boolean"},
            _paths,
        ),
        View(
            "cases",
            ("tickets",),
            {"opened_at": "timestamp(6)", "closed_at": "timestamp(6)", "satisfaction": "float64"},
            _cases,
        ),
        View("deliveries", ("orders",), {"late": "boolean"}, _deliveries),
        View(
            "consent_states",
            ("consents",),
            {"channel": "string", "purpose": "string", "granted": "boolean"},
            _consent_states,
        ),
    )
}
