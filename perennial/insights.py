"""What the report shows, as DataFrames: stages, their flow, drop-offs, KPIs, cohorts, personas, ways to an order.

    import perennial as pn

    pn.insights.stages(shop)
    pn.insights.funnel(shop, since="2026-01-01", at="2026-04-01")

Every function takes a shop and a cutoff `at`, a local midnight: only what was known before it counts. By default it is
the last one not after the newest row. A period is [since, at), by default the 91 days before `at`. Groups under twenty
people are left out.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from decisions.stages import STAGES
from features.shop import Shop
from insights.episodes.episodes import episodes as _episodes
from insights.funnel import funnel as _funnel
from insights.kpis import kpi_values as _kpis
from insights.lifecycle import cohorts as _cohorts
from insights.lifecycle import flow as _flow
from insights.personas.personas import personas as _personas
from insights.personas.portrait import TYPICAL
from insights.report.persona_section import persona_name
from insights.report.words import words_of
from insights.small_groups import SMALLEST, part_told
from insights.touchpoints import consistency as _consistency
from insights.touchpoints import journey as _journey
from insights.touchpoints.increments import increment
from insights.touchpoints.roles import channel_roles, without_small_roles
from insights.touchpoints.ways import paths_of, people_on_ways
from perennial.api.known import (
    frame_of,
    grouped,
    large_groups,
    monthly,
    opened_at,
    period_of,
    standing_at,
)
from perennial.api.rows import Moment

__all__ = [
    "cohorts",
    "consistency",
    "episodes",
    "flow",
    "forecast",
    "funnel",
    "journey",
    "kpis",
    "personas",
    "roles",
    "stages",
]


def stages(shop: Shop, at: Moment | None = None) -> pd.DataFrame:
    """Where everybody stands at a cutoff, from order history alone.

    Returns
    -------
    DataFrame       customer_id, cutoff, stage, journey, lifecycle; one row a person known before the cutoff
    """
    with opened_at(shop, at) as known:
        return frame_of(standing_at(known, [known.at]).rows())


def flow(shop: Shop, at: Moment | None = None) -> pd.DataFrame:
    """Moves between stages in each whole month before the cutoff.

    Returns
    -------
    DataFrame       month_end, from_stage ("newcomer" for who was not known before), to_stage, people
    """
    with opened_at(shop, at) as known:
        return frame_of(monthly(known).rows())


def forecast(shop: Shop, at: Moment | None = None) -> pd.DataFrame:
    """Moves expected in the month after the last whole one, with a band that holds four moves in five.

    Returns
    -------
    DataFrame       from_stage, to_stage, people, low, high; empty with fewer than six months of moves
    """
    with opened_at(shop, at) as known:
        told = monthly(known).forecast
    columns = {"from_stage": "str", "to_stage": "str", "people": "float64", "low": "float64", "high": "float64"}
    rows = [] if told is None else [
        (_flow.FROM[left], stage, told.expected[left, entered], told.low[left, entered], told.high[left, entered])
        for left in range(len(_flow.FROM)) for entered, stage in enumerate(STAGES)
    ]  # fmt: skip
    return large_groups(pd.DataFrame(rows, columns=list(columns)).astype(columns))


def funnel(
    shop: Shop, since: Moment | None = None, at: Moment | None = None, *, by: Sequence[str] = _funnel.BY
) -> pd.DataFrame:
    """Every drop-off on the way from a visit to payment, the dearest first.

    Parameters
    ----------
    by : of "channel" and "device"

    Returns
    -------
    DataFrame       as `insights.funnel.funnel.funnel` says: visits, passed, lost, came_back, both rates, cost

    Raises
    ------
    ShopError       if the shop gives no touchpoints
    """
    with opened_at(shop, at) as known:
        return frame_of(_funnel.funnel(known, period_of(known, since), by=by))


def kpis(
    shop: Shop,
    since: Moment | None = None,
    at: Moment | None = None,
    *,
    names: Sequence[str] | None = None,
    by: Sequence[str] = (),
    every: _kpis.Every = None,
    segments: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """KPIs, recomputed over each group and period.

    Parameters
    ----------
    names : KPIs wanted; all that the shop's tables allow by default
    by : of channel, touchpoint, store, device and segment
    every : "month", or None for the period as one
    segments : DataFrame of customer_id and segment, for `by` segment: stages, say

    Returns
    -------
    DataFrame       period_start, then `by`, kpi, value, unit, people, late_rows
    """
    groups = None if segments is None else pa.Table.from_pandas(segments, preserve_index=False)
    with opened_at(shop, at) as known:
        period = period_of(known, since)
        return frame_of(_kpis.kpis(known, period, names=names, by=by, every=every, segments=groups))


def cohorts(shop: Shop, at: Moment | None = None, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Retention and value by the month of the first order.

    Parameters
    ----------
    by : of "channel" and "campaign" of acquisition

    Returns
    -------
    DataFrame       cohort, then `by`, months_since, people, active, retention, net_sales, value; null where one to
                    nineteen people were active, `value` until twenty were since it was last told
    """
    with opened_at(shop, at) as known:
        return frame_of(_cohorts.without_small_cells(_cohorts.cohorts(known, by=by)))


