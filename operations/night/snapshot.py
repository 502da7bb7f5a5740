"""The night's snapshot: features, facts, candidates and decisions of everybody, and the pointer that names it."""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from features.engine import Engine
from features.products.own_and_popular import stocked_products
from features.progress import Progress
from features.shop import Shop
from operations import home
from operations.deciding.decide import NightDecisions
from operations.score import Batch
from operations.score_files import run_key
from serving.snapshot.candidates import write_candidates
from serving.snapshot.carts import write_carts
from serving.snapshot.decided import write_decided
from serving.snapshot.shelves import Place, write_shelves
from serving.snapshot.snapshot import CustomerFacts
from serving.snapshot.write import point_to, write_snapshot
from serving.state.received import Written
from training.data.candidates import candidates_at

KEPT = 3  # snapshots; workers that still read an older one finish on it


def snapshot_cutoff(shop: Shop) -> datetime | None:
    """The cutoff of the snapshot the service reads now."""
    try:
        root = home.snapshots(shop)
        pointer = json.loads((root / "current.json").read_bytes())
        manifest = json.loads((root / pointer["snapshot"] / "manifest.json").read_bytes())
        return datetime.fromisoformat(manifest["cutoff"])
    except (OSError, ValueError, KeyError):
        return None


def is_older(shop: Shop, cutoff: datetime, latest: datetime | None) -> bool:
    """Whether the service has a newer snapshot than this cutoff's; one from beyond `latest` is a mistake, not newer."""
    current = snapshot_cutoff(shop)
    return current is not None and cutoff < current and (latest is None or current <= latest)


def write_with_decisions(
    decided: NightDecisions,
    facts: CustomerFacts,
    linked: Mapping[str, str],
    written: Written,
    engine: Engine,
    progress: Progress,
) -> Path:
    """Write the snapshot with its candidates and decisions, then let the pointer name it."""
    batch = decided.batch
    root = home.snapshots(batch.shop)
    name = f"{batch.cutoff:%Y-%m-%d}-{run_key(batch)[:8]}"
    asked = set(batch.customer_ids.to_pylist())
    folder = write_snapshot(
        root,
        name,
        shop=home.key(batch.shop),
        cutoff=batch.cutoff,
        ids=batch.customer_ids.to_pylist(),
        columns=batch.columns,
        matrix=batch.matrix,
        facts=facts,
        level=batch.level,
        history=batch.shop.data,
        events_until=written.events_until,
        consents_until=written.consents_until,
        linked={other: person for other, person in linked.items() if person in asked},
    )
    write_decided(
        folder,
        decided.customers,
        decided.shared.chosen,
        decided.menu,
        decided.setting,
        batch.shop.settings.margin,
        decided.learnt,
        decided.told,
    )
    write_carts(folder, len(batch), {row: cart.products for row, cart in decided.carts.items() if cart.products})
    _write_stock(folder, batch, engine)
    if batch.shop.has("order_lines"):
        progress("gathering products to recommend")
        write_candidates(
            folder, candidates_at(batch.shop, batch.cutoff, batch.customer_ids, facts.stores, engine=engine)
        )
    point_to(root, folder.name)
    _forget_old(root, folder.name)
    return folder


def _write_stock(folder: Path, batch: Batch, engine: Engine) -> None:
    """What stores have and where they lie, where the shop reports stock."""
    if not batch.shop.has("stock"):
        return
    stocked = stocked_products(batch.shop, batch.cutoff, engine=engine)
    places: dict[str, Place] = {}
    if batch.shop.has("stores"):
        rows = engine.read(batch.shop.path("stores"))
        at = {name: rows[name].cast("float64") for name in ("latitude", "longitude")}
        told = engine.arrow(rows.select("store_id", **at)).to_pylist()
        places = {one["store_id"]: (one["latitude"], one["longitude"]) for one in told}
    pairs = zip(stocked["store_id"].to_pylist(), stocked["product_id"].to_pylist(), strict=True)
    write_shelves(folder, places, pairs)


def _forget_old(root: Path, current: str) -> None:
    folders = sorted((path for path in root.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-KEPT]:
        if folder.name != current:
            shutil.rmtree(folder, ignore_errors=True)
