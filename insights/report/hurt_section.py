"""What hurts at each touchpoint, from the search to the service case, and on which channel most."""

from collections.abc import Iterator

from insights.kpis.kpi_list import KPIS
from insights.report.facts import Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords

# Touchpoint and KPI, in the order of a journey; of all but satisfaction more is worse.
_HURTS = (
    ("search", "empty_searches"), ("page", "slow_pages"), ("payment", "payment_failures"),
    ("delivery", "late_deliveries"), ("delivery", "delivery_time"), ("service", "open_cases"),
    ("service", "satisfaction"),
)  # fmt: skip
_LESS_IS_WORSE = ("satisfaction",)
_AT_CHECKOUT = ("shipping_cost", "out_of_stock")  # reasons for which carts were left, told by no KPI
_UNITS = {one.name: one.unit for one in KPIS}


def hurt_sections(facts: Facts, words: ReportWords) -> list[ReportPage]:
    """One table; no page where nothing of it is told."""
    rows = [*_measured(facts, words)]
    at_checkout = [*_left_carts(facts, words)]
    place = next((place for place, row in enumerate(rows) if row[0] == words.name("payment")), len(rows))
    rows[place:place] = at_checkout
    if not rows:
        return []
    header = words.heads("touchpoint", "hurts", "now", "before", "worst_channel", "there")
    return [ReportPage(words.say["hurt_title"], [words.say["hurt_text"]], [], [ReportTable("", header, rows, 2)])]


def _measured(facts: Facts, words: ReportWords) -> Iterator[list[str]]:
    by_channel: dict[str, list[tuple[float, str]]] = {}
    for row in facts.channels.to_pylist():
        by_channel.setdefault(row["kpi"], []).append((row["value"], row["channel"]))
    for touchpoint, kpi in _HURTS:
        if kpi not in facts.now:
            continue
        told = [words.valued(values.get(kpi), _UNITS[kpi]) for values in (facts.now, facts.before)]
        worst = sorted(by_channel.get(kpi, []), reverse=kpi not in _LESS_IS_WORSE)
        at, there = [words.say["none"]] * 2
        if len(worst) > 1 and worst[0][0] != worst[-1][0]:
            at, there = words.name(worst[0][1]), words.valued(worst[0][0], _UNITS[kpi])
        yield [words.name(touchpoint), words.kpis[kpi], *told, at, there]


def _left_carts(facts: Facts, words: ReportWords) -> Iterator[list[str]]:
    for reason in _AT_CHECKOUT:
        left = sorted(((times, channel) for channel, told, times in facts.reasons if told == reason), reverse=True)
        if left:
            total = words.numbers.count(sum(times for times, _ in left))
            at, there = [words.say["none"]] * 2
            if len(left) > 1:
                at, there = words.name(left[0][1]), words.numbers.count(left[0][0])
            told = words.tell("hurt_carts", reason=words.name(reason))
            yield [words.name("checkout"), told, total, words.say["none"], at, there]
