"""Where a shop's things lie under PERENNIAL_HOME."""

from datetime import datetime
from pathlib import Path

from features.errors import PerennialError
from features.ingest.source.config import read_config
from features.shop import Shop, folder_name, home_folder


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


def scores(shop: Shop, cutoff: datetime) -> Path:
    """Where `perennial score` writes when it is not told."""
    return home_folder() / "scores" / key(shop) / f"{cutoff:%Y-%m-%d}" / "scores.parquet"


def decisions(shop: Shop, cutoff: datetime) -> Path:
    """What was decided at a cutoff: kept, because caps and cool-downs count it on later days."""
    return all_decisions(shop) / f"{cutoff:%Y-%m-%d}" / "decisions.parquet"


def all_decisions(shop: Shop) -> Path:
    """What was decided, a folder a cutoff."""
    return home_folder() / "decisions" / key(shop)


def refuse_no_runs(mlruns: Path, shop: Shop) -> None:
    """Say that nothing was trained yet, before a registry is made only to be found empty.

    Raises
    ------
    PerennialError
    """
    if not (mlruns / "mlflow.db").is_file():
        raise PerennialError(
            f"shop '{shop.name}' has no model yet. Train one first: perennial train churn --shop {shop.folder}\n"
            f"Looked in {mlruns.resolve()}; if it was trained elsewhere, give that folder with --mlruns."
        )
