"""Work that is killed at one file operation after the other: run as a process of its own, which forks each of them.

    python -m tests.faults.killer night|erasure FOLDER COUNT [STOPPED]

makes FOLDER/whole (work nobody disturbed) and FOLDER/killed-<n> for COUNT moments spread evenly over that work's file
operations; each of those was killed there. FOLDER/stopped-<n>, for STOPPED moments, was told to end by SIGTERM, as a
command on the command line hears it. Writes the moments to FOLDER/moments.json.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

from features.shop import Shop, ShopSettings
from operations import home as places
from operations import parts
from operations.night import nightly
from perennial.terminal.errors import told
from serving.contract.ledger_rows import Event
from serving.state.database import State
from serving.state.erasure import erase, suppress
from tests.perennial.corner_shop import CUTOFF, ago, corner_shop, rule_model
from tests.shops import by_mail

CUSTOMERS = 40
_WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
_ACTION = {"actions": {"note": {"channels": ["mail"], "cost": 0.1, "assumed_effect": 0.3, "cooldown": "30d"}}}


def shop_in(home: Path) -> Shop:
    """The shop of a home, with the files that lie there; a new home gets them."""
    os.environ["PERENNIAL_HOME"] = str(home)
    who = [f"P{i:02}" for i in range(CUSTOMERS)]
    orders = [
        {"order_id": f"{one}-{n}", "customer_id": one, "happened_at": ago(1 + i % 30 + 20 * n), "amount": 10 + i}
        for i, one in enumerate(who)
        for n in range(3)
    ]
    lines = [{"order_id": row["order_id"], "product_id": "milk"} for row in orders]
    messages = [{"message_id": one, "customer_id": one, "happened_at": ago(40), "channel": "mail"} for one in who]
    data = home / "shops" / "corner-shop" / "data"
    with tempfile.TemporaryDirectory() as beside:
        made = corner_shop(Path(beside), orders=orders, order_lines=lines, messages=messages)
        if not data.exists():
            shutil.copytree(made.data, data)
    settings = ShopSettings(channels=by_mail(), margin=0.4, deciding=_ACTION)
    return replace(made, folder=data, data=data, settings=settings)


def night(shop: Shop) -> nightly.Night:
    """The night of the shop, as cron would run it, of customers enough for three parts."""
    with mock.patch.object(parts, "AT_ONCE", 16):
        return nightly.run(shop, CUTOFF, {"churn": rule_model()}, places.scores(shop, CUTOFF), serve=True)


def erasure(shop: Shop) -> None:
    """What a worker does when a person is erased: every file under home, and the state database."""
    state = State(places.state(shop))
    erase(state, places.places(shop), ["P03"], "r2", seconds=5.0)
    state.close()


WORK = {"night": night, "erasure": erasure}


def begin(home: Path) -> None:
    """A home in which callers wrote an order and asked for an erasure whose files are still to be cleaned."""
    shop = shop_in(home)
    state = State(places.state(shop))
    row = {"order_id": "told", "customer_id": "P01", "happened_at": ago(2).isoformat(), "kind": "order",
           "amount": "7.00", "known_at": (CUTOFF - timedelta(hours=3)).isoformat()}  # fmt: skip
    state.add_events([Event("orders", "P01", b"told".ljust(16), row)])
    suppress(state, ["P02"], "r1")
    state.close()


def killed_at(home: Path, moment: int, work: Callable[[Shop], object], by: signal.Signals = signal.SIGKILL) -> int:
    """Do work in a child that kills itself at a file operation; the number of operations it came to."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        shop, count = shop_in(home), 0

        def watch(event: str, about: tuple[object, ...]) -> None:
            nonlocal count
            if event in _WATCHED and str(about[0]).startswith(str(home)):
                count += 1
                if count == moment:
                    os.kill(os.getpid(), by)

        sys.addaudithook(watch)
        try:
            with told(debug=False):
                work(shop)
            os.write(writing, str(count).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as counted:
        found = counted.read()
    os.waitpid(child, 0)
    return int(found or moment)


def main(work: str, folder: Path, count: int, stopped: int = 0) -> None:
    """Make the homes; an erasure finds what a night has left."""
    start = folder / "start"
    begin(start)
    if work == "erasure":
        killed_at(start, -1, night)
    shutil.copytree(start, folder / "whole")
    operations = killed_at(folder / "whole", -1, WORK[work])
    moments = sorted({1 + round(i * (operations - 1) / max(1, count - 1)) for i in range(count)})
    others = sorted({1 + (2 * i + 1) * operations // (2 * stopped) for i in range(stopped)})
    ways = [("killed", signal.SIGKILL, moment) for moment in moments]
    for name, by, moment in [*ways, *(("stopped", signal.SIGTERM, moment) for moment in others)]:
        home = folder / f"{name}-{moment}"
        shutil.copytree(start, home)
        killed_at(home, moment, WORK[work], by)
    (folder / "moments.json").write_text(json.dumps({"operations": operations, "moments": moments, "stopped": others}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
