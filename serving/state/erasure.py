"""Erasing a person: at once for every call, then from every file, however often it is asked or interrupted.

A suppression entry, the hash of the id, stays: an import that brings the person back is kept from counting.
The id itself is kept only until all files are done, so that a restart can finish what a kill interrupted.
"""

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from scoring.clock import now
from scoring.errors import ServingError
from scoring.verified_files import digest, sync_and_replace, write_bytes
from serving.log import log
from serving.settings import Settings
from serving.snapshot.recompute import remove_customers
from serving.snapshot.write import erase_from
from serving.state.database import State
from serving.state.overlay import id_hash

_FACTS = "shop.json"  # what an ingest says of its tables, beside them
_TABLES = ("events", "consents", "decisions")
_FILE_PLACES = {"history": "shops", "features": "features", "scores": "scores"}


def erase(state: State, settings: Settings, customer_ids: Sequence[str]) -> dict[str, int]:
    """Remove a person, given by every id that leads to them; counts of what was removed, by place."""
    removed = _suppress(state, customer_ids)
    removed |= _from_files(settings, customer_ids)
    with state.transaction() as con:
        con.executemany(
            "UPDATE erasures SET customer_id = NULL WHERE id_hash = ?", [(id_hash(one),) for one in customer_ids]
        )
    state.purge_log()
    return removed


def finish_interrupted(state: State, settings: Settings) -> int:
    """Finish erasures that a kill interrupted; how many ids there were."""
    left = [str(row[0]) for row in state.read("SELECT customer_id FROM erasures WHERE customer_id IS NOT NULL")]
    if left:
        erase(state, settings, left)
        log("erasures_finished", count=len(left))
    return len(left)


def erased_hashes(folder: Path) -> frozenset[bytes]:
    """`serving.state.overlay.id_hash` of everyone erased, for imports to leave out; empty where no service ever ran.

    Parameters
    ----------
    folder : the shop's state folder, PERENNIAL_HOME/state/<shop>

    Raises
    ------
    ServingError   if the database is there but cannot be read: an import must not bring anyone back unnoticed
    """
    path = folder / "state.db"
    if not path.is_file():
        return frozenset()
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as con:
            con.execute("PRAGMA query_only = ON")
            return frozenset(bytes(row[0]) for row in con.execute("SELECT id_hash FROM erasures"))
    except sqlite3.Error as error:
        raise ServingError(
            f"Who was erased cannot be read from {path} ({error}).\n"
            "Restore the database from a backup before importing, or an import may bring erased people back."
        ) from error


def _suppress(state: State, customer_ids: Sequence[str]) -> dict[str, int]:
    """Take effect for every worker's next call, in one transaction."""
    removed = dict.fromkeys(_TABLES, 0)
    with state.transaction() as con:
        for one in customer_ids:
            con.execute(
                "INSERT INTO erasures (id_hash, erased_at, customer_id) VALUES (?, ?, ?) "
                "ON CONFLICT (id_hash) DO UPDATE SET customer_id = excluded.customer_id",
                (id_hash(one), now().isoformat(), one),
            )
            for table in _TABLES:
                removed[table] += con.execute(f"DELETE FROM {table} WHERE customer_id = ?", (one,)).rowcount
        con.execute("INSERT OR REPLACE INTO marks (name, value) VALUES ('retraining_due', ?)", (now().isoformat(),))
    return removed


def _from_files(settings: Settings, customer_ids: Sequence[str]) -> dict[str, int]:
    removed = {"snapshot": 0}
    for manifest in settings.of_shop("snapshots").glob("*/manifest.json"):
        removed["snapshot"] += erase_from(manifest.parent, customer_ids)
    for name, place in _FILE_PLACES.items():
        folder = settings.of_shop(place)
        gone = {path: remove_customers(path, customer_ids) for path in _files(folder, ".parquet")}
        removed[name] = sum(gone.values())
        removed[name] += sum(_remove_lines(path, customer_ids) for path in _files(folder, ".csv"))
        for facts in folder.glob(f"*/{_FACTS}"):
            _count_again(facts, gone)
    for manifest in settings.of_shop("scores").rglob("*.manifest.json"):
        _vouch_again(manifest)
    return removed


def _files(folder: Path, ending: str) -> Iterable[Path]:
    return sorted(path for path in folder.rglob(f"*{ending}") if not path.name.startswith("."))


def _remove_lines(path: Path, customer_ids: Sequence[str]) -> int:
    """Rewrite a CSV without some customers' lines; a formula-safe cell has an apostrophe before the id."""
    gone = {*customer_ids, *(f"'{one}" for one in customer_ids)}
    part, removed = path.with_name(f".{path.name}.part"), 0
    with path.open(newline="", encoding="utf-8") as old, part.open("w", newline="", encoding="utf-8") as new:
        lines, writer = csv.reader(old), csv.writer(new, lineterminator="\n")
        header = next(lines, [])
        at = header.index("customer_id") if "customer_id" in header else -1
        writer.writerow(header)
        for line in lines:
            if at >= 0 and line[at] in gone:
                removed += 1
            else:
                writer.writerow(line)
    if removed:
        sync_and_replace(part, path)
    else:
        part.unlink()
    return removed


def _count_again(facts: Path, gone: Mapping[Path, int]) -> None:
    """Let an ingest's facts tell its tables as they are now; left as they were, the ingest would be taken for torn."""
    told = json.loads(facts.read_bytes())
    changed = {name: count for name in told["files"] if (count := gone.get(facts.parent / name, 0))}
    for name, count in changed.items():
        path, file = facts.parent / name, told["files"][name]
        file |= {"rows": file["rows"] - count, "bytes": path.stat().st_size, "sha256": digest(path)}
        told["rows"][path.stem] -= count
    if changed:
        write_bytes(facts, json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True).encode())


def _vouch_again(manifest: Path) -> None:
    """Let a scoring run's manifest name the files as they are now."""
    told = json.loads(manifest.read_bytes())
    files = {}
    for name in told.get("files", {}):
        content = (manifest.parent / name).read_bytes()
        files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    if files != told.get("files", {}):
        write_bytes(manifest, (json.dumps({**told, "files": files}, indent=1) + "\n").encode())
