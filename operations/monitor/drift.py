"""Whether tonight's customers are still like those the champions last learnt from: every input and every answer.

Unchanged means: the rows of tonight's active customers come from the same law as the rows of those active at the newest
training cutoff. Most customers are in both, and a customer is like himself; so each is asked on one side only, drawn by
lot anew every night. Then the two samples hold different people, their rows are exchangeable where nothing changed, and
the rate of false alarms is the one stated (operations.monitor.permutation). What is wrong for a night stays wrong the
next one: alarms of nights in a row hang together, and the rate is that of any one of them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build, matrix
from features.clocks import parse_date
from features.engine import Engine
from features.progress import Progress, silent
from features.shop import Shop
from features.spine import Spine
from operations.monitor.findings import DRIFT, MEND_FEED, RETRAIN, WAIT, Alert, Found
from operations.monitor.permutation import Rows, Shift, shifts
from operations.score import columns_of
from scoring.release import FeatureRef, ReleasedModel
from scoring.scorer import Scorer

MOST_ROWS = 20_000  # of each side: a shift of a twentieth of a standard deviation is found, in seconds
FEWEST_ROWS = 40
LARGE = 0.25  # standard deviations from which on a new model is worth its while
OTHER_UNIT = 3.0  # no season moves an input as far
MISSING = 0.05  # share of rows
_TOLD = 10  # columns that get a finding of their own


@dataclass(frozen=True)
class Sides:
    """Rows of both sides, inputs and answers beside each other; no customer is on both.

    `ageing` inputs look back to the first row: they grow as the shop grows older, though nothing is wrong.
    """

    reference: Rows
    tonight: Rows
    inputs: tuple[str, ...]
    answers: tuple[str, ...]
    ageing: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Every column's name."""
        return (*self.inputs, *self.answers)


def drift(
    shop: Shop,
    at: datetime,
    models: Mapping[str, ReleasedModel],
    *,
    engine: Engine,
    threads: int = 1,
    most: int = MOST_ROWS,
    progress: Progress = silent,
) -> Found:
    """Compare tonight with the newest training cutoff, in all columns at one false-alarm rate for the night.

    Parameters
    ----------
    shop : Shop      its persons settled
    models : those that serve, by task
    most : rows of each side; more are thinned by lot
    """
    sides = sides_of(shop, at, models, engine=engine, threads=threads, most=most, progress=progress)
    if sides is None:
        return Found(not_checked={DRIFT: "too_few"})
    found = shifts(sides.reference, sides.tonight, sides.names, seed=int(f"{at:%Y%m%d}"))
    return Found(tuple(findings_of(found, sides)), shifts=found)


def sides_of(
    shop: Shop,
    at: datetime,
    models: Mapping[str, ReleasedModel],
    *,
    engine: Engine,
    threads: int = 1,
    most: int = MOST_ROWS,
    progress: Progress = silent,
) -> Sides | None:
    """The two samples; None where one has too few rows to compare."""
    learnt = parse_date(max(cutoff for one in models.values() for cutoff in one.model.cutoffs)[:10])
    within = next(iter(models.values())).model.active_within_days
    parts = [
        _drawn(Spine.active(shop, [moment], within, engine=engine), f"{at:%Y-%m-%d}", side, most)
        for side, moment in enumerate((learnt, at))
    ]
    if learnt >= at or min(part.num_rows for part in parts) < FEWEST_ROWS:
        return None
    columns = columns_of(shop, models)
    spine = Spine.from_rows(pa.concat_tables([part.select(["customer_id", "cutoff"]) for part in parts]))
    built = build(shop, spine, columns, engine=engine, progress=progress)
    names = [column.name for column in columns]
    rows = matrix(built, names)
    refs = tuple(FeatureRef(column.name, column.fingerprint) for column in columns)
    answers = Scorer([one.model for one in models.values()], refs, threads=threads).answers(rows)
    both = np.column_stack([rows, *(values.astype(np.float32) for values in answers.values())])
    both[~np.isfinite(both)] = np.nan
    order = pa.concat_tables(parts)  # by lot, as `shifts` asks
    places = {one: place for place, one in enumerate(built["customer_id"].to_pylist())}
    taken = np.array([places[one] for one in order["customer_id"].to_pylist()])
    first = parts[0].num_rows
    ageing = frozenset(column.name for column in columns if column.days is None)
    return Sides(both[taken[:first]], both[taken[first:]], tuple(names), tuple(answers), ageing)


