"""What happened, in sentences: an episode with its place, its days, its size and its money."""

from math import ceil, floor

from features.clocks import add_days
from insights.episodes.episodes import Episode
from insights.funnel.visits import STEPS
from insights.report.facts import Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords
from insights.small_groups import SMALLEST

_MOST = 12
_COUNTED = ("consents", "cases")  # told by how many, not by a share


def episode_sections(facts: Facts, words: ReportWords) -> list[ReportPage]:
    """The page behind the first one; none where nothing happened that chance does not explain."""
    found = facts.episodes[:_MOST]
    if not found:
        return []
    rows = [
        [words.say[f"what_{one.what}"], episode_place(one, words), words.numbers.day(one.since),
         words.numbers.day(add_days(one.until, -1)), *_rates(one, words), _year(one, words), _difference(one, words),
         words.say["none"] if one.money is None else _signed(one.money, words)]
        for one in found
    ]  # fmt: skip
    header = words.heads("what", "place", "first_day", "last_day", "rate", "usual", "same_days", "more", "money")
    text = [words.say["episodes_text"], *([words.lacks["year"]] if "year" in facts.lacking else [])]
    return [ReportPage(words.say["episodes_title"], text, [], [ReportTable("", header, rows, 4)])]


def episode_sentence(one: Episode, words: ReportWords) -> str:
    """One episode in one sentence, what it was worth and what was sold otherwise in two more."""
    rate, usual = _rates(one, words)
    step = one.place.get("step", STEPS[0])
    told = words.tell(
        f"episode_{one.what}",
        place=episode_place(one, words),
        since=words.numbers.day(one.since),
        until=words.numbers.day(add_days(one.until, -1)),
        rate=rate,
        usual=usual,
        more=words.at_least(abs(one.more), SMALLEST),
        direction=words.say["more" if one.more > 0 else "fewer"],
        step=words.name(step),
        next_step=words.name(STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]),
        reason=words.name(one.place.get("reason", "")),
        topic=words.name(one.place.get("topic", "")),
    )
    if _is_year_told(one):
        told += words.tell("episode_year", year=_year(one, words))
    if one.money:
        direction = words.say["lost" if one.money < 0 else "gained"]
        told += words.tell("episode_money", money=words.money(abs(one.money)), direction=direction)
    return told + (_echo(one.echo, words) if one.echo is not None else "")


def _is_year_told(one: Episode) -> bool:
    return one.year is not None and one.what not in _COUNTED


def _year(one: Episode, words: ReportWords) -> str:
    """The share in the same days a year before; nothing for what is counted, nor where it was not seen."""
    return words.numbers.share(one.year or 0.0) if _is_year_told(one) else words.say["none"]


def _echo(one: Episode, words: ReportWords) -> str:
    rate, usual = _rates(one, words)
    return words.tell(f"echo_{one.what}", place=episode_place(one, words), rate=rate, usual=usual)


def episode_place(one: Episode, words: ReportWords) -> str:
    """Where: a channel and device, a store, a product family; the whole shop where none is told."""
    place = one.place
    parts = [words.tell("store_named", store=place["store"])] if "store" in place else []
    if "channel" in place:
        parts.append(words.place(place["channel"], place.get("device")))
    if "department" in place:
        parts.append(words.tell("department_named", department=words.name(place["department"])))
    return words.say["traits_and"].join(parts) or words.say["whole_shop"]


def _rates(one: Episode, words: ReportWords) -> tuple[str, str]:
    """The share in these days and around them; nothing for what is counted, nor where few people are on either side."""
    if one.what in _COUNTED:
        return words.say["none"], words.say["none"]
    rate = words.numbers.share(one.rate) if one.is_large else words.say["none"]
    return rate, words.numbers.share(one.usual) if one.is_usual_large else _about(one.usual, words)


def _about(share: float, words: ReportWords) -> str:
    """A share of few people to the next percent, so that nobody can be counted from it."""
    if share > 0.5:
        return f">{words.numbers.share(floor(share * 100) / 100)}"
    return f"<{words.numbers.share(ceil(share * 100) / 100)}"


def _difference(one: Episode, words: ReportWords) -> str:
    sign = "+" if one.more > 0 else "−"
    return sign + words.at_least(abs(one.more), SMALLEST)


def _signed(money: float, words: ReportWords) -> str:
    return ("+" if money > 0 else "−") + words.money(abs(money))
