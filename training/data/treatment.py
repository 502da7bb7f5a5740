"""Who was treated within a window after a cutoff: sent something, or decided about and not to be left alone."""

from datetime import datetime

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from decisions.actions import LEAVE_ALONE
from features.build.outcomes import Outcome, outcomes
from features.engine import Engine
from features.known import WITHHELD
from features.shop import Shop
from features.spine import Spine

TREATED, UNTREATED = "treated", "untreated"


def treated(
    shop: Shop, spine: Spine, horizon_days: int, until: datetime, engine: Engine, *, by: tuple[str, ...]
) -> NDArray[np.bool_] | None:
    """Whether each row of a spine was treated in [cutoff, cutoff + horizon), as known before `until`.

    A send withheld on purpose treats nobody. None where the shop has none of the tables.

    Parameters
    ----------
    by : tables that tell: "messages", "decisions"
    """
    known: dict[str, Outcome] = {"messages": ("messages", _sent), "decisions": ("decisions", _acted)}
    told = {name: known[name] for name in by if shop.has(name)}
    if not told:
        return None
    found = outcomes(shop, spine, horizon_days, until, told, engine=engine)
    counts = [np.asarray(found[name].fill_null(0), dtype=np.float64) for name in told]
    return np.asarray(np.sum(counts, axis=0) > 0, dtype=np.bool_)


def _sent(rows: ir.Table) -> ir.Scalar:
    return rows.count(where=rows.arm.fill_null("") != WITHHELD)


def _acted(rows: ir.Table) -> ir.Scalar:
    return rows.count(where=(rows.action != LEAVE_ALONE) & (rows.arm.fill_null("") != WITHHELD))