def consistency(shop: Shop, since: Moment | None = None, at: Moment | None = None) -> pd.DataFrame:
    """What differs between channels in the period: prices, promotions, messages and service about one thing.

    Returns
    -------
    DataFrame       what (price, promotion, message, service), channel, other_channel, cases, people, dearer_by
    """
    with opened_at(shop, at) as known:
        return frame_of(_consistency.consistency(known, period_of(known, since)))


def episodes(shop: Shop, since: Moment | None = None, at: Moment | None = None) -> pd.DataFrame:
    """Days of the period in which something at one place was otherwise than chance explains, the clearest first.

    Returns
    -------
    DataFrame       what, channel, device, store, department, step, reason, topic (where), since, until, rate, usual and
                    year (shares in these days, around them, and in the same days a year before), more (than usual),
                    money (what it was worth, below 0 a loss); rate, more and money are null where under twenty people
                    are on either side of them, and so is usual
    """
    places = ("channel", "device", "store", "department", "step", "reason", "topic")
    figures = ("since", "until", "rate", "usual", "year", "more", "money")
    with opened_at(shop, at) as known:
        found = _episodes(known, period_of(known, since))
    rows = [
        {"what": one.what}
        | {name: one.place.get(name) for name in places}
        | {name: getattr(one, name) for name in figures if one.is_large or name not in ("rate", "more", "money")}
        | ({} if one.is_usual_large else {"usual": None})
        for one in found
    ]
    return pd.DataFrame(rows, columns=["what", *places, *figures])


def personas(shop: Shop, at: Moment | None = None, *, lang: str = "en") -> pd.DataFrame:
    """Groups of the year's buyers who behave alike, as many as hold up, named in words; the largest in sales first.

    Parameters
    ----------
    lang : "en" or "zh"     of the column `persona`

    Returns
    -------
    DataFrame       persona, people, people_before (a month earlier), reachable (null where under twenty are, or are
                    not), orders and spent (of the year, a person), share_of_sales, fits (what to offer), then what
                    stands out from the shop: department, purchase_channel, store, weekday, hours, contact_channel,
                    age, gender, region; empty where no division of the people holds up
    """
    figures = ("people", "people_before", "reachable", "orders", "spent", "share_of_sales", "fits")
    with opened_at(shop, at) as known:
        words, found = words_of(lang, shop.currency), _personas(known).found
    rows = [
        {"persona": persona_name(one.name, words)}
        | {name: getattr(one, name) for name in figures}
        | ({"reachable": None} if part_told(one.reachable, one.people)[0] else {})
        | {name: one.typical.get(name) for name in TYPICAL}
        for one in found
    ]
    return pd.DataFrame(rows, columns=["persona", *figures, *TYPICAL])


def journey(
    shop: Shop, since: Moment | None = None, at: Moment | None = None, *, by: str | pd.DataFrame | None = None
) -> pd.DataFrame:
    """Which touch follows which on the ways that ended in the period.

    Parameters
    ----------
    by : "stage", "rfm", "age", "gender" or "region", stage and rfm as known when the period began; or a DataFrame of
        customer_id and segment

    Returns
    -------
    DataFrame       segment (with `by`), from_touch, to_touch, times, people, median_hours, share, and bought: share of
                    these moves on ways that ended in an order

    Raises
    ------
    ShopError       if the shop does not give what `by` names
    """
    with opened_at(shop, at) as known:
        period = period_of(known, since)
        return frame_of(_journey.journey(known, period, None if by is None else grouped(known, period, by)))


def roles(shop: Shop, since: Moment | None = None, at: Moment | None = None) -> pd.DataFrame:
    """What each channel does on the way to an order, and what messages were measured to add; credit is no cause.

    Returns
    -------
    DataFrame       channel, orders, introduces, assists, closes, removal, shapley; counts of under twenty people, and
                    those that would reveal them, are null. measured, measured_low, measured_high: orders that
                    messages added within seven days, held against sends withheld by lot, with a 95 % interval; null
                    but for the last row, "all messages", which is there where sends were withheld and repeats its
                    channels' credit
    """
    with opened_at(shop, at) as known:
        period = period_of(known, since)
        paths = paths_of(known, period)
        shown = frame_of(without_small_roles(channel_roles(paths), people_on_ways(known, period).roles))
        measured = increment(known, period, paths)
    figures = ("measured", "measured_low", "measured_high")
    shown = shown.assign(**dict.fromkeys(figures, np.nan))
    if measured is None:
        return shown
    told = {"channel": "all messages", "removal": measured.removal} | dict(
        zip(figures, (measured.added, measured.low, measured.high), strict=True)
    )
    if measured.on_way >= SMALLEST:
        told |= {"orders": measured.on_way, "shapley": measured.credited}
    return pd.concat([shown, pd.DataFrame([told])], ignore_index=True)
