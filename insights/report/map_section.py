"""The journey map by stage and segment: how each group's ways begin, which end in an order and which in none."""

from insights.report.facts import Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords
from insights.small_groups import SMALLEST
from insights.touchpoints.roles import Path, Paths
from insights.touchpoints.ways import PeopleOnWays


def map_sections(facts: Facts, words: ReportWords) -> list[ReportPage]:
    """One table a grouping that tells at least two groups apart; no page where none does."""
    tables = [_table(words.say[f"map_{name}"], found, words) for name, found in facts.mapped.items() if len(found) > 1]
    if not tables:
        return []
    since = words.numbers.day(facts.period.since)
    return [ReportPage(words.say["map_title"], [words.tell("map_text", since=since)], [], tables)]


def _table(title: str, found: dict[str, tuple[PeopleOnWays, Paths]], words: ReportWords) -> ReportTable:
    rows = [[words.name(group), words.numbers.count(people.every), *_told(paths, people, words)]
            for group, (people, paths) in found.items()]  # fmt: skip
    header = words.heads("segment", "people", "ways", "bought_share", "touches", "begins", "way_bought", "way_left")
    return ReportTable(title, header, rows, 1)


def _told(paths: Paths, people: PeopleOnWays, words: ReportWords) -> list[str]:
    """Ways, share that ended in an order, touches a way, first touch, and the most frequent way of each end."""
    bought, left = sum(paths.bought.values()), sum(paths.left.values())
    every = paths.bought + paths.left
    begun: dict[str, int] = {}
    for way, times in every.items():
        begun[way[0]] = begun.get(way[0], 0) + times
    first = max(sorted(begun), key=lambda channel: begun[channel])
    told = all(not side or side >= SMALLEST for side in (people.bought, people.left))
    touches = sum(len(way) * times for way, times in every.items()) / (bought + left)
    return [
        words.numbers.count(bought + left),
        words.numbers.share(bought / (bought + left)) if told else words.say["none"],
        words.numbers.decimal(touches, 1),
        f"{words.name(first)} {words.numbers.share(begun[first] / (bought + left))}"
        if people.begun[first] >= SMALLEST else words.say["none"],
        *(_most_gone({way: times for way, times in side.items() if people.ways[way, ends] >= SMALLEST}, words)
          for side, ends in ((paths.bought, True), (paths.left, False))),
    ]  # fmt: skip


def _most_gone(ways: dict[Path, int], words: ReportWords) -> str:
    """The way gone most often with its times; of two as frequent the first by name; nothing where few went any."""
    if not ways:
        return words.say["none"]
    most = max(ways.values())
    way = min(one for one, times in ways.items() if times == most)
    return f"{' → '.join(words.name(channel) for channel in way)} ({words.numbers.count(most)})"
