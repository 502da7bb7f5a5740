"""The page on ways to an order: what channels do, which ways are gone, what follows what, and what crosses over."""

from insights.report.facts import Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords
from insights.small_groups import SMALLEST
from insights.touchpoints.roles import channel_roles, without_small_roles

_WAYS, _MOVES = 8, 12


def way_section(facts: Facts, words: ReportWords) -> ReportPage:
    """Ways of more than one channel, told."""
    bought, left = facts.paths.bought, facts.paths.left
    orders = sum(bought.values())
    changes = sum((len(way) - 1) * times for way, times in bought.items()) / max(orders, 1)
    counts = {"bought": words.numbers.count(orders), "left": words.numbers.count(sum(left.values()))}
    text = [words.tell("way_text", **counts, touches=words.numbers.decimal(changes, 2)), *_crossed(facts, words)]
    tables = [_roles(facts, words), _ways(facts, words), _moves(facts, words)]
    text += [words.say["roles_text"], *_measured(facts, words)]
    return ReportPage(words.say["way_title"], text, [], [one for one in tables if one.rows])


def _measured(facts: Facts, words: ReportWords) -> list[str]:
    """What messages added as measured, beside what attribution credits to them, and the difference between the two."""
    found = facts.increment
    if found is None:
        return []
    told_of = any(facts.on_ways.roles.get(("orders", one), 0) >= SMALLEST for one in found.channels)
    told = words.tell(
        "measured",
        sends=words.numbers.count(found.sends),
        withheld=words.numbers.count(found.withheld),
        added=words.numbers.signed(found.added),
        low=words.numbers.signed(found.low),
        high=words.numbers.signed(found.high),
        credited=words.at_least(found.credited, SMALLEST) if told_of else f"<{SMALLEST}",
        removal=words.numbers.share(found.removal),
    )
    if found.agree:
        told += words.say["measured_agree"]
    else:
        told += words.tell(
            "measured_apart",
            difference=words.at_least(abs(found.credited - found.added), SMALLEST),
            direction=words.say["credits_more" if found.credited > found.added else "credits_fewer"],
        )
    return [told + words.say["measured_alike"] if found.drawn_alike else told]


def _crossed(facts: Facts, words: ReportWords) -> list[str]:
    """Online to store and back, as far as twenty people stand on either side of it."""
    if facts.crossed is None:
        return []
    *sides, picked = facts.crossed
    told = []
    for sentence, side in zip(("crossed_store", "crossed_online"), sides, strict=True):
        if side.after_other is not None:
            share = words.numbers.share(side.after_other / side.orders)
            told.append(words.tell(sentence, orders=words.numbers.count(side.orders), share=share))
    return [*told, words.tell("picked", picked=words.numbers.count(picked))] if picked else told


def _roles(facts: Facts, words: ReportWords) -> ReportTable:
    shown = without_small_roles(channel_roles(facts.paths), facts.on_ways.roles).to_pylist()
    shown.sort(key=lambda row: (row["shapley"] is None, -(row["shapley"] or 0.0), row["channel"]))
    rows = [
        [words.name(row["channel"]),
         *(words.valued(row[name], "count") for name in ("orders", "introduces", "assists", "closes")),
         words.numbers.share(row["removal"]), words.valued(row["shapley"], "count")]
        for row in shown
    ]  # fmt: skip
    header = words.heads("channel", "on_way", "introduces", "assists", "closes", "removal", "shapley")
    return ReportTable(words.say["roles_title"], header, rows)


def _ways(facts: Facts, words: ReportWords) -> ReportTable:
    """The ways gone most often, with what became of them."""
    bought, left = facts.paths.bought, facts.paths.left
    people = facts.on_ways.ways
    every = sorted({*bought, *left}, key=lambda way: (-bought[way] - left[way], way))
    rows = [
        [" → ".join(words.name(channel) for channel in way), words.numbers.count(bought[way]),
         words.numbers.count(left[way]), words.numbers.share(bought[way] / (bought[way] + left[way]))]
        for way in every[:_WAYS]
        if all(people.get((way, ends), SMALLEST) >= SMALLEST for ends in (True, False))
    ]  # fmt: skip
    return ReportTable(words.say["ways_title"], words.heads("way", "times_bought", "times_left", "bought_share"), rows)


def _moves(facts: Facts, words: ReportWords) -> ReportTable:
    rows = [
        [words.name(row["from_touch"]), words.name(row["to_touch"]), words.numbers.count(row["times"]),
         words.numbers.share(row["share"]),
         words.say["none"] if row["median_hours"] is None else words.numbers.decimal(row["median_hours"])]
        for row in facts.moves.to_pylist()[:_MOVES]
    ]  # fmt: skip
    header = words.heads("from_touch", "to_touch", "times", "share", "hours")
    return ReportTable(words.say["moves_title"], header, rows, 2)
