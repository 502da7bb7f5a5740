"""Dealing a trial's arms and keeping them: the design and the assignment lie in a folder of the trial's own."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.engine import Engine
from features.files import replacing
from features.shop import Shop
from insights.experiments.comparing import compare
from insights.experiments.dealing import deal
from insights.experiments.design import FILE, Design, read_design, write_design
from insights.experiments.errors import ExperimentError
from insights.experiments.measured import TrialSums, before_start, measure
from insights.experiments.sequence import scale
from insights.experiments.units import Units, strata_of, units_at

ASSIGNMENT = "assignment.parquet"
SCHEMA = pa.schema([
    ("customer_id", pa.string()), ("unit_id", pa.string()), ("arm", pa.string()), ("stratum", pa.string()),
    ("assigned_at", pa.timestamp("us")),
])  # fmt: skip


@dataclass(frozen=True)
class Assigned:
    """A trial as dealt: its design, all rows, and how many customers were dealt just now."""

    design: Design
    rows: pa.Table
    new: int
    units: Units


def assign(
    shop: Shop, folder: Path, wanted: Design, at: datetime, spans: tuple[int, int], key: str, engine: Engine
) -> Assigned:
    """Deal the customers who are there at a cutoff; whoever was dealt before keeps their arm.

    A second run at a later cutoff adds who is new since; their outcome counts from their own start.

    Parameters
    ----------
    folder : Path       the trial's own
    wanted : Design     its `starts` and `scale` count on the first run alone
    spans : (horizon, active within)    days

    Raises
    ------
    ExperimentError     if the trial was dealt before with other arms, unit, strata, days or metrics, or begins later
    """
    design, dealt = wanted, SCHEMA.empty_table()
    if (folder / FILE).is_file():
        design, dealt = read_design(folder), read_assignment(folder)
        _refuse_other(design, wanted, at)
    units = units_at(shop, at, spans[1], design.unit, key, engine)
    rows = _dealt(shop, design, units, dealt, at, spans, engine)
    if not (folder / FILE).is_file():
        design = tuned(design, before_start(measure(shop, rows, design.days, at, engine)))
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / ASSIGNMENT) as part:
        pq.write_table(rows, part)
    write_design(folder, design)
    return Assigned(design, rows, rows.num_rows - dealt.num_rows, units)


def read_assignment(folder: Path) -> pa.Table:
    """The rows of a trial, as `SCHEMA` says.

    Raises
    ------
    ExperimentError     if they are gone
    """
    path = folder / ASSIGNMENT
    if not path.is_file():
        raise ExperimentError(f"{path} is gone, and with it who got what. Restore it, or deal a trial of another name.")
    return pq.read_table(path, schema=SCHEMA)


def _dealt(
    shop: Shop, design: Design, units: Units, dealt: pa.Table, at: datetime, spans: tuple[int, int], engine: Engine
) -> pa.Table:
    strata = strata_of(shop, units, at, spans, design.strata, engine)
    earlier = dict(zip(dealt["unit_id"].to_pylist(), dealt["arm"].to_pylist(), strict=True))
    known = set(dealt["customer_id"].to_pylist())
    names = sorted(strata)
    arms = dict(zip(names, deal(names, [strata[one] for one in names], design.arms, design.name, earlier), strict=True))
    pairs = zip(units.rows["customer_id"].to_pylist(), units.rows["unit_id"].to_pylist(), strict=True)
    new = [(who, unit, arms[unit], strata[unit], at) for who, unit in pairs if who not in known]
    added = pa.table([list(column) for column in zip(*new, strict=True)] or [[]] * len(SCHEMA), schema=SCHEMA)
    return pa.concat_tables([dealt, added]).sort_by("customer_id")


def tuned(design: Design, past: TrialSums) -> Design:
    """The design with each comparison's sequence tuned to the error it would have had in the days before the start.

    Raises
    ------
    ExperimentError     if a metric does not vary in those days
    """
    level = design.alpha / design.comparisons
    found = compare(past, replace(design, scale={}), adjust=False)
    silent = [one.metric for one in found if not one.error > 0]
    if silent:
        raise ExperimentError(
            f"'{silent[0]}' does not vary in the {design.days} days before {design.starts:%Y-%m-%d}, so nothing can be "
            "said of its noise. Leave the metric out, or make --days longer."
        )
    return replace(design, scale={f"{one.arm}/{one.metric}": scale(one.n, one.error, level) for one in found})


def _refuse_other(kept: Design, wanted: Design, at: datetime) -> None:
    for field in ("arms", "unit", "strata", "days", "metrics"):
        if getattr(kept, field) != getattr(wanted, field):
            raise ExperimentError(
                f"experiment '{kept.name}' was dealt with {field} {_told(getattr(kept, field))}, not "
                f"{_told(getattr(wanted, field))}. A trial keeps what it began with: give another --name."
            )
    if at < kept.starts:
        raise ExperimentError(
            f"experiment '{kept.name}' began on {kept.starts:%Y-%m-%d}; nobody can be added as of {at:%Y-%m-%d}."
        )


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={share:g}" for name, share in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
