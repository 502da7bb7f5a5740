"""The first screen: what changed, who is at risk and what it costs, what to do – in sentences with numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from decisions.stages import STAGES
from insights.episodes.episodes import FIRST_PAGE, Episode
from insights.funnel.changes import Moved
from insights.lifecycle.cohorts import mean_retention
from insights.lifecycle.flow import FROM
from insights.lifecycle.stakes import Stake
from insights.report.episode_section import episode_sentence
from insights.report.facts import Facts
from insights.report.parts import Lead
from insights.report.words import ReportWords
from insights.small_groups import SMALLEST, large_enough

_MOVES = 3  # told on the first screen
_LATE_STEPS = ("cart", "checkout")  # who came so far meant to buy


def leads(facts: Facts, words: ReportWords, margin: float | None) -> list[Lead]:
    """The three answers of the first screen."""
    return [
        Lead(words.say["lead_changed"], list(_changed(facts, words))),
        Lead(words.say["lead_risk"], list(_at_risk(facts, words, margin))),
        Lead(words.say["lead_todo"], [*(list(_to_do(facts, words)) or [words.say["todo_none"]]), words.say["worth"]]),
    ]


def _changed(facts: Facts, words: ReportWords) -> Iterator[str]:
    now, before, year = facts.now, facts.before, facts.year
    sales = {
        "sales": words.money(now.get("net_sales", 0.0)),
        "days": facts.period.days,
        "before": words.changed(now.get("net_sales"), before.get("net_sales"), "currency"),
        "year": words.changed(now.get("net_sales"), year.get("net_sales"), "currency"),
    }
    yield words.tell("sales_year" if year else "sales_before" if before else "sales_alone", **sales)
    yield _parts(now, before, words)
    yield from (episode_sentence(one, words) for one in facts.episodes[:FIRST_PAGE])
    moved = [one for one in facts.moved if not _is_told(one, facts.episodes[:FIRST_PAGE])]
    yield from (_moved(one, words) for one in moved[:_MOVES])
    if facts.drop_offs is not None and facts.drop_offs.num_rows and not facts.moved:
        yield words.tell("not_moved", steps=words.numbers.count(facts.drop_offs.num_rows))


def _parts(now: Mapping[str, float], before: Mapping[str, float], words: ReportWords) -> str:
    """Buyers × orders each × order value: what sales are made of."""
    told: dict[str, str] = {}
    for name, unit in (("buyers", "count"), ("per", "items"), ("value", "currency")):
        found, then = (_part(values, name) for values in (now, before))
        told[name] = words.valued(found, unit)
        told[f"{name}_change"] = words.changed(found, then, unit)
    return words.tell("parts" if before else "parts_alone", **told)


def _part(values: Mapping[str, float], name: str) -> float | None:
    if name == "per":
        return values["orders"] / values["buyers"] if values.get("buyers") else None
    return values.get("average_order_value" if name == "value" else name)


def _is_told(one: Moved, told: list[Episode]) -> bool:
    """Whether an episode on the page speaks of the same channel already."""
    return any(episode.place.get("channel") in (None, one.channel) for episode in told)


def _moved(one: Moved, words: ReportWords) -> str:
    told = words.tell(
        "moved",
        place=words.place(one.channel, one.device),
        now=words.numbers.share(one.now),
        before=words.numbers.share(one.before),
        step=words.name(one.step),
        next_step=words.name(one.next_step),
    )
    if one.money is not None:
        direction = words.say["lost" if one.money > 0 else "gained"]
        told += words.tell("moved_money", money=words.money(abs(one.money)), direction=direction)
    return told if one.year is None else told + words.tell("moved_year", year=words.numbers.share(one.year))


def _at_risk(facts: Facts, words: ReportWords, margin: float | None) -> Iterator[str]:
    shown = _told_stakes(facts)
    if not shown:
        yield words.say["nobody_at_risk"]
    for stake in shown:
        told: dict[str, Any] = {
            "people": words.numbers.count(stake.people), "stage": words.name(stake.stage), "days": stake.days,
            "spent": words.money(stake.spent),
        }  # fmt: skip
        if stake.kept is None or stake.missing_low is None or stake.missing_high is None or stake.missing is None:
            yield words.tell("stake_short", **told)
            continue
        if not stake.missing:
            yield words.tell("stake_kept", **told)
            continue
        low, high = words.money(stake.missing_low), words.money(stake.missing_high)
        missing = words.money(stake.missing)
        yield words.tell("stake", **told, kept=words.numbers.share(stake.kept), missing=missing, low=low, high=high)
    missing_of = [stake.missing for stake in shown if stake.missing is not None]
    if margin is not None and sum(missing_of) > 0:
        money = words.money(margin * sum(missing_of))
        yield words.tell("margin", margin=words.numbers.share(margin), money=money)
    yield from _coming(facts, words)


def _told_stakes(facts: Facts) -> list[Stake]:
    """Of the stages whose people are told: else the whole would tell of those that are not."""
    told = dict(zip(STAGES, large_enough(facts.standing.counts[-1].tolist()), strict=True))
    return [stake for stake in facts.stakes if told[stake.stage]]


def _coming(facts: Facts, words: ReportWords) -> Iterator[str]:
    """The largest move into at_risk that is expected next month."""
    forecast = facts.flow.forecast
    if forecast is None:
        return
    entered = forecast.expected[:, STAGES.index("at_risk")].copy()
    entered[FROM.index("at_risk")] = 0.0
    left = int(np.argmax(entered))
    if entered[left] >= SMALLEST:
        place = (left, STAGES.index("at_risk"))
        low, expected, high = (
            words.numbers.count(one[place]) for one in (forecast.low, forecast.expected, forecast.high)
        )
        names = {"from_stage": words.name(FROM[left]), "to_stage": words.name("at_risk")}
        yield words.tell("coming", expected=expected, low=low, high=high, **names)


def _to_do(facts: Facts, words: ReportWords) -> Iterator[str]:
    risk = next((stake for stake in _told_stakes(facts) if stake.stage == "at_risk"), None)
    if risk is not None:
        share = None if risk.top_share is None else words.numbers.share(risk.top_share)
        people = words.numbers.count(risk.people)
        yield words.tell("todo_risk_few" if share is None else "todo_risk", people=people, share=share)
    step = _dearest_late_step(facts)
    if step is not None:
        yield _step(step, facts, words)
    really_first = pc.greater_equal(facts.cohorts["cohort"], pa.scalar(facts.settled_from, pa.timestamp("us")))
    curve = mean_retention(facts.cohorts.filter(really_first))
    if len(curve) > 1:
        _, people_of, share_of = curve[1]
        yield words.tell("todo_second", people=words.numbers.count(people_of), share=words.numbers.share(share_of))


def _dearest_late_step(facts: Facts) -> dict[str, Any] | None:
    """The dearest drop-off among those who came far; the first of all where nobody is seen so far.

    None that may as well cost nothing.
    """
    rows = [] if facts.drop_offs is None else [row for row in facts.drop_offs.to_pylist() if row["cost_low"]]
    late = [row for row in rows if row["step"] in _LATE_STEPS]
    return next(iter(late or rows), None)


def _step(row: dict[str, Any], facts: Facts, words: ReportWords) -> str:
    told = words.tell(
        "todo_step",
        place=words.place(row["channel"], row["device"]),
        step=words.name(row["step"]),
        next_step=words.name(row["next_step"]),
        lost=words.numbers.count(row["lost"]),
        cost=words.money(row["cost"]),
        low=words.money(row["cost_low"]),
        high=words.money(row["cost_high"]),
    )
    reasons = [(reason, times) for channel, reason, times in facts.reasons if channel == row["channel"]]
    if not reasons:
        return told
    reason, times = reasons[0]
    all_times = words.numbers.count(sum(times for _, times in reasons))
    gap = "" if words.numbers.language == "zh" else " "
    return told + gap + words.tell(
        "todo_reason", reason=words.name(reason), times=words.numbers.count(times), all=all_times
    )  # fmt: skip
