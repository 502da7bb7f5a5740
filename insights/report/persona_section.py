"""The page on personas and advocates: who behaves alike, what is typical of them, what fits them; who brings others."""

from insights.personas.behaviour import THROUGH
from insights.personas.monthly import Name
from insights.personas.personas import Persona
from insights.personas.portrait import WEEKDAYS
from insights.report.facts import Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords
from insights.small_groups import part_told

_WHO = ("age", "gender", "region")


def persona_sections(facts: Facts, words: ReportWords) -> list[ReportPage]:
    """One page; none for a shop in which no division of the people holds up and nobody is known to bring others."""
    found = facts.personas.found
    brought = [] if facts.advocates is None else [_advocates(facts, words)]
    if not found:
        return [ReportPage(words.say["personas_title"], [words.say["personas_none"], *brought])]
    text = words.tell("personas_text", count=len(found), stability=words.numbers.share(facts.personas.stability))
    return [
        ReportPage(words.say["personas_title"], [text, *brought], [], [_figures(facts, words), _habits(facts, words)])
    ]


def persona_name(name: Name, words: ReportWords) -> str:
    """A persona's name in one language, as its first traits say."""
    return words.say["traits_and"].join(_trait(*one, words) for one in name) or words.say["persona_usual"]


def typical_words(one: Persona, what: str, words: ReportWords) -> str:
    """What is typical of a persona, in words; "–" where it is like the shop."""
    value = one.typical.get(what)
    if value is None:
        return words.say["none"]
    return words.say[value] if what == "hours" or value in WEEKDAYS else words.name(value)


def _trait(trait: str, more: bool, words: ReportWords) -> str:
    if trait.startswith(THROUGH):
        return words.tell("trait_through", channel=words.name(trait.removeprefix(THROUGH)))
    return words.say[f"trait_{trait}_{'more' if more else 'less'}"]


def _figures(facts: Facts, words: ReportWords) -> ReportTable:
    rows = [
        [persona_name(one.name, words), words.say[f"fits_{one.fits}"], words.numbers.count(one.people),
         words.valued(one.people_before, "count"), _part(one.reachable, one.people, words),
         words.numbers.decimal(one.orders), words.money(one.spent), words.numbers.share(one.share_of_sales)]
        for one in facts.personas.found
    ]  # fmt: skip
    header = words.heads("persona", "offer", "people", "month_ago", "reachable", "orders_each", "spent_each",
                         "share_of_sales")  # fmt: skip
    return ReportTable(words.say["personas_figures"], header, rows, 2)


def _part(part: int, whole: int, words: ReportWords) -> str:
    sign, told = part_told(part, whole)
    return sign + words.numbers.count(told)


def _habits(facts: Facts, words: ReportWords) -> ReportTable:
    rows = []
    for one in facts.personas.found:
        when = [typical_words(one, what, words) for what in ("weekday", "hours") if what in one.typical]
        who = [typical_words(one, what, words) for what in _WHO if what in one.typical]
        told = [typical_words(one, what, words) for what in ("department", "purchase_channel", "store")]
        joined = [words.say["traits_and"].join(parts) or words.say["none"] for parts in (when, who)]
        rows.append([persona_name(one.name, words), *told, joined[0],
                     typical_words(one, "contact_channel", words), joined[1]])  # fmt: skip
    header = words.heads("persona", "buys", "buys_through", "in_store", "when", "answers_on", "who")
    return ReportTable(words.say["personas_habits"], header, rows, len(header))


def _advocates(facts: Facts, words: ReportWords) -> str:
    one = facts.advocates
    assert one is not None  # asked before
    buyers, invited = (words.numbers.count(people) for people in (one.buyers, one.invited))
    few_did_not = part_told(one.buyers, one.invited)[0]
    return words.tell(
        "advocates",
        brings=words.tell("brings_buyers" if few_did_not else "brings", invited=invited, buyers=buyers),
        people=words.numbers.count(one.people),
        brought=words.money(one.brought),
        invited_each=words.money(one.invited_each),
        advocates_each=words.money(one.advocates_each),
        others_each=words.money(one.others_each),
    )
