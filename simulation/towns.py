"""Worlds too large to hold: made a town of people after another, with one assortment, and put together on disk.

Towns share products, promotions and incidents; each has stores, customers and chance of its own, and nobody shops in
two. Ids of the first town are as they are, those of others end in the town's number.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from simulation.contract import FORMS, ID_PREFIX

TOWN = 112_000  # persons held at a time: some 2.7 GB over 18 months
MOST_TOWNS = 99
_MEMORY = "1GB"
_SHARED = ("product", "campaign", "coupon")
_OWN = frozenset(
    name
    for forms in FORMS.values()
    for name, form in forms.items()
    if form == "record" or (form in ID_PREFIX and form not in _SHARED)
) | {"person_id"}
Report = Callable[[str, int, int], None]


def sizes(customers: int) -> list[int]:
    """How many persons live in each town: as few towns as hold them all, as equal as can be."""
    towns = -(-customers // TOWN)
    return [customers // towns + (town < customers % towns) for town in range(towns)]


def seed_of(seed: int, town: int) -> int:
    """The seed of a town's own chance; the first town has the world's."""
    return seed if town == 0 else int(np.random.SeedSequence([seed, town]).generate_state(1)[0])


def put_together(towns: Sequence[Path], out: Path, report: Report) -> dict[str, int]:
    """Write every table of the towns into `out` as one, by moment, truth likewise, and take the towns away.

    Returns
    -------
    dict    rows of each canonical table
    """
    names = [path.relative_to(towns[0]) for path in sorted(towns[0].rglob("*.parquet"))]
    rows: dict[str, int] = {}
    (out / "truth").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{_MEMORY}'; SET temp_directory = {_text(towns[0].parent / 'spill')}")
        for done, name in enumerate(names):
            report("putting towns together", done, len(names))
            (count,) = database.execute(_copy(database, towns, out, name)).fetchall()[0]
            if name.parent == Path():
                rows[name.stem] = count
    report("putting towns together", len(names), len(names))
    told = [json.loads((town / "truth" / "world.json").read_bytes()) for town in towns]
    whole = {**told[0], "customers": sum(one["customers"] for one in told), "towns": len(towns)}
    (out / "truth" / "world.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(towns[0].parent)
    return dict(sorted(rows.items()))


def _copy(database: duckdb.DuckDBPyConnection, towns: Sequence[Path], out: Path, name: Path) -> str:
    columns = database.sql(f"SELECT * FROM {_rows(towns[0] / name)}").columns
    known = [column for column in columns if column != "file_row_number"]
    read = towns[:1] if name.stem == "products" else towns  # the assortment is everybody's
    parts = (
        f"SELECT {', '.join(_told(known, town))}, {town} AS town, file_row_number AS place FROM {_rows(folder / name)}"
        for town, folder in enumerate(read)
    )
    order = ", ".join([*(clock for clock in ("happened_at", "known_at") if clock in known), "town", "place"])
    chosen = ", ".join(f'"{column}"' for column in known)
    return (
        f"COPY (SELECT {chosen} FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}) "
        f"TO {_text(out / name)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 500000)"
    )


def _rows(path: Path) -> str:
    return f"read_parquet({_text(path)}, file_row_number = true)"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _told(columns: Sequence[str], town: int) -> Iterator[str]:
    """Each column of a town's table, ids made the town's own; null stays null."""
    for column in columns:
        if town and column in _OWN:
            yield f'"{column}" || \'-{town}\' AS "{column}"'
        elif town and column == "value" and "source_customer_id" in columns:
            yield (
                f"CASE kind WHEN 'phone' THEN '1{town:02}' || substr(value, 4) "
                f"WHEN 'email' THEN replace(value, '@', '-{town}@') ELSE value || '-{town}' END AS value"
            )
        else:
            yield f'"{column}"'
