"""Everything one report tells, computed once, without a word of any language."""

from dataclasses import dataclass
from datetime import datetime

import ibis
import pyarrow as pa

from features.clocks import add_days
from features.errors import PerennialError
from features.progress import Progress, silent
from insights.doubts import Doubt, doubts
from insights.episodes.episodes import Episode, episodes
from insights.episodes.season import is_year_seen
from insights.funnel.changes import Moved, moved_steps
from insights.funnel.funnel import funnel
from insights.known import Known, Period
from insights.kpis.kpi_values import kpis
from insights.lifecycle.advocates import Advocates, advocates
from insights.lifecycle.cohorts import cohorts
from insights.lifecycle.flow import Flow, flow_of
from insights.lifecycle.groupings import groupings
from insights.lifecycle.segments import rfm, stated
from insights.lifecycle.stages import StageTable, stages_at
from insights.lifecycle.stakes import Stake, stakes, stretch
from insights.months import month_ends, shifted, year_before
from insights.people import people_of
from insights.personas.personas import Personas, personas
from insights.small_groups import SMALLEST
from insights.touchpoints.consistency import consistency
from insights.touchpoints.increments import Increment, increment
from insights.touchpoints.journey import Crossing, crossings, journey
from insights.touchpoints.roles import Paths
from insights.touchpoints.ways import PeopleOnWays, paths_by, paths_of, people_on_ways

SEGMENT_KPIS = ("buyers", "net_sales", "average_order_value", "repurchase_rate", "retention")
MONTHS = 13  # shown: a year, and the same month a year before
DEFAULT_DAYS = 91


@dataclass(frozen=True)
class Facts:
    """What is told; None where the shop's data lack what it needs, and `lacking` says what.

    Attributes
    ----------
    settled_from : datetime     from here on a first order was hardly preceded by one before the data begin
    standing : StageTable       at the ends of months, and now
    ends : list of datetime     the last ends of months
    flow : Flow                 between them
    stakes : list of Stake      of those at risk and dormant
    now, before, year : dict    KPI → value in the period, the one as long before, the same a year before
    months : pa.Table           KPIs by month
    channels : pa.Table         KPIs of the period by channel
    drop_offs, moved            of the funnel
    episodes : list             days in which something was otherwise, the clearest first
    reasons : list              (channel, reason, times) for which carts were left, most frequent first
    increment : Increment       what messages added beside what attribution credits to them
    paths, on_ways              ways to an order, and who went them
    moves, crossed              moves from touch to touch, moves between online and store
    mapped : dict               grouping → group → who went ways in the period, and their ways
    segmented : dict            grouping (rfm, age, gender, region) → KPIs of the period by segment
    consistency : pa.Table      what differs between channels
    personas, advocates         who behaves alike; who brings others
    lacking : list of str       keys of texts that say what is left out and what to add
    doubts : list               what is odd in the data of the period
    """

    shop: str
    currency: str
    at: datetime
    period: Period
    first: datetime
    settled_from: datetime
    standing: StageTable
    ends: list[datetime]
    flow: Flow
    stakes: list[Stake]
    now: dict[str, float]
    before: dict[str, float]
    year: dict[str, float]
    months: pa.Table
    channels: pa.Table
    cohorts: pa.Table
    drop_offs: pa.Table | None
    moved: list[Moved]
    episodes: list[Episode]
    reasons: list[tuple[str, str, int]]
    paths: Paths
    on_ways: PeopleOnWays
    increment: Increment | None
    moves: pa.Table
    crossed: tuple[Crossing, Crossing, int] | None
    mapped: dict[str, dict[str, tuple[PeopleOnWays, Paths]]]
    segmented: dict[str, pa.Table]
    consistency: pa.Table
    personas: Personas
    advocates: Advocates | None
    lacking: list[str]
    doubts: list[Doubt]

    @property
    def last_day(self) -> datetime:
        """The last day that is told."""
        return add_days(self.period.until, -1)


