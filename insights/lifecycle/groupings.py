"""People by what was known of them when a period began, so that what they did in it cannot tell where they belong."""

from collections.abc import Mapping

import pyarrow as pa

from decisions.stages import STAGES
from insights.known import Known, Period
from insights.lifecycle.flow import NEWCOMER
from insights.lifecycle.segments import rfm, stated
from insights.lifecycle.stages import StageTable

STATED = ("age", "gender", "region")


def groupings(known: Known, period: Period, standing: StageTable) -> Mapping[str, pa.Table]:
    """Stage, recency-frequency-money, and what customer records state: each customer_id and segment.

    Parameters
    ----------
    standing : StageTable       with the period's beginning among its cutoffs; who was not known then is a newcomer
    """
    then = Known(known.shop, period.since, known.engine)
    found = {"stage": _by_stage(standing, period), "rfm": rfm(then)}
    told = {name: stated(known, name) for name in STATED}
    return found | {name: segments for name, segments in told.items() if segments is not None}


def _by_stage(standing: StageTable, period: Period) -> pa.Table:
    codes = standing.codes[standing.cutoffs.index(period.since)]
    names = [NEWCOMER, *STAGES]
    return pa.table({"customer_id": standing.customers, "segment": pa.array([names[code + 1] for code in codes])})
