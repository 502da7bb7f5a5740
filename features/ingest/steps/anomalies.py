"""What no single row breaks, but the table gives away: amounts in another unit, clocks in another zone.

These are warnings. The rows stay: a large order and a night shift are also possible.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from features.ingest.facts import Finding
from features.ingest.steps.deliveries import odd_deliveries
from features.ingest.steps.own_past import unlike_its_past
from features.ingest.steps.source_oddities import source_oddities
from features.ingest.steps.step import IngestStep

# A hundredfold amount (cents for euros) stands out among a customer's own orders and in the whole shop; where orders
# add up from lines, by the line too, for a full basket is no suspicion.
_FAR_ABOVE_OWN, _FAR_ABOVE_SHOP = 20, 25
_FEWEST_OWN = 3
_LINES_AGREE = 0.9  # share of orders whose lines add up to the amount, from which on the others are odd
_FEWEST_IN_WEEK = 100
_FEWEST_TIMED = 2_000
_SILENT = 0.001  # an hour with a smaller share of the rows is one the shop is closed in
_FEW = 0.01
# An id with more than a fiftieth of all orders, far more than even the busiest hundredth of customers has.
_MANY, _CROWD, _FAR_ABOVE_BUSY = 200, 0.02, 5
# In a small shop one with a quarter of all orders, more than the good customers have.
_SOME, _QUARTER, _FAR_ABOVE_GOOD = 8, 0.25, 2.5


def suspicions(step: IngestStep, steps: Mapping[str, IngestStep]) -> list[Finding]:
    """Odd amounts and clocks of one joined table."""
    if step.table.name == "orders":
        return [
            *_amounts(step), *_nothing_paid(step), *_crowds(step), *_shifted_weeks(step), *_silent_hours(step),
            *source_oddities(step), *unlike_its_past(step), *odd_deliveries(step),
        ]  # fmt: skip
    if step.table.name == "order_lines" and "amount" in step.mapping.names:
        return _lines_against_orders(step, steps["orders"])
    return []


def _amounts(step: IngestStep) -> list[Finding]:
    count, example = step.database.row(
        f"""
        WITH sold AS (SELECT order_id, customer_id, CAST(amount AS DOUBLE) AS amount, amount / _lines AS a_line, _lines
                      FROM {step.name("joined")} WHERE kind = 'order' AND amount > 0),
        shop AS (SELECT {_FAR_ABOVE_SHOP} * median(amount) AS far, {_FAR_ABOVE_SHOP} * median(a_line) AS far_a_line
                 FROM sold),
        large AS (SELECT sold.*, far FROM sold, shop WHERE amount > far AND a_line > far_a_line),
        own AS (SELECT customer_id, median(amount) AS usual, count(*) AS orders FROM sold
                WHERE customer_id IN (SELECT customer_id FROM large) GROUP BY customer_id)
        SELECT coalesce(sum(_lines), 0), min(order_id) FROM large LEFT JOIN own USING (customer_id)
        WHERE CASE WHEN orders >= {_FEWEST_OWN} THEN amount > {_FAR_ABOVE_OWN} * usual ELSE amount > 4 * far END
        """
    )
    reason = f"an amount more than {_FAR_ABOVE_OWN} times the usual (cents, or another currency?)"
    return [Finding("orders", "amount", reason, int(count), example, "warning")] if count else []


def _nothing_paid(step: IngestStep) -> list[Finding]:
    """Orders without a price, where most have none: then the amount lies in another column."""
    free, lines, orders, example = step.database.row(
        f"""SELECT count(*) FILTER (amount = 0), coalesce(sum(_lines) FILTER (amount = 0), 0), count(*),
                   min(order_id) FILTER (amount = 0)
            FROM {step.name("joined")} WHERE kind = 'order'"""
    )
    reason = "an amount of 0, as most orders have (is it in another column?)"
    return [Finding("orders", "amount", reason, int(lines), example, "warning")] if free * 2 > orders else []


def _crowds(step: IngestStep) -> list[Finding]:
    """Ids with so many orders that many people stand behind them: guests written as 0, a till, a club."""
    count, example = step.database.row(
        f"""
        WITH held AS (SELECT customer_id, count(*) AS orders, sum(_lines) AS lines FROM {step.name("joined")}
                      WHERE kind = 'order' AND customer_id IS NOT NULL GROUP BY customer_id),
        shop AS (SELECT count(*) AS customers, sum(orders) AS orders, quantile_cont(orders, 0.99) AS busy,
                        quantile_cont(orders, 0.9) AS good FROM held)
        SELECT coalesce(sum(held.lines), 0), arg_max(customer_id, held.orders) FROM held, shop
        WHERE (customers >= {_MANY} AND held.orders > {_CROWD} * shop.orders AND held.orders > {_FAR_ABOVE_BUSY} * busy)
        OR (customers >= {_SOME} AND held.orders > {_QUARTER} * shop.orders AND held.orders > {_FAR_ABOVE_GOOD} * good)
        """
    )
    reason = "an id that so many orders have that it stands for many people (guests? customer_id = \"nullif(…, '0')\")"
    return [Finding("orders", "customer_id", reason, int(count), example, "warning")] if count else []


def _lines_against_orders(step: IngestStep, orders: IngestStep) -> list[Finding]:
    agree, others, example = step.database.row(
        f"""
        SELECT count(*) FILTER (agrees), coalesce(sum(lines) FILTER (NOT agrees), 0), min(order_id) FILTER (NOT agrees)
        FROM (SELECT order_id, lines, abs(l.amount - o.amount) <= 0.01 * abs(o.amount) + 0.01 * lines AS agrees
              FROM (SELECT order_id, kind, sum(amount) AS amount, sum(_lines) AS lines FROM {step.name("joined")}
                    GROUP BY order_id, kind) AS l
              JOIN {orders.name("joined")} AS o USING (order_id, kind))
        """
    )
    if not others or agree < _LINES_AGREE * (agree + others):
        return []
    reason = "an amount that does not add up to its order's, as it does elsewhere"
    return [Finding("order_lines", "amount", reason, int(others), example, "warning")]


def _shifted_weeks(step: IngestStep) -> list[Finding]:
    """Weeks whose orders keep the shop's daily course, but hours earlier or later."""
    weeks = _hours(step, "date_trunc('week', happened_at)")
    weeks = {week: hours for week, hours in weeks.items() if sum(hours) >= _FEWEST_IN_WEEK}
    if len(weeks) < 3:
        return []
    usual = _usual(list(weeks.values()))
    shifted = {week: shift for week, hours in weeks.items() if (shift := _shift(_shares(hours), usual))}
    if not shifted or len(shifted) * 2 > len(weeks):
        return []
    shift = next(iter(shifted.values()))
    reason = f"a time of day about {shift:+d} hours from the other weeks', from {min(shifted):%Y-%m-%d} (another zone?)"
    return [Finding("orders", "happened_at", reason, sum(sum(weeks[week]) for week in shifted), "", "warning")]