def findings_of(found: Sequence[Shift], sides: Sides) -> list[Alert]:
    """The columns that alarm, those that changed most first, the rest counted.

    Inputs that moved ask for a new model only where answers moved with them: else the model does not mind.
    """
    stuck, alarmed = _stuck(sides), [one for one in found if one.alarm]
    moved = any(one.column in sides.answers and abs(one.size) >= LARGE for one in alarmed)
    told = [_finding(one, sides, one.column in stuck, moved) for one in alarmed]
    ranked = sorted(zip(told, alarmed, strict=True), key=lambda pair: (pair[0].advice == WAIT, -_extent(pair[1])))
    kept = [finding for finding, _ in ranked[:_TOLD]]
    if len(ranked) > _TOLD:
        kept.append(Alert(DRIFT, "more_shifted", "", WAIT, {"columns": float(len(ranked) - _TOLD)}))
    return kept


def _finding(shift: Shift, sides: Sides, stuck: bool, moved: bool) -> Alert:
    code, advice = "input_shifted", WAIT
    large = max(abs(shift.size), abs(shift.spread)) >= LARGE
    if shift.column in sides.answers:
        code, advice = "answer_shifted", RETRAIN if abs(shift.size) >= LARGE else WAIT
    elif stuck:
        code, advice = "input_stuck", MEND_FEED
    elif shift.missing >= MISSING:  # fewer is how a column that looks back fills
        code, advice = "input_missing", MEND_FEED
    elif shift.column in sides.ageing:
        code, advice = "input_aged", RETRAIN if large and moved else WAIT
    elif abs(shift.size) >= OTHER_UNIT:
        code, advice = "input_elsewhere", MEND_FEED
    elif large and moved:
        advice = RETRAIN
    facts = {"size": shift.size, "spread": shift.spread, "missing": shift.missing}
    return Alert(DRIFT, code, shift.column, advice, facts)


def _extent(shift: Shift) -> float:
    return max(abs(shift.size), abs(shift.spread), abs(shift.missing))


def _stuck(sides: Sides) -> frozenset[str]:
    """Columns that are one value tonight, and were not: a table that no longer arrives looks like that."""
    was, is_now = _varies(sides.reference), _varies(sides.tonight)
    return frozenset(name for name, before, now in zip(sides.names, was, is_now, strict=True) if before and not now)


def _varies(rows: Rows) -> NDArray[np.bool_]:
    known = ~np.isnan(rows)
    most = np.where(known, rows, -np.inf).max(axis=0)
    least = np.where(known, rows, np.inf).min(axis=0)
    return np.asarray(most > least)


def _drawn(spine: Spine, salt: str, side: int, most: int) -> pa.Table:
    """The customers of one side, in the order of their lots, the first `most` of them."""
    lots = np.array([lot_of(one, salt) for one in spine.rows["customer_id"].to_pylist()], dtype=np.uint64)
    own = np.flatnonzero(lots % 2 == side)
    return spine.rows.take(own[np.argsort(lots[own], kind="stable")][:most])


def lot_of(customer_id: str, salt: str) -> int:
    """A number between 0 and 2⁶⁴ that says nothing about the customer, another one every night."""
    return int.from_bytes(hashlib.blake2b(customer_id.encode(), digest_size=8, key=salt.encode()).digest(), "big")
