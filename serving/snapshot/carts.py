"""What lies in carts that were left before the night, beside the snapshot's rows.

<folder>/carts.npy     int32 (n, 3): places of products, newest first, −1 for none
<folder>/carts.json    the products; the array's bytes
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoring.verified_files import write_bytes
from serving.errors import SnapshotError
from serving.snapshot.block_digests import changing_rows, undamaged_bytes, write_digests
from serving.snapshot.row_file import RowFile

ITEMS, WORDS = "carts.npy", "carts.json"
MOST = 3  # products of a cart that are kept, the newest
_NONE = -1


@dataclass(frozen=True)
class Carts:
    """Carts, open."""

    products: tuple[str, ...]
    items: RowFile

    def of(self, row: int) -> tuple[str, ...]:
        """What lies in a customer's cart, newest first."""
        if row < 0:
            return ()
        return tuple(self.products[at] for at in self.items.take([row])[0].tolist() if at != _NONE)


def write_carts(folder: Path, customers: int, carts: Mapping[int, Sequence[str]]) -> None:
    """Write carts by row; nothing where there is none."""
    if not carts:
        return
    products = sorted({one for cart in carts.values() for one in cart[:MOST]})
    place = {one: at for at, one in enumerate(products)}
    items = np.full((customers, MOST), _NONE, dtype=np.int32)
    for row, cart in carts.items():
        kept = [place[one] for one in cart[:MOST]]
        items[row, : len(kept)] = kept
    np.save(folder / ITEMS, items, allow_pickle=False)
    write_digests(folder / ITEMS)
    told = {"products": products, "bytes": (folder / ITEMS).stat().st_size}
    write_bytes(folder / WORDS, (json.dumps(told, ensure_ascii=False) + "\n").encode())
    write_digests(folder / WORDS)


def read_carts(folder: Path, customers: int) -> Carts | None:
    """What lies in a snapshot's folder; None where no cart was left.

    Raises
    ------
    SnapshotError   if it is cut, damaged, or not of this many customers
    """
    if not (folder / WORDS).exists():
        return None
    try:
        told = json.loads(undamaged_bytes(folder / WORDS))
        if (folder / ITEMS).stat().st_size != told["bytes"]:
            raise ValueError(f"{ITEMS} has other than {told['bytes']} bytes")
        items = RowFile(folder / ITEMS)
        if items.shape != (customers, MOST):
            raise ValueError("other customers than the snapshot's")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"The carts in {folder} cannot be used ({error}). Run the night again.") from error
    return Carts(tuple(told["products"]), items)


def erase_carts(folder: Path, row: int) -> None:
    """Leave nothing of one customer's cart."""
    path = folder / ITEMS
    if path.exists():
        items = np.load(path, mmap_mode="r+", allow_pickle=False)
        size = items[0:1].nbytes
        begin = path.stat().st_size - items.nbytes + row * size
        with changing_rows(path, begin, begin + size):
            items[row] = _NONE
            items.flush()
