"""The page on what customers meet otherwise from channel to channel."""

from insights.report.facts import Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords

_MOST = 8  # pairs of channels of a kind
_FURTHER = {"price": ("dearer_by",), "right": ("tier", "right")}  # columns of a kind besides those of all


def consistency_sections(facts: Facts, words: ReportWords) -> list[ReportPage]:
    """One table a kind; no page where nothing was met by twenty people."""
    found = facts.consistency.to_pylist()
    tables = []
    for what in dict.fromkeys(row["what"] for row in found):
        further = _FURTHER.get(what, ())
        rows = [
            [words.name(row["channel"]), words.name(row["other_channel"]), words.numbers.count(row["cases"]),
             words.numbers.count(row["people"]), *(_told(row[name], words) for name in further)]
            for row in found if row["what"] == what
        ]  # fmt: skip
        header = words.heads("channel", "other_channel", "cases", "people", *further)
        tables.append(ReportTable(words.say[f"consistency_{what}"], header, rows[:_MOST], 2))
    return [ReportPage(words.say["consistency_title"], [words.say["consistency_text"]], [], tables)] if tables else []


def _told(value: float | str, words: ReportWords) -> str:
    return words.name(value) if isinstance(value, str) else words.numbers.change(value)
