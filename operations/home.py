"""Where a shop's things lie under PERENNIAL_HOME."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from features.errors import PerennialError, ShopError
from features.ingest.source.config import read_config
from features.shop import Shop, folder_name, home_folder
from scoring.verified_files import write_bytes
from training.tracking.store import Mlruns, holds_runs, told


def key(shop: Shop) -> str:
    """The shop's name as folders and the registry use it: letters, digits, dashes."""
    return folder_name(shop.name)


def key_of(path: Path) -> str:
    """The same from a shop's folder, without reading its exports."""
    return folder_name(read_config(path).name)


def state_of(path: Path) -> Path:
    """What serving keeps of a shop, from the shop's folder."""
    return home_folder() / "state" / key_of(path)


def features(shop: Shop) -> Path:
    """Feature tables kept from run to run."""
    return home_folder() / "features" / key(shop)


def releases(shop: Shop) -> Path:
    """Releases and the pointer to the current one."""
    return home_folder() / "releases" / key(shop)


def snapshots(shop: Shop) -> Path:
    """What the service looks customers up in, a folder a cutoff, and the pointer to the current one."""
    return home_folder() / "snapshots" / key(shop)


def state(shop: Shop) -> Path:
    """What the service writes: events, consents, erasures, decisions."""
    return home_folder() / "state" / key(shop)


def unfinished(shop: Shop) -> Path:
    """Finished parts of a night that has not ended."""
    return home_folder() / "unfinished" / key(shop)


def archive(shop: Shop) -> Path:
    """What the service's database need not hold any more: old events and decisions."""
    return home_folder() / "archive" / key(shop)


def claim(path: Path) -> None:
    """Remember whose things lie under a shop's name; `refuse_another` has been asked before.

    A folder that was moved takes its things along: the one remembered is no shop any more.

    Raises
    ------
    ShopError   if PERENNIAL_HOME cannot be written
    """
    owner, told = _owner(path), json.dumps({"folder": str(path.resolve())}, ensure_ascii=False).encode()
    try:
        if not owner.is_file() or owner.read_bytes() != told:
            owner.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(owner, told)
    except OSError as error:
        raise ShopError(
            f"PERENNIAL_HOME cannot be written: {owner.parent} ({error.strerror}). "
            "Make it writable, or set PERENNIAL_HOME to a folder that is."
        ) from error


def refuse_another(path: Path) -> None:
    """Refuse a shop whose name, as folders use it, is another folder's already.

    Raises
    ------
    ShopError
    """
    try:
        theirs = Path(str(json.loads(_owner(path).read_bytes())["folder"]))
    except (OSError, ValueError, KeyError):
        return
    if theirs != path.resolve() and theirs.is_dir() and any(theirs.iterdir()):
        raise ShopError(
            f"'{key_of(path)}' is the shop in {theirs}, and {path.resolve()} has the same name: "
            "their models, scores and snapshots would overwrite each other. Give this one another name in its "
            f"shop.toml, or set another PERENNIAL_HOME; if it is the same shop, remove {_owner(path)}."
        )


def _owner(path: Path) -> Path:
    return home_folder() / "shops" / key_of(path) / "owner.json"


def places(shop: Shop) -> Callable[[str], Path]:
    """The shop's folder of each kind, as erasures ask for them."""
    return lambda kind: home_folder() / kind / key(shop)


def scores(shop: Shop, cutoff: datetime) -> Path:
    """Where `perennial score` writes when it is not told."""
    return home_folder() / "scores" / key(shop) / f"{cutoff:%Y-%m-%d}" / "scores.parquet"


def decisions(shop: Shop, cutoff: datetime) -> Path:
    """What was decided at a cutoff: kept, because caps and cool-downs count it on later days."""
    return all_decisions(shop) / f"{cutoff:%Y-%m-%d}" / "decisions.parquet"


def report(shop: Shop, cutoff: datetime, language: str) -> Path:
    """Where `perennial report` writes when it is not told."""
    return home_folder() / "reports" / key(shop) / f"{cutoff:%Y-%m-%d}" / f"report.{language}.html"


def policy(shop: Shop, cutoff: datetime) -> Path:
    """What the policy took for everybody at a cutoff, the holdout among them."""
    return all_decisions(shop) / f"{cutoff:%Y-%m-%d}" / "policy.parquet"


def replaced(shop: Shop, cutoff: datetime) -> Path:
    """What a cutoff's decisions were before they were decided anew."""
    return all_decisions(shop) / f"{cutoff:%Y-%m-%d}" / "replaced.parquet"


def all_decisions(shop: Shop) -> Path:
    """What was decided, a folder a cutoff."""
    return home_folder() / "decisions" / key(shop)


def experiment(shop: Shop, name: str) -> Path:
    """The design and the assignment of a trial."""
    return home_folder() / "experiments" / key(shop) / name


def looks(shop: Shop, at: datetime) -> Path:
    """What `perennial monitor` found at a midnight; figures and findings, nobody by name."""
    return home_folder() / "monitor" / key(shop) / f"{at:%Y-%m-%d}"


def refuse_no_runs(mlruns: Mlruns, shop: Shop) -> None:
    """Say that nothing was trained yet, before a registry is made only to be found empty.

    Raises
    ------
    PerennialError
    """
    if not holds_runs(mlruns):
        raise PerennialError(
            f"shop '{shop.name}' has no model yet. Train one first: perennial train churn --shop {shop.folder}\n"
            f"Looked in {told(mlruns)}; if it was trained elsewhere, give that folder with --mlruns."
        )