def _silent_hours(step: IngestStep) -> list[Finding]:
    """Single orders at hours in which the shop is otherwise closed."""
    (hours,) = _hours(step, "0").values()
    total = sum(hours)
    open_hours = [hour for hour, count in enumerate(hours) if count >= _SILENT * total]
    silent = [hour for hour, count in enumerate(hours) if count and _far_from(open_hours, hour)]
    count = sum(hours[hour] for hour in silent)
    if total < _FEWEST_TIMED or not count or count > _FEW * total:
        return []
    reason = f"a time at which the shop is otherwise silent (hours {', '.join(map(str, silent))})"
    return [Finding("orders", "happened_at", reason, count, "", "warning")]


def _far_from(hours: Sequence[int], hour: int) -> bool:
    """Whether an hour is neither one of these nor next to one: a shop does not close sharp."""
    return all(min((hour - other) % 24, (other - hour) % 24) > 1 for other in hours)


def _hours(step: IngestStep, group: str) -> dict[Any, list[int]]:
    """Source rows by group and hour of the day; rows at midnight sharp most likely know no time."""
    found: dict[Any, list[int]] = {}
    rows = step.database.rows(
        f"""
        SELECT {group}, hour(happened_at), CAST(sum(_lines) AS BIGINT) FROM {step.name("joined")}
        WHERE happened_at <> date_trunc('day', happened_at) GROUP BY ALL ORDER BY ALL
        """
    )
    for name, hour, count in rows:
        found.setdefault(name, [0] * 24)[hour] += count
    return found or {None: [0] * 24}


def _shares(hours: Sequence[int]) -> list[float]:
    return [count / sum(hours) for count in hours]


def _usual(weeks: Sequence[Sequence[int]]) -> list[float]:
    """The median week's share of each hour."""
    columns = zip(*(_shares(hours) for hours in weeks), strict=True)
    middles = [sorted(column)[len(weeks) // 2] for column in columns]
    return [middle / sum(middles) for middle in middles]


def _shift(shares: Sequence[float], usual: Sequence[float]) -> int:
    """Hours by which a week's day must be moved to look like the usual one; 0 where it already does."""

    def distance(shift: int) -> float:
        return sum(abs(shares[(hour + shift) % 24] - usual[hour]) for hour in range(24))

    best = min(range(-12, 13), key=lambda shift: (distance(shift), abs(shift)))
    clear = distance(0) > 0.5 and distance(best) < 0.5 * distance(0)
    return best if clear and abs(best) > 1 else 0
