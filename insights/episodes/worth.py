"""What one more, or one fewer, of what an episode counts is worth to the shop: an estimate, and an upper end of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from insights.episodes.daily import DailySeries
from insights.funnel.visits import STEPS, visits
from insights.known import Known, Period
from insights.kpis.relations import rows_of
from insights.people import people_of
from insights.small_groups import SMALLEST

_LOSES_AN_ORDER = ("payment_failures", "reasons")
_LOSES_A_CONTACT = ("unsubscribes", "consents")


@dataclass(frozen=True)
class EpisodeWorth:
    """Values of single things over the days looked at, in the shop's currency; by channel, None for the whole shop.

    Attributes
    ----------
    order : mapping         mean order
    line : float or None    mean amount of an order line
    pays : mapping          (channel, step) → share of visits that came to the step and paid in the end
    contact : mapping       orders credited to messages a person written to, in money
    """

    order: Mapping[str | None, float]
    line: float | None
    pays: Mapping[tuple[str | None, int], float]
    contact: Mapping[str | None, float]

    def each(self, series: DailySeries) -> float | None:
        """What one more is worth, below 0 where it is a loss; None where nothing puts a price on it."""
        place = dict(series.place)
        channel = place.get("channel")
        order = self.order.get(channel, self.order.get(None, 0.0))
        if series.what in _LOSES_AN_ORDER:
            return -order
        if series.what == "steps":
            return order * self.pays.get((channel, STEPS.index(place["step"]) + 1), 0.0)
        if series.what == "traffic":
            return order * self.pays.get((channel, 0), 0.0)
        if series.what == "orders":
            return order
        if series.what == "lines":
            return self.line
        if series.what in _LOSES_A_CONTACT and self.contact.get(channel):
            return -self.contact[channel]
        return None


def worth_of(known: Known, period: Period) -> EpisodeWorth:
    """The values of a period."""
    return EpisodeWorth(_orders(known, period), _line(known, period), _paying(known, period), _contacts(known, period))


def _orders(known: Known, period: Period) -> dict[str | None, float]:
    rows = known.orders.filter(period.holds(known.orders))
    told = {"people": people_of(rows, "order_id"), "mean": rows.amount.cast("float64").mean()}
    found: dict[str | None, float] = {None: known.engine.arrow(rows.aggregate(**told))["mean"][0].as_py() or 0.0}
    if known.has("orders", "channel"):
        for row in known.engine.arrow(rows.group_by("channel").aggregate(**told)).to_pylist():
            if row["people"] >= SMALLEST:
                found[row["channel"]] = row["mean"]
    return found


def _line(known: Known, period: Period) -> float | None:
    if not (known.shop.has("order_lines") and known.has("order_lines", "amount")):
        return None
    rows = known.rows("order_lines")
    rows = rows.filter(period.holds(rows) & (rows.kind == "order"))
    found = known.engine.arrow(rows.aggregate(mean=rows.amount.cast("float64").mean()))["mean"][0].as_py()
    return None if found is None else float(found)


def _paying(known: Known, period: Period) -> dict[tuple[str | None, int], float]:
    if not known.shop.has("touchpoints"):
        return {}
    rows = visits(known)
    rows = rows.filter(period.holds(rows))
    counted = rows.group_by("channel").aggregate(
        paid=rows.saw_payment.sum(), **{f"came{place}": (rows.reached >= place).sum() for place in range(len(STEPS))}
    )
    found: dict[tuple[str | None, int], float] = {}
    for row in known.engine.arrow(counted).to_pylist():
        for place in range(len(STEPS)):
            found[row["channel"], place] = row["paid"] / row[f"came{place}"] if row[f"came{place}"] else 0.0
    return found


def _contacts(known: Known, period: Period) -> dict[str | None, float]:
    if not (known.shop.has("messages") and known.shop.has("responses")):
        return {}
    order = _orders(known, period)[None]
    sends, answers = rows_of(known, "sends"), known.rows("responses")
    sends, answers = sends.filter(period.holds(sends)), answers.filter(period.holds(answers))
    people = sends.group_by("channel").aggregate(people=sends.customer_id.nunique())
    led = answers.group_by("channel").aggregate(orders=(answers.kind == "convert").sum())
    met = people.left_join(led, "channel").select("channel", "people", "orders")
    return {
        row["channel"]: order * row["orders"] / row["people"]
        for row in known.engine.arrow(met).to_pylist()
        if row["orders"] and row["people"] >= SMALLEST
    }
