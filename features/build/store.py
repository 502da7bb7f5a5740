"""Feature tables kept from run to run: one file a cutoff, built once for what was known before it.

A file is named by what it answers for: cutoff, customers, columns with fingerprints, and a digest of every row shown
before the cutoff. Data that arrives later leaves old cutoffs as they were, so a new night builds one file.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.build.build import build_to, built_in_parts
from features.engine import Engine, opened
from features.feature import FeatureColumn
from features.files import replacing, sweep
from features.identity.resolve import unmerged
from features.known import with_shown_at
from features.progress import Progress, silent
from features.relations import sources_of
from features.shop import Shop
from features.spine import Spine

KEPT = 400


@dataclass(frozen=True)
class FeatureStore:
    """Built feature tables of one shop.

    Attributes
    ----------
    folder : Path       made when something is first kept; safe to delete at any time
    """

    folder: Path

    def parts(
        self,
        shop: Shop,
        spine: Spine,
        columns: Iterable[FeatureColumn],
        *,
        engine: Engine | None = None,
        progress: Progress = silent,
    ) -> Iterator[pa.Table]:
        """`features.build.build.build`, a cutoff at a time, taking from the folder every one it has an answer for."""
        columns = tuple(columns)
        with opened(engine) as running:
            days = _days(shop, columns, running)
            cuts = json.dumps(unmerged(shop))
            paths = {cutoff: self._path(spine, cutoff, columns, days, cuts) for cutoff in spine.cutoffs}
            missing = [cutoff for cutoff, path in paths.items() if not path.exists()]
            if missing:
                asked = Spine.from_rows(spine.rows.filter(pc.is_in(spine.rows["cutoff"], _moments(missing))))
                self._keep(built_in_parts(shop, asked, columns, engine=running, progress=progress), paths)
        for path in paths.values():
            yield _read(path, columns)

    def build_file(
        self,
        shop: Shop,
        spine: Spine,
        columns: Iterable[FeatureColumn],
        *,
        engine: Engine | None = None,
        progress: Progress = silent,
    ) -> Path:
        """The same for a spine of one cutoff, as the file that is kept: the engine writes it and holds no more of it
        than its memory allows.
        """
        columns, (cutoff,) = tuple(columns), spine.cutoffs
        with opened(engine) as running:
            days, cuts = _days(shop, columns, running), json.dumps(unmerged(shop))
            path = self._path(spine, cutoff, columns, days, cuts)
            if not path.exists():
                build_to(path, shop, spine, columns, engine=running, progress=progress)
                self._forget_old()
        return path

    def _path(
        self, spine: Spine, cutoff: datetime, columns: Sequence[FeatureColumn], days: pa.Table, cuts: str
    ) -> Path:
        customers = spine.rows.filter(pc.equal(spine.rows["cutoff"], pa.scalar(cutoff, pa.timestamp("us"))))
        known = days.filter(pc.less(days["day"], pa.scalar(cutoff.date())))
        says = hashlib.sha256()
        says.update("\n".join(customers["customer_id"].to_pylist()).encode())
        says.update(json.dumps([[column.name, column.fingerprint] for column in columns]).encode())
        says.update((cuts + json.dumps(known.to_pylist(), default=str)).encode())
        return self.folder / f"{cutoff:%Y-%m-%d}-{says.hexdigest()[:20]}.parquet"

    def _keep(self, parts: Iterable[pa.Table], paths: dict[datetime, Path]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for cutoff, rows in _by_cutoff(parts):
            with replacing(paths[cutoff]) as part:
                pq.write_table(rows, part, compression="zstd")
        self._forget_old()

    def _forget_old(self) -> None:
        for old in sorted(self.folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
        sweep(self.folder)


def _read(path: Path, columns: Sequence[FeatureColumn]) -> pa.Table:
    """A kept table in one schema, whichever engine wrote it and however it writes what may be null."""
    fields = [("customer_id", pa.string()), ("cutoff", pa.timestamp("us"))]
    return pq.read_table(path).cast(pa.schema([*fields, *((column.name, pa.float64()) for column in columns)]))


def _by_cutoff(parts: Iterable[pa.Table]) -> Iterator[tuple[datetime, pa.Table]]:
    """Parts of a spine in its order as whole cutoffs: no more is held than one of each."""
    pieces = (part.filter(pc.equal(part["cutoff"], cutoff)) for part in parts for cutoff in pc.unique(part["cutoff"]))
    for cutoff, alike in groupby(pieces, key=lambda piece: piece["cutoff"][0].as_py()):
        yield cutoff, pa.concat_tables(alike).combine_chunks()


def _moments(cutoffs: Sequence[datetime]) -> pa.Array:
    return pa.array(cutoffs, pa.timestamp("us"))


def _days(shop: Shop, columns: Sequence[FeatureColumn], engine: Engine) -> pa.Table:
    """For each table and day, how many rows were shown on it and a digest of them that no order of rows changes."""
    parts = []
    names = {source for column in columns for source in sources_of(column.feature.relation)}
    if shop.has("identities") and not shop.settled:
        names.add("identities")
    for name in sorted(names):
        rows = with_shown_at(engine.read(shop.path(name)))
        said = [rows[column].cast("string").fill_null("∅") for column in rows.columns]
        marked = rows.select(day=rows.shown_at.date(), mark=ibis.literal("␟").join(said).hash().cast("decimal(38, 0)"))
        parts.append(
            marked.group_by("day").aggregate(
                table=ibis.literal(name), rows=marked.count(), mark=marked.mark.sum().cast("string")
            )
        )
    days = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return engine.arrow(days.order_by("day", "table"))