def gather(
    known: Known,
    since: datetime | None,
    horizon_days: int,
    active_within_days: int,
    *,
    progress: Progress = silent,
) -> Facts:
    """Compute what a report tells of [since, known.at).

    Raises
    ------
    PerennialError      if the period is empty, or nothing was known by its end
    """
    period = _period(known, since)
    progress("stages", 0, 6)
    ends, days = month_ends(known.first, known.at)[-MONTHS:] or [known.at], stretch(known)
    moments = {*ends, known.at, add_days(known.at, -days), period.since}
    every = stages_at(known.shop, sorted(moments), horizon_days, active_within_days, engine=known.engine)
    progress("KPIs", 1, 6)
    progress("drop-offs", 3, 6)
    drop_offs = funnel(known, period) if known.shop.has("touchpoints") else None
    paths = paths_of(known, period)
    measured = increment(known, period, paths)
    progress("cohorts", 5, 6)
    return Facts(
        shop=known.shop.name,
        currency=known.shop.currency,
        at=known.at,
        period=period,
        first=known.first,
        settled_from=add_days(known.first, active_within_days),
        standing=every,
        ends=ends,
        flow=flow_of(_only(every, ends)),
        stakes=stakes(known, every, days),
        now=_values(known, period),
        before=_values(known, Period(period.since - (period.until - period.since), period.since)),
        year=_values(known, Period(year_before(period.since), year_before(period.until))),
        months=kpis(known, Period(shifted(ends[-1].replace(day=1), -MONTHS), known.at), every="month"),
        channels=kpis(known, period, by=["channel"]),
        cohorts=cohorts(known),
        drop_offs=drop_offs,
        moved=[] if drop_offs is None else moved_steps(drop_offs),
        episodes=episodes(known, period),
        reasons=_reasons(known, period),
        paths=paths,
        on_ways=people_on_ways(known, period),
        increment=measured,
        moves=journey(known, period),
        crossed=crossings(known, period),
        mapped={name: paths_by(known, period, groups) for name, groups in groupings(known, period, every).items()},
        segmented=_segmented(known, period),
        consistency=consistency(known, period),
        personas=personas(known),
        advocates=advocates(known),
        lacking=_lacking(known, period, measured is not None),
        doubts=doubts(known, period, since, paths),
    )


def _period(known: Known, since: datetime | None) -> Period:
    if known.first >= known.at:
        raise PerennialError(
            f"shop '{known.shop.name}' has no order known before {known.at:%Y-%m-%d}, so there is nothing to report. "
            "Give a later --at."
        )
    start = add_days(known.at, -DEFAULT_DAYS) if since is None else since
    if start >= known.at:
        raise PerennialError(
            f"--since {start:%Y-%m-%d} is not before --at {known.at:%Y-%m-%d}, so the period is empty. "
            "Give an earlier day."
        )
    begin = known.first.replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(max(start, begin), known.at)


def _values(known: Known, period: Period) -> dict[str, float]:
    """KPIs of a period; none where it began before the data did."""
    begin = known.first.replace(hour=0, minute=0, second=0, microsecond=0)
    if period.since < begin:
        return {}
    return {row["kpi"]: row["value"] for row in kpis(known, period).to_pylist()}


def _only(table: StageTable, cutoffs: list[datetime]) -> StageTable:
    """The same people at some of the cutoffs."""
    places = [table.cutoffs.index(cutoff) for cutoff in cutoffs]
    return StageTable(table.customers, tuple(cutoffs), table.codes[places])


def _segmented(known: Known, period: Period) -> dict[str, pa.Table]:
    found = {"rfm": rfm(known), **{name: stated(known, name) for name in ("age", "gender", "region")}}
    return {
        name: kpis(known, period, names=SEGMENT_KPIS, by=["segment"], segments=segments)
        for name, segments in found.items()
        if segments is not None
    }


def _reasons(known: Known, period: Period) -> list[tuple[str, str, int]]:
    """Why carts were left, as far as it is stated, by channel; those of fewer than twenty people are not told."""
    if not known.has("touchpoints", "reason"):
        return []
    rows = known.rows("touchpoints")
    rows = rows.filter(period.holds(rows) & rows.reason.notnull() & (rows.reason != ""))
    counted = rows.group_by("channel", "reason").aggregate(times=rows.count(), people=people_of(rows, "session_id"))
    found = known.engine.arrow(
        counted.filter(counted.people >= SMALLEST).order_by(ibis.desc("times"), "channel", "reason")
    )
    return [(row["channel"], row["reason"], row["times"]) for row in found.to_pylist()]


def _lacking(known: Known, period: Period, measured: bool) -> list[str]:
    """What the shop does not give, as keys of texts."""
    wanted = {
        "year": is_year_seen(known, period),
        "touchpoints": known.shop.has("touchpoints"),
        "messages": known.shop.has("messages") and known.shop.has("responses"),
        "control": measured or not known.shop.has("messages"),
        "tickets": known.shop.has("tickets"),
        "order_channel": known.has("orders", "channel"),
        "deliveries": known.has("orders", "promised_at", "delivered_at"),
        "rights": known.has("order_lines", "benefit") and known.has("customers", "tier"),
        "order_lines": known.shop.has("order_lines"),
        "referred_by": known.has("customers", "referred_by"),
    }
    return [name for name, given in wanted.items() if not given]
