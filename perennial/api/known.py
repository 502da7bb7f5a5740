"""What the DataFrames of insights share: the shop as known at a midnight, the period, who stands where."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import pandas as pd
import pyarrow as pa

from features.clocks import add_days
from features.engine import DuckDB
from features.errors import ShopError
from features.shop import Shop
from insights.known import Known, Period, known_shop
from insights.lifecycle.flow import Flow, flow_of
from insights.lifecycle.groupings import groupings
from insights.lifecycle.stages import StageTable, stages_at
from insights.months import month_ends
from insights.report.facts import DEFAULT_DAYS
from insights.small_groups import SMALLEST
from perennial.api.rows import Moment, moment_of
from perennial.models.fitting import asked
from scoring.processors import threads


@contextmanager
def opened_at(shop: Shop, at: Moment | None) -> Iterator[Known]:
    """The shop as known at a midnight, by default the last one not after the newest row."""
    engine = DuckDB(threads=threads())
    try:
        with known_shop(shop, shop.default_cutoff() if at is None else moment_of(at), engine) as known:
            yield known
    finally:
        engine.close()


def period_of(known: Known, since: Moment | None) -> Period:
    """[since, at), by default the 91 days before."""
    return Period(add_days(known.at, -DEFAULT_DAYS) if since is None else moment_of(since), known.at)


def standing_at(known: Known, cutoffs: Sequence[datetime]) -> StageTable:
    """Who stood in which stage at these midnights."""
    spans = asked(known.shop, known.at, None, None, known.engine)
    return stages_at(known.shop, cutoffs, spans.horizon_days, spans.active_within_days, engine=known.engine)


def monthly(known: Known) -> Flow:
    """Moves between stages from one end of a month to the next."""
    return flow_of(standing_at(known, month_ends(known.first, known.at) or [known.at]))


def grouped(known: Known, period: Period, by: str | pd.DataFrame) -> pa.Table:
    """People by a grouping that is named, or one that is given.

    Raises
    ------
    ShopError       if the shop does not give it
    """
    if isinstance(by, pd.DataFrame):
        return pa.Table.from_pandas(by[["customer_id", "segment"]], preserve_index=False)
    found = groupings(known, period, standing_at(known, [period.since]))
    if by not in found:
        raise ShopError(
            f"shop '{known.shop.name}' gives nothing to tell people apart by {by!r}. Choose one of {', '.join(found)}, "
            "or give a DataFrame of customer_id and segment."
        )
    return found[by]


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table as pandas has it."""
    return pd.DataFrame(table.to_pandas())


def large_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of twenty people and more."""
    return frame[frame["people"] >= SMALLEST].reset_index(drop=True)
