"""Everybody's stage at any cutoff, from order history alone: what was known then decides, and no model is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from decisions.stages import COLUMNS, STAGES
from decisions.stages import stages as stage_names
from features.build.build import build
from features.catalog import pick
from features.engine import Engine, opened
from features.identity.resolve import person_of, resolve
from features.known import is_known, with_shown_at
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import SCHEMA, Spine

Codes = NDArray[np.int8]

# What marketers call the part of the journey a stage belongs to, in the two maps they draw.
JOURNEY: Mapping[str, str] = MappingProxyType(
    {
        "prospect": "awareness",
        "new": "purchase",
        "active": "use",
        "loyal": "advocacy",
        "at_risk": "use",
        "dormant": "consideration",
        "lost": "awareness",
        "recovered": "purchase",
    }
)
LIFECYCLE: Mapping[str, str] = MappingProxyType(
    {
        "prospect": "acquisition",
        "new": "trial",
        "active": "retention",
        "loyal": "loyalty",
        "at_risk": "retention",
        "dormant": "recovery",
        "lost": "recovery",
        "recovered": "recovery",
    }
)
_ROWS_AT_ONCE = 2_000_000
_PEOPLE = ("orders", "customers", "touchpoints")  # the tables in which a person is first met


@dataclass(frozen=True)
class StageTable:
    """Who stood where at each cutoff.

    Attributes
    ----------
    customers : pa.Array                        person ids, rising
    cutoffs : tuple of datetime                 local midnights, rising
    codes : array (n_cutoffs, n_customers)      places in STAGES; −1 where the person was not known yet
    """

    customers: pa.Array
    cutoffs: tuple[datetime, ...]
    codes: Codes

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """People in each stage, shape (n_cutoffs, n_stages)."""
        return np.array([np.bincount(row[row >= 0], minlength=len(STAGES)) for row in self.codes], dtype=np.int64)

    def rows(self) -> pa.Table:
        """One row a person and cutoff: customer_id, cutoff, stage, journey, lifecycle."""
        when, who = np.nonzero(self.codes >= 0)
        stage = pa.array(STAGES).take(pa.array(self.codes[when, who]))
        return pa.table(
            {
                "customer_id": self.customers.take(pa.array(who)),
                "cutoff": pa.array([self.cutoffs[place] for place in when], pa.timestamp("us")),
                "stage": stage,
                **{
                    name: pa.array([told[one] for one in STAGES]).take(pa.array(self.codes[when, who]))
                    for name, told in (("journey", JOURNEY), ("lifecycle", LIFECYCLE))
                },
            }
        )


def stages_at(
    shop: Shop,
    cutoffs: Sequence[datetime],
    horizon_days: int,
    active_within_days: int,
    *,
    engine: Engine | None = None,
    progress: Progress = silent,
) -> StageTable:
    """Everybody's stage at each cutoff, by the one rule in `decisions.stages`.

    Everybody is who had an order, a touchpoint or a customer record known before the cutoff.

    Parameters
    ----------
    cutoffs : sequence of datetime      local midnights
    horizon_days, active_within_days    as the shop's models have them: what counts as new, and as dormant
    """
    moments = sorted(set(cutoffs))
    found: dict[datetime, tuple[pa.Array, Codes]] = {}
    with opened(engine) as running:
        for spine in _batches(_known_people(shop, moments, running), moments):
            progress("stages month by month", len(found), len(moments))
            found |= _coded(shop, spine, horizon_days, active_within_days, running)
    everybody = pc.unique(pa.chunked_array([who for who, _ in found.values()], pa.string())).sort()
    codes = np.full((len(moments), len(everybody)), -1, dtype=np.int8)
    for place, moment in enumerate(moments):
        if moment in found:
            who, stage = found[moment]
            codes[place, pc.index_in(who, everybody).to_numpy()] = stage
    return StageTable(everybody, tuple(moments), codes)


def _batches(met: pa.Table, moments: Sequence[datetime]) -> Iterator[Spine]:
    """Cutoffs together as long as memory bears it: a build costs about the same for one as for many."""
    batch: list[pa.Table] = []
    for moment in moments:
        rows = met.filter(pc.equal(met["cutoff"], pa.scalar(moment, pa.timestamp("us"))))
        if batch and sum(one.num_rows for one in batch) + rows.num_rows > _ROWS_AT_ONCE:
            yield Spine.from_rows(pa.concat_tables(batch))
            batch = []
        batch.append(rows)
    yield Spine.from_rows(pa.concat_tables(batch))


def _known_people(shop: Shop, moments: Sequence[datetime], engine: Engine) -> pa.Table:
    """Who was met in any table before each cutoff, records of one person as the person: customer_id, cutoff."""
    each = []
    for table in (one for one in _PEOPLE if shop.has(one)):
        rows = with_shown_at(engine.read(shop.path(table))).filter(ibis._.customer_id.notnull())
        each.append(rows.group_by("customer_id").aggregate(shown_at=rows.shown_at.min()))
    met = ibis.union(*each) if len(each) > 1 else each[0]
    asked = engine.table(pa.table({"cutoff": pa.array(moments, pa.timestamp("us"))}))
    met = met.inner_join(asked, is_known(met, asked.cutoff)).select("customer_id", "cutoff")
    people = resolve(shop, moments, engine)
    return engine.arrow(person_of(met, people).select("customer_id", "cutoff").distinct()).cast(SCHEMA)


def _coded(
    shop: Shop, spine: Spine, horizon_days: int, active_within_days: int, engine: Engine
) -> dict[datetime, tuple[pa.Array, Codes]]:
    """By cutoff: the people of a spine and their stages as places in STAGES."""
    if not len(spine):
        return {}
    table = build(shop, spine, pick(COLUMNS), engine=engine)
    columns = {name: pc.fill_null(table[name], float("nan")).to_numpy() for name in COLUMNS}
    names = stage_names(columns, horizon_days, active_within_days)
    codes = pc.index_in(pa.array(names), pa.array(STAGES)).to_numpy().astype(np.int8)
    customers, cutoffs = table["customer_id"].combine_chunks(), table["cutoff"].to_numpy()
    found = {}
    for cutoff in spine.cutoffs:
        rows = np.flatnonzero(cutoffs == np.datetime64(cutoff, "us"))
        found[cutoff] = (customers.take(pa.array(rows)), codes[rows])
    return found
