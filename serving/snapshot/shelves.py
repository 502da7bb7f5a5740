"""What each store has and where it lies, beside the snapshot's rows: where an item of a cart may still be had.

<folder>/shelves.json    stores with their places, products; the bit file's bytes
<folder>/shelves.npy     uint8 (stores, products / 8): bit j of a store's row is set when it has products[j]
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from decisions.allowed.distance import kilometres
from scoring.verified_files import write_bytes
from serving.errors import SnapshotError
from serving.snapshot.block_digests import refuse_damaged_start, undamaged_bytes, write_digests

BITS, WORDS = "shelves.npy", "shelves.json"
Place = tuple[float | None, float | None]


@dataclass(frozen=True)
class Shelves:
    """Stores and what they have.

    Attributes
    ----------
    stores, products : ids, sorted
    latitude, longitude : (stores,)     NaN where nobody says
    bits : uint8 (stores, products / 8)
    """

    stores: tuple[str, ...]
    products: tuple[str, ...]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    bits: NDArray[np.uint8]

    def having(self, product_id: str) -> NDArray[np.intp]:
        """Places of the stores that have a product."""
        at = bisect_left(self.products, product_id)
        if at == len(self.products) or self.products[at] != product_id:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self.bits[:, at // 8] >> (7 - at % 8) & 1)

    def distances(self, latitude: float, longitude: float) -> NDArray[np.float64]:
        """Kilometres to each store; NaN where either place is unknown."""
        here = np.array([latitude]), np.array([longitude])
        return np.asarray(kilometres(*here, self.latitude, self.longitude)[0], dtype=np.float64)


def write_shelves(folder: Path, places: Mapping[str, Place], stocked: Iterable[tuple[str, str]]) -> None:
    """Write (store, product) pairs of what is in stock; stores without a place may have some, too."""
    pairs = sorted(set(stocked))
    stores = sorted({*places, *(store for store, _ in pairs)})
    products = sorted({product for _, product in pairs})
    row = {one: i for i, one in enumerate(stores)}
    column = {one: i for i, one in enumerate(products)}
    has = np.zeros((len(stores), len(products)), dtype=bool)
    for store, product in pairs:
        has[row[store], column[product]] = True
    np.save(folder / BITS, np.packbits(has, axis=1), allow_pickle=False)
    write_digests(folder / BITS)
    size = (folder / BITS).stat().st_size
    told = {"stores": {one: places.get(one, (None, None)) for one in stores}, "products": products, "bytes": size}
    write_bytes(folder / WORDS, (json.dumps(told, ensure_ascii=False) + "\n").encode())
    write_digests(folder / WORDS)


def read_shelves(folder: Path) -> Shelves | None:
    """What lies in a snapshot's folder; None where nobody reports stock.

    Raises
    ------
    SnapshotError   if it is cut or damaged
    """
    if not (folder / WORDS).exists():
        return None
    try:
        told = json.loads(undamaged_bytes(folder / WORDS))
        refuse_damaged_start(folder / BITS)
        bits = np.load(folder / BITS, mmap_mode="r", allow_pickle=False)
        if (folder / BITS).stat().st_size != told["bytes"] or len(bits) != len(told["stores"]):
            raise ValueError("the files do not fit together")
        places = np.array(list(told["stores"].values()), dtype=np.float64).reshape(-1, 2)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"The stock in {folder} cannot be used ({error}). Run the night again.") from error
    return Shelves(tuple(told["stores"]), tuple(told["products"]), places[:, 0], places[:, 1], bits)
