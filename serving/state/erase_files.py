"""Removing people from every file of a shop: snapshots, history, features, scores. The caller holds the files' lock."""

import csv
import json
import mmap
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scoring.errors import ServingError
from scoring.manifests import renew
from scoring.verified_files import link, replacing, write_bytes
from serving.snapshot.parquet_files import drop_with, remove_customers
from serving.snapshot.write import erase_from

Places = Callable[[str], Path]  # the shop's folder of one kind: "shops", "features", "scores", "snapshots", "state"

_FACTS = "shop.json"  # what an ingest says of its tables, beside them
_FILE_PLACES = {
    "history": "shops",
    "features": "features",
    "scores": "scores",
    "decision_files": "decisions",
    "experiments": "experiments",
    "archive": "archive",
}
_UNFINISHED = "unfinished"  # parts of a night that was cut off: no ids, but answers about people
_SWEPT = ("snapshots", _UNFINISHED, *_FILE_PLACES.values())
# Features kept for a cutoff are named by who was asked for: without one of them nobody asks for these again.
BUILT = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{20}\.parquet")
# Parts and old ones; "tmp_" stood before them in 1.0.0. What comes from a server lies beside while it is read.
_LEFT = re.compile(r"(tmp_)?\.(?!download\.).*\.(part|old)")


@dataclass
class Removed:
    """What came of it.

    Attributes
    ----------
    counts : customer id → place → rows removed
    unreadable : files that could not be looked through, so that nobody can say the people are not in them
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    unreadable: list[Path] = field(default_factory=list)

    def add(self, place: str, found: Mapping[str, int]) -> int:
        """Count rows removed from a place, by customer id; how many there were."""
        for customer_id, count in found.items():
            self.counts.setdefault(customer_id, Counter())[place] += count
        return sum(found.values())


def remove_from_files(places: Places, customer_ids: Sequence[str]) -> Removed:
    """Remove people from all files of a shop; a file that cannot be read does not keep the others waiting."""
    removed = Removed()
    sweep(places)
    _tried(removed, places(_UNFINISHED), _UNFINISHED, _dropped)
    for manifest in places("snapshots").glob("*/manifest.json"):
        _tried(removed, manifest.parent, "snapshot", lambda folder: erase_from(folder, customer_ids))
    for name, place in _FILE_PLACES.items():
        folder = places(place)
        once = _Once(customer_ids)
        gone = {path: _tried(removed, path, name, once.remove) for path in _files(folder, ".parquet")}
        for path in _files(folder, ".csv"):
            _tried(removed, path, name, lambda file: _remove_lines(file, customer_ids))
        for path in _files(folder, ".jsonl"):
            _tried(removed, path, name, lambda file: _remove_objects(file, customer_ids))
        for manifest in [*folder.glob(f"*/{_FACTS}"), *folder.rglob("*.manifest.json")]:
            renew(manifest, gone)
    return removed


class _Once:
    """Takes people out of tables, out of one that lies under several names but once, and drops what can be built again.

    A table that a night did not change is a link to the import's: rewritten one by one, each would be a copy.
    """

    def __init__(self, customer_ids: Sequence[str]) -> None:
        self._customer_ids = customer_ids
        self._done: dict[tuple[int, ...], tuple[Path, Mapping[str, int]]] = {}

    def remove(self, path: Path) -> Mapping[str, int]:
        told = path.stat()
        file = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns)
        if file in self._done:
            first, found = self._done[file]
            if found:
                link(first, path)
            return found
        found = drop_with(path, self._customer_ids) if BUILT.match(path.name) else self._rewritten(path)
        if told.st_nlink > 1:
            self._done[file] = (path, found)
        return found

    def _rewritten(self, path: Path) -> Mapping[str, int]:
        return remove_customers(path, self._customer_ids)


def _tried(removed: Removed, path: Path, place: str, remove: Callable[[Path], Mapping[str, int]]) -> int:
    try:
        return removed.add(place, remove(path))
    except FileNotFoundError:  # another process made room meanwhile
        return 0
    except (OSError, ValueError, ServingError):
        if path.exists():
            removed.unreadable.append(path)
        return 0


def _dropped(folder: Path) -> dict[str, int]:
    """Remove a folder with all that is in it; nobody is counted, because nobody stands in it by id."""
    shutil.rmtree(folder)
    return {}


def sweep(places: Places) -> None:
    """Remove what writers that were killed left half done, people and all.

    Nobody writes there now: the caller holds the files' lock alone, and who writes shares it.
    """
    for place in _SWEPT:
        for part in [path for path in places(place).rglob("*") if _LEFT.match(path.name)]:
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _files(folder: Path, ending: str) -> Iterable[Path]:
    return sorted(path for path in folder.rglob(f"*{ending}") if not path.name.startswith("."))


def _remove_lines(path: Path, customer_ids: Sequence[str]) -> dict[str, int]:
    """Rewrite a CSV without some customers' lines; a formula-safe cell has an apostrophe before the id."""
    if not _may_hold(path, customer_ids):
        return {}
    gone = {**{one: one for one in customer_ids}, **{f"'{one}": one for one in customer_ids}}
    removed = Counter[str]()
    with replacing(path) as part:
        with path.open(newline="", encoding="utf-8") as old, part.open("w", newline="", encoding="utf-8") as new:
            lines, writer = csv.reader(old), csv.writer(new, lineterminator="\n")
            header = next(lines, [])
            at = header.index("customer_id") if "customer_id" in header else len(header)
            writer.writerow(header)
            for line in lines:
                if at < len(line) and line[at] in gone:
                    removed[gone[line[at]]] += 1
                else:
                    writer.writerow(line)
        if not removed:
            part.unlink()
    return removed


def _may_hold(path: Path, customer_ids: Sequence[str]) -> bool:
    """Whether an id stands anywhere in a CSV's bytes, its quotes doubled or not: nights before a person came do not."""
    texts = {text.encode() for one in customer_ids for text in (one, one.replace('"', '""'))}
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(text) >= 0 for text in texts)


def _remove_objects(path: Path, customer_ids: Sequence[str]) -> dict[str, int]:
    """Rewrite a file of one JSON object a line, such as links cut by hand, without some customers' objects."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    who = [json.loads(line).get("customer_id") for line in lines]
    removed = Counter(one for one in who if one in customer_ids)
    if removed:
        left = "".join(line for line, one in zip(lines, who, strict=True) if one not in removed)
        write_bytes(path, left.encode())
    return removed
