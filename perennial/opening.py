"""Opening what a command names: the shop, its cutoff, its engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from features.clocks import add_days, parse_date
from features.engine import DuckDB, Engine, Spark
from features.errors import CutoffError, PerennialError
from features.ingest.source.config import read_config
from features.progress import Progress
from features.shop import ErasedIds, Shop, folder_name, home_folder, open_shop
from operations import home
from perennial.reading import reading
from perennial.terminal.environment import refuse_unwritable_home
from perennial.terminal.printing import say
from perennial.terminal.progress import progress_bar
from serving.state.erasure import erased_hashes
from serving.state.files_lock import IMPORT, changing_files
from serving.state.overlay import id_hash
from training.data.stretches import last_busy_day

_PATIENCE = 600.0  # seconds an import waits for a night that is under way


def opened_shop(path: Path) -> Shop:
    """The shop of a folder, read anew where its exports changed, with progress shown; who was erased stays away."""
    refuse_unwritable_home()
    home.refuse_another(path)
    with progress_bar() as progress:
        shop = without_erased(path, home_folder(), progress)
    home.claim(path)
    return shop


@contextmanager
def reading_shop(path: Path) -> Iterator[Shop]:
    """`opened_shop`, and no erasure of its files until the block ends: they are read more than once.

    What is made of them, such as feature tables, is written within the block, or an erasure could not reach it.
    """
    refuse_unwritable_home()
    with reading(home_folder(), home.key_of(path)):
        yield opened_shop(path)


def without_erased(path: Path, home: Path, progress: Progress) -> Shop:
    """Open a shop's folder under a home; whoever its service erased, also while this waits, is left out."""
    folder = home / "state" / folder_name(read_config(path).name)
    while True:
        erased = ErasedIds(erased_hashes(folder), id_hash)
        try:
            return open_shop(
                path, home=home, erased=erased, changing=partial(_changing, folder, erased), progress=progress
            )
        except _ErasedMeanwhileError:
            continue


class _ErasedMeanwhileError(Exception):
    """Somebody was erased while an import waited for the files."""


@contextmanager
def _changing(folder: Path, erased: ErasedIds) -> Iterator[None]:
    """The files' lock, if those to be left out are still all."""
    with changing_files(folder, IMPORT, seconds=_PATIENCE):
        if erased_hashes(folder) != erased.hashes:
            raise _ErasedMeanwhileError
        yield


def cutoff_of(shop: Shop, text: str | None) -> datetime:
    """The cutoff given, else the last midnight not after the newest row; stray rows after a stretch do not count."""
    if text is not None:
        return parse_date(text)
    newest = shop.default_cutoff()
    found = last_busy_day(shop, add_days(newest, 1))
    if found is None:
        return newest
    day, stretch = found
    say(f"'{shop.name}': {stretch.sentence} The cutoff is {day:%Y-%m-%d}; --at or --until names another.")
    return day


def until_of(shop: Shop, text: str | None) -> datetime:
    """The end of what training may see, as `cutoff_of`.

    Raises
    ------
    CutoffError     if it lies beyond the day after the newest row: what did not happen yet is no 0
    """
    until = cutoff_of(shop, text)
    last = add_days(shop.default_cutoff(), 1)
    if until > last:
        raise CutoffError(
            f"--until {until:%Y-%m-%d} needs outcomes until then, but the newest order of '{shop.name}' was known on "
            f"{shop.newest_known_at:%Y-%m-%d}. Give {last:%Y-%m-%d} or earlier, or deliver newer data."
        )
    return until


def engine_named(name: str) -> Engine:
    """The engine a command names.

    Raises
    ------
    PerennialError      if there is no such engine
    """
    engines: dict[str, Callable[[], Engine]] = {"duckdb": DuckDB, "spark": Spark}
    if name not in engines:
        raise PerennialError(f"there is no engine '{name}'. Use --engine duckdb or --engine spark.")
    return engines[name]()
