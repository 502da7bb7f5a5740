"""What the night decided, beside the snapshot's rows: one record a customer, and the plan and prices it was made under.

<folder>/decided.npy     a record a customer
<folder>/decided.json    plan, channels, options, setting; the record file's bytes
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisions.allocation.arms import NOTHING
from decisions.allowed.cart import CAUSES_OF_CARTS
from decisions.allowed.eligibility import Audience, Menu
from decisions.causes import NO_CAUSE, membership
from decisions.choose import Chosen, Setting
from decisions.worth.measured import Measured, effects_of, plain
from decisions.worth.measured import from_plain as learnt_from
from decisions.worth.personal import with_personal
from decisions.worth.worth import Effects
from decisions.written import from_plain, to_plain
from scoring.verified_files import write_bytes
from serving.errors import SnapshotError
from serving.snapshot.block_digests import changing_rows, undamaged_bytes, write_digests
from serving.snapshot.carts import Carts, erase_carts, read_carts
from serving.snapshot.row_file import RowFile

RECORDS, WORDS = "decided.npy", "decided.json"


@dataclass(frozen=True)
class Decided:
    """A night's decisions, open.

    Attributes
    ----------
    records : file of a structured array (n,)
    margin : share of sales             None where the shop has not said
    effects : what actions were measured to change for one customer
    told : actions of which the uplift model's answers count, and how much beside what is assumed
    carts : what lay in carts that had been left by then; None where none had
    """

    menu: Menu
    setting: Setting
    margin: float | None
    records: RowFile
    effects: Effects = field(default_factory=Effects)
    told: Mapping[str, float] = field(default_factory=dict)
    carts: Carts | None = None
    _groups: dict[tuple[str, ...], NDArray[np.float64]] = field(default_factory=dict)

    def of(self, row: int) -> np.void:
        """A customer's record; of −1, who is in no snapshot, one that nothing was sent and no store is near."""
        if row >= 0:
            return self.records.take([row])[0]  # type: ignore[no-any-return]
        return self.nobody

    def effects_for(self, answers: Mapping[str, float]) -> Effects:
        """What actions change for a customer with these answers of the models."""
        if not self.told:
            return self.effects
        return with_personal(self.effects, {name: np.atleast_1d(value) for name, value in answers.items()}, self.told)

    def cart_of(self, row: int) -> tuple[str, ...]:
        """What lay in the cart that a customer had left by the night, newest first."""
        return () if self.carts is None else self.carts.of(row)

    def why_left(self, row: int) -> str | None:
        """Why; None without a cart."""
        if not self.cart_of(row):
            return None
        cause = int(self.of(row)["cause"])
        name = None if cause == NO_CAUSE else list(self.menu.plan.causes)[cause]
        return name if name in CAUSES_OF_CARTS else None

    @cached_property
    def nobody(self) -> np.void:
        """The record of a customer of whom nothing was known that night."""
        blank = np.zeros(1, dtype=self.records.dtype)
        blank["choice"], blank["cause"], blank["rested"], blank["propensity"] = NOTHING, NO_CAUSE, True, 1.0
        blank["near"] = [not action.needs_store for action in self.menu.plan.actions]
        return blank[0]  # type: ignore[no-any-return]

    def causes_of(self, features: tuple[str, ...]) -> NDArray[np.float64]:
        """Which features make which cause, (features, causes); found once."""
        if features not in self._groups:
            self._groups[features] = membership(features, self.menu.plan.causes)
        return self._groups[features]


def write_decided(
    folder: Path,
    customers: Audience,
    chosen: Chosen,
    menu: Menu,
    setting: Setting,
    margin: float | None,
    learnt: tuple[Measured, ...] = (),
    told: Mapping[str, float] | None = None,
) -> None:
    """Write a night's decisions into a snapshot's folder."""
    records = np.zeros(len(customers), dtype=_record(len(menu.plan.actions), len(menu.channels)))
    for name in ("choice", "arm", "propensity", "net", "cost", "uplift", "removed"):
        records[name] = getattr(chosen, name)
    for name in ("stage", "cause", "week", "month", "week_all", "month_all", "rested", "near"):
        records[name] = getattr(customers, name)
    np.save(folder / RECORDS, records, allow_pickle=False)
    write_digests(folder / RECORDS)
    size = (folder / RECORDS).stat().st_size
    words = {**to_plain(menu, setting, margin), "learnt": plain(learnt), "told": dict(told or {}), "bytes": size}
    write_bytes(folder / WORDS, (json.dumps(words, ensure_ascii=False, indent=1) + "\n").encode())
    write_digests(folder / WORDS)


def read_decided(folder: Path, customers: int) -> Decided | None:
    """What lies in a snapshot's folder; None where the night decided nothing.

    Raises
    ------
    SnapshotError   if it is cut, or not of this many customers
    """
    if not (folder / WORDS).exists():
        return None
    try:
        told: Mapping[str, Any] = json.loads(undamaged_bytes(folder / WORDS))
        menu, setting, margin = from_plain(told)
        effects = effects_of(learnt_from(told["learnt"]), 1)
        if (folder / RECORDS).stat().st_size != told["bytes"]:
            raise ValueError(f"{RECORDS} has other than {told['bytes']} bytes")
        records = RowFile(folder / RECORDS)
        if records.shape != (customers,) or records.dtype != _record(len(menu.plan.actions), len(menu.channels)):
            raise ValueError("other customers, actions or channels than the snapshot's")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(
            f"The night's decisions in {folder} cannot be used ({error}). Run the night again."
        ) from error
    carts = read_carts(folder, customers)
    return Decided(menu, setting, margin, records, effects, _words(told.get("told", {})), carts)


def _words(told: Any) -> Mapping[str, float]:
    """Action → how much the model counts; earlier snapshots list the actions alone."""
    return (
        {str(name): float(word) for name, word in told.items()} if isinstance(told, dict) else dict.fromkeys(told, 1.0)
    )


def erase_decided(folder: Path, row: int) -> None:
    """Leave nothing of one customer's decision and cart."""
    erase_carts(folder, row)
    path = folder / RECORDS
    if path.exists():
        records = np.load(path, mmap_mode="r+", allow_pickle=False)
        begin = path.stat().st_size - records.nbytes + row * records.itemsize
        with changing_rows(path, begin, begin + records.itemsize):
            records[row] = np.zeros((), dtype=records.dtype)
            records["choice"][row], records["cause"][row] = NOTHING, NO_CAUSE
            records.flush()


def _record(actions: int, channels: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("choice", "<i2"), ("arm", "i1"), ("stage", "i1"), ("cause", "i1"),
            ("propensity", "<f8"), ("net", "<f8"), ("cost", "<f8"), ("uplift", "<f8", (3,)),
            ("removed", "u1", (actions,)), ("week", "u1", (channels,)), ("month", "u1", (channels,)),
            ("week_all", "u1"), ("month_all", "u1"), ("rested", "?", (actions,)), ("near", "?", (actions,)),
        ]
    )  # fmt: skip
