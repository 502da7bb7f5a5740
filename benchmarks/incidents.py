"""`make bench-insights`: worlds in which one thing was planted, and worlds in which nothing was. Does the page say so?

Twenty worlds with an incident whose kind, place, size and dates are drawn: the first page has to name it, at its place,
with dates that share half of their days with the truth's. Twenty without: what the first page tells there is a false
story, but for slow pages in weeks in which the world's pages were slow. Ten quiet worlds more of each of three small
sizes, where a few busy people could make a story. Rows go to benchmarks/results/incidents.json.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

import perennial as pn
from benchmarks.tables import show, write
from features.clocks import add_days
from insights.episodes.episodes import FIRST_PAGE, Episode, episodes
from insights.known import Period, known_shop
from simulation.season import START
from simulation.world import simulate

CUSTOMERS, MONTHS, DAYS = 5_000, 12, 91
WORLDS = 20
SMALL, OF_EACH = (500, 1_000, 2_000), 10
SEEDS = 50_000  # worlds are seeded from here on; no other use is made of these
# What names each kind; reason and channel have to be those given here or in the truth.
NAMED_BY: Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]] = {
    "payment_bug": (("payment_failures", {}), ("reasons", {"reason": "payment_failed"})),
    "carrier_price": (("reasons", {"reason": "shipping_cost"}),),
    "store_closed": (("orders", {}),),
    "stock_out": (("lines", {}), ("reasons", {"reason": "out_of_stock"})),
    "consent_lost": (("consents", {}),),
    "annoying_campaign": (("unsubscribes", {}),),
    "viral_article": (("traffic", {}),),
}
_SLOW = 1.15


def main(worlds: int = WORLDS) -> None:
    """Run the worlds and write the rows."""
    large = [*rows_of(worlds, planted=True), *rows_of(worlds, planted=False)]
    small = [row for size in SMALL for row in rows_of(min(OF_EACH, worlds), planted=False, customers=size)]
    rows = [*large, *small]
    write("incidents", rows)
    show("What the first page says of planted incidents, and of quiet months", rows)
    named = count(large, "named")
    quiet = count([row for row in large if row["kind"] == "none"], "false")
    beside = count(large, "false") - quiet
    print(f"{named} of {worlds} named; {quiet} false stories in {worlds} quiet worlds, {beside} beside incidents")
    for size in SMALL:
        of_size = [row for row in small if row["customers"] == size]
        print(f"{count(of_size, 'false')} false stories in {len(of_size)} quiet worlds of {size:,} customers")


def count(rows: Iterable[Mapping[str, Any]], name: str) -> int:
    """The sum of a column."""
    return sum(int(row[name]) for row in rows)


def rows_of(worlds: int, *, planted: bool, customers: int = CUSTOMERS) -> Iterator[dict[str, object]]:
    """One row a world; worlds of another size have seeds of their own."""
    for number in range(worlds):
        started = time.monotonic()
        seed = SEEDS + number + (0 if planted else worlds) + (0 if customers == CUSTOMERS else customers)
        told, truth = first_page(seed, seed if planted else None, customers)
        incident = truth["incident"]
        right = [incident is not None and names(one, incident) for one in told]
        false = [not ok and not is_weather(one, truth) for one, ok in zip(told, right, strict=True)]
        yield {
            "customers": customers, "seed": seed, "kind": incident["kind"] if incident else "none",
            "truth": "" if incident is None else place_of(incident),
            "told": "; ".join(map(in_short, told)), "named": int(any(right)), "false": sum(false),
            "seconds": round(time.monotonic() - started, 1),
        }  # fmt: skip


def first_page(
    seed: int, incident_seed: int | None, customers: int = CUSTOMERS
) -> tuple[list[Episode], dict[str, Any]]:
    """The episodes that the first page of a world's report tells, and the world's truth."""
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(customers, MONTHS, seed, Path(folder) / "world", incident_seed=incident_seed)
        truth = json.loads((made.folder / "truth" / "world.json").read_text())
        shop = pn.open_shop(made.folder)
        at = shop.default_cutoff()
        with known_shop(shop, at) as known:
            return episodes(known, Period(add_days(at, -DAYS), at))[:FIRST_PAGE], truth


def names(told: Episode, truth: Mapping[str, Any]) -> bool:
    """Whether an episode is the incident: by what moved, where, and when."""
    wanted = {name: truth[name] for name in ("channel", "device", "store", "department") if truth[name]}
    for what, place in NAMED_BY[truth["kind"]]:
        asked = {**wanted, **place}
        if what == "orders":
            asked.pop("channel", None)  # a store says it
        said = told.place.items() | (set() if told.echo is None else told.echo.place.items())
        if told.what == what and asked.items() <= said:
            return shared_days(told, truth) >= 0.5
    return False


def shared_days(told: Episode, truth: Mapping[str, Any]) -> float:
    """Days in both, as a share of the days in either."""
    begin, end = (datetime.fromisoformat(truth[name]) for name in ("begin", "end"))
    both = (min(told.until, end) - max(told.since, begin)).days
    either = (max(told.until, end) - min(told.since, begin)).days
    return max(both, 0) / either


def is_weather(told: Episode, truth: Mapping[str, Any]) -> bool:
    """Whether an episode tells of slow pages in weeks in which the world's pages were slow."""
    if told.place.get("reason") != "slow_page" or told.more <= 0:
        return False
    weeks = range((told.since - START).days // 7, -(-(told.until - START).days // 7))
    return float(np.mean([truth["slowness"][week] for week in weeks])) > _SLOW


def place_of(truth: Mapping[str, Any]) -> str:
    """Where and when an incident was planted, in short."""
    where = [str(truth[name]) for name in ("channel", "device", "store", "department") if truth[name]]
    return f"{' '.join(where) or 'shop'} {truth['begin'][5:]} to {truth['end'][5:]}"


def in_short(one: Episode) -> str:
    """An episode in a few words."""
    where = " ".join(one.place.values()) or "shop"
    echo = "" if one.echo is None else f", {one.echo.what} {' '.join(one.echo.place.values())}"
    return f"{one.what} {where} {one.since:%m-%d} to {one.until:%m-%d} ({one.more:+.0f}{echo})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
