"""Which files of a folder are one kind: monthly exports, and the copies a browser makes of a name."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from features.errors import ShopError
from features.ingest.source.files import is_parquet
from features.ingest.source.text_files import readable

_COPY = re.compile(r"[ _-]*(\(\d+\)|(- )?(copy|kopie|copie|copia|副本)( ?\(?\d+\)?)?)$", re.IGNORECASE)
_SHARED = 0.8  # of the shorter header
_NUMBERS = re.compile(r"\d+([_.-]\d+)*")


def kinds_of(folder: Path, paths: Sequence[Path], work: Path) -> Iterator[tuple[str, list[Path]]]:
    """Group files whose names differ by numbers or by a copy's mark alone and whose headers are nearly the same.

    Yields
    ------
    (source, paths)     what shop.toml says to read just these files
    """
    kinds: dict[str, list[tuple[tuple[str, ...], list[Path]]]] = {}
    for path in paths:
        stem, ending = path.name.split(".", 1) if "." in path.name else (path.name, "")
        kind = f"{_NUMBERS.sub('#', _COPY.sub('', stem))}.{ending}"
        header = _header(path, work)
        groups = kinds.setdefault(kind, [])
        group = next((paths for columns, paths in groups if _nearly(columns, header)), None)
        if group is None:
            groups.append((header, [path]))
        else:
            group.append(path)
    for alike in (paths for groups in kinds.values() for _, paths in groups):
        source = alike[0].name if len(alike) == 1 else _pattern(folder, alike)
        if source:
            yield source, alike
        else:  # no pattern names these files and no others: each for itself, and a person sees that
            yield from ((path.name, [path]) for path in alike)


def _nearly(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the shorter header's columns are nearly all in the longer: a later version of an export has more."""
    return len(set(one) & set(other)) >= _SHARED * min(len(one), len(other))


def _header(path: Path, work: Path) -> tuple[str, ...]:
    """The columns of a text file; a Parquet file tells its own when it is read, and files may differ in theirs."""
    if is_parquet(path):
        return ()
    try:
        return readable(path, work, None, None).columns
    except ShopError:
        return (path.name,)


def _pattern(folder: Path, alike: Sequence[Path]) -> str:
    names = [path.name for path in alike]
    numbered = {_NUMBERS.sub("[0-9]*", name) for name in names}
    stems = sorted(names, key=len)
    begin = _shared(names)
    end = _shared([name[::-1] for name in names])[::-1]
    for pattern in (*numbered, f"{begin[: len(stems[0])]}*{end}"):
        if len(pattern) > 1 and {path.name for path in folder.glob(pattern) if path.is_file()} == set(names):
            return pattern
    return ""


def _shared(names: Sequence[str]) -> str:
    """What all names begin with, short of the place where the shortest differs from itself."""
    shortest = min(names, key=len)
    length = next((at for at, sign in enumerate(shortest) if any(name[at] != sign for name in names)), len(shortest))
    return shortest[:length].rsplit(".", 1)[0] if length == len(shortest) else shortest[:length]
