"""The pages behind the first screen: stages and their flow, drop-off, KPIs, cohorts, and what is not here."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisions.stages import STAGES
from features.clocks import add_days
from insights.doubts import Doubt
from insights.kpis.kpi_list import KPIS
from insights.lifecycle.cohorts import mean_retention, without_small_cells
from insights.lifecycle.flow import FROM
from insights.lifecycle.stages import JOURNEY, LIFECYCLE
from insights.report.consistency_section import consistency_sections
from insights.report.episode_section import episode_sections
from insights.report.facts import Facts
from insights.report.hurt_section import hurt_sections
from insights.report.map_section import map_sections
from insights.report.parts import Chart, ReportPage, ReportTable
from insights.report.persona_section import persona_sections
from insights.report.segment_section import segment_sections
from insights.report.way_section import way_section
from insights.report.words import ReportWords
from insights.small_groups import SMALLEST, large_enough
from reporting.svg import Bar, bars, columns, lines

_DROP_OFFS, _REASONS, _COHORT_MONTHS = 10, 8, 13


def sections(facts: Facts, words: ReportWords, horizon_days: int, active_within_days: int) -> list[ReportPage]:
    """Every page the data allow."""
    found = [*episode_sections(facts, words), _stages(facts, words, horizon_days, active_within_days)]
    found.append(_flow(facts, words))
    if facts.drop_offs is not None and facts.drop_offs.num_rows:
        found.append(_funnel(facts, words))
    if facts.moves.num_rows and len(facts.paths.channels) > 1:
        found += [way_section(facts, words), *map_sections(facts, words)]
    return [
        *found,
        *hurt_sections(facts, words),
        *consistency_sections(facts, words),
        _kpis(facts, words),
        *segment_sections(facts, words),
        *persona_sections(facts, words),
        _cohorts(facts, words),
        _lacking(facts, words),
        _method(facts, words),
    ]


def _stages(facts: Facts, words: ReportWords, horizon_days: int, active_within_days: int) -> ReportPage:
    ends = [place for place, cutoff in enumerate(facts.standing.cutoffs) if cutoff in facts.ends]
    counts = facts.standing.counts
    labels = [words.numbers.month(add_days(facts.standing.cutoffs[place], -1)) for place in ends]
    layers = _stage_layers(counts[ends], words)
    now = counts[-1]
    shown = large_enough(now.tolist())
    rows = [
        [words.name(stage), words.numbers.count(now[place]), words.numbers.share(now[place] / now.sum()),
         words.name(JOURNEY[stage]), words.name(LIFECYCLE[stage])]
        for place, stage in enumerate(STAGES) if shown[place]
    ]  # fmt: skip
    title = words.say["stages_chart"]
    return ReportPage(
        words.say["stages_title"],
        [words.tell("stages_text", active=active_within_days, horizon=horizon_days)],
        [Chart(title, columns(title, labels, layers, words.numbers.count))] if layers and len(ends) > 1 else [],
        [ReportTable(words.say["stages_table"], words.heads("stage", "people", "share", "journey", "lifecycle"), rows)],
    )


def _stage_layers(counts: NDArray[np.int64], words: ReportWords) -> list[tuple[str, list[float | None]]]:
    """A layer a stage; of a month only the stages that may be told. `counts` is people by month and stage."""
    shown = np.array([large_enough(month.tolist()) for month in counts]).reshape(counts.shape)
    return [
        (words.name(STAGES[stage]), [float(people) if told else None for people, told in zip(*pair, strict=True)])
        for stage, pair in enumerate(zip(counts.T, shown.T, strict=True)) if pair[1].any()
    ]  # fmt: skip


def _flow(facts: Facts, words: ReportWords) -> ReportPage:
    flow, forecast = facts.flow, facts.flow.forecast
    if forecast is None or len(flow.moves) < 2:
        return ReportPage(words.say["flow_title"], [words.tell("flow_short", months=len(flow.moves))])
    moves = np.where(flow.shown[-1], flow.moves[-1], 0.0)
    order = sorted(zip(*np.nonzero(moves), strict=True), key=lambda cell: -moves[cell])
    rows = []
    for cell in order:
        left, entered = (int(place) for place in cell)
        if FROM[left] == STAGES[entered]:
            continue
        before = flow.moves[-2][left, entered]
        next_month = [one[left, entered] for one in (forecast.expected, forecast.low, forecast.high)]
        told = [words.numbers.count(value) if next_month[0] >= SMALLEST else words.say["none"] for value in next_month]
        band = f"{told[1]} – {told[2]}" if next_month[0] >= SMALLEST else words.say["none"]
        rows.append([words.name(FROM[left]), words.name(STAGES[entered]),
                     words.numbers.count(before) if flow.shown[-2][left, entered] else words.say["none"],
                     words.numbers.count(moves[left, entered]), told[0], band])  # fmt: skip
    header = words.heads("from_stage", "to_stage", "month_before", "last_month", "next_month", "band")
    text = words.tell("flow_text", end=words.numbers.day(add_days(flow.months[-1], -1)))
    return ReportPage(words.say["flow_title"], [text], [], [ReportTable("", header, rows, 2)])


def _funnel(facts: Facts, words: ReportWords) -> ReportPage:
    assert facts.drop_offs is not None  # asked before
    found = facts.drop_offs.to_pylist()[:_DROP_OFFS]
    title = words.say["funnel_chart"]
    dearest = [Bar(words.pair(_where(row, words), _between(row, words)), row["cost"], words.money(row["cost"]),
                   row["cost_low"], row["cost_high"]) for row in found if row["cost"]]  # fmt: skip
    charts = [Chart(title, bars(title, dearest))] if dearest else []
    if facts.reasons:
        title = words.say["reasons_chart"]
        why = [Bar(words.pair(words.name(channel), words.name(reason)), times, words.numbers.count(times))
               for channel, reason, times in facts.reasons[:_REASONS]]  # fmt: skip
        charts.append(Chart(title, bars(title, why)))
    rows = [
        [_where(row, words), _between(row, words),
         *(words.numbers.count(row[name]) for name in ("visits", "lost")),
         f"<{SMALLEST}" if row["came_back"] is None else words.numbers.count(row["came_back"]),
         *(words.valued(row[name], "share") for name in ("pass_rate", "rate_before", "rate_year_before")),
         words.valued(row["cost"], "currency"), words.band(row["cost_low"], row["cost_high"])]
        for row in found
    ]  # fmt: skip
    header = words.heads("place", "drop_off", "visits", "lost", "came_back", "pass_rate", "rate_before",
                         "rate_year_before", "cost", "interval")  # fmt: skip
    return ReportPage(words.say["funnel_title"], [words.say["funnel_text"]], charts, [ReportTable("", header, rows, 2)])


def _where(row: dict[str, Any], words: ReportWords) -> str:
    return words.place(row["channel"], row["device"])


def _between(row: dict[str, Any], words: ReportWords) -> str:
    return f"{words.name(row['step'])} → {words.name(row['next_step'])}"


def _kpis(facts: Facts, words: ReportWords) -> ReportPage:
    rows = []
    for one in KPIS:
        now, before, year = (values.get(one.name) for values in (facts.now, facts.before, facts.year))
        if now is not None:
            rows.append([words.kpis[one.name], *(words.valued(value, one.unit) for value in (now, before)),
                         words.changed(now, before, one.unit), words.valued(year, one.unit)])  # fmt: skip
    months = facts.months.to_pylist()
    sales = [row for row in months if row["kpi"] == "net_sales"]
    title = words.say["kpi_chart"]
    drawn = lines(title, [words.numbers.month(row["period_start"]) for row in sales],
                  [(words.kpis["net_sales"], [row["value"] for row in sales])], words.money)  # fmt: skip
    late = {row["period_start"]: row["late_rows"] for row in months if row["kpi"] == "net_sales" and row["late_rows"]}
    text = [words.tell("kpi_text", days=facts.period.days)]
    if late:
        rows_late = words.numbers.count(sum(late.values()))
        text.append(words.tell("kpi_late", months=len(late), rows=rows_late))
    return ReportPage(
        words.say["kpi_title"], text, [Chart(title, drawn)] if len(sales) > 1 else [],
        [ReportTable("", words.heads("kpi", "now", "before", "change", "year"), rows), *_by_channel(facts, words)],
    )  # fmt: skip


def _by_channel(facts: Facts, words: ReportWords) -> list[ReportTable]:
    """KPIs down, channels across."""
    values = {(row["kpi"], row["channel"]): row["value"] for row in facts.channels.to_pylist()}
    channels = sorted({channel for _, channel in values})
    told = [one for one in KPIS if any((one.name, channel) in values for channel in channels)]
    rows = [
        [words.kpis[one.name], *(words.valued(values.get((one.name, channel)), one.unit) for channel in channels)]
        for one in told
    ]
    header = [words.head["kpi"], *(words.name(channel) for channel in channels)]
    return [ReportTable(words.say["kpi_by_channel"], header, rows)] if rows else []


def _cohorts(facts: Facts, words: ReportWords) -> ReportPage:
    curve = mean_retention(facts.cohorts)[:_COHORT_MONTHS]
    title = words.say["cohorts_chart"]
    drawn = lines(title, [str(since) for since, _, _ in curve], [(title, [share for _, _, share in curve])],
                  words.numbers.share)  # fmt: skip
    starts = sorted(set(facts.cohorts["cohort"].to_pylist()))[-_COHORT_MONTHS:]
    told = without_small_cells(facts.cohorts).to_pylist()
    found = {(row["cohort"], row["months_since"]): row for row in told}
    rows, heat = [], []
    for start in starts:
        months = [found.get((start, since)) for since in range(_COHORT_MONTHS)]
        present = [row for row in months if row is not None]
        value = next((row["value"] for row in reversed(present) if row["value"] is not None), None)
        shares = [None if row is None else row["retention"] for row in months]
        few = [f"<{SMALLEST}" if row is not None and row["retention"] is None else "" for row in months]
        rows.append([words.numbers.month(start), words.numbers.count(present[0]["people"]),
                     words.valued(value, "currency"),
                     *(small if share is None else words.numbers.share(share)
                       for share, small in zip(shares, few, strict=True))])  # fmt: skip
        heat.append([None, None, None, *shares])
    header = [*words.heads("cohort", "people", "value"), *(str(since) for since in range(_COHORT_MONTHS))]
    return ReportPage(
        words.say["cohorts_title"], [words.say["cohorts_text"], words.say["cohorts_early"]],
        [Chart(title, drawn)] if len(curve) > 1 else [], [ReportTable("", header, rows, 1, heat)] if rows else [],
    )  # fmt: skip


def _lacking(facts: Facts, words: ReportWords) -> ReportPage:
    told = [words.lacks[name] for name in facts.lacking] or [words.say["lacking_none"]]
    odd = [_doubt(one, words) for one in facts.doubts]
    return ReportPage(words.say["lacking_title"], [*odd, *told, words.say["privacy"]])


def _doubt(one: Doubt, words: ReportWords) -> str:
    """What is odd in the data, with what to do about it."""
    named = {key: words.name(value) if key == "channel" else value for key, value in one.named.items()}
    counts = {key: words.at_least(value, SMALLEST if key == "sessions" else 0) for key, value in one.counts.items()}
    days = {key: words.numbers.day(value) for key, value in one.days.items()}
    return words.tell(f"doubt_{one.what}", **named, **counts, **days)


def _method(facts: Facts, words: ReportWords) -> ReportPage:
    """What every KPI of the page means; its formula where the language has it."""
    told = {*facts.now, *facts.channels["kpi"].to_pylist()}
    of_page = [one for one in KPIS if one.name in told]
    if words.numbers.language == "zh":
        rows = [[words.kpis[one.name], one.zh] for one in of_page]
        return ReportPage(words.say["method_title"], tables=[ReportTable("", words.heads("kpi", "meaning"), rows, 2)])
    rows = [[words.kpis[one.name], one.formula, one.en] for one in of_page]
    return ReportPage(
        words.say["method_title"], tables=[ReportTable("", words.heads("kpi", "formula", "meaning"), rows, 3)]
    )
