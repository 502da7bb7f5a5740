"""Whom to reach through what, against the truth of simulated worlds: `python -m benchmarks.contact_world [SEED ...]`.

Of every person who may be written to, a rule or model names one of the allowed channels; its worth is the true chance
of a click there, averaged. The model closes (model − best simple rule) ÷ (true optimum − best simple rule) of the gap.
Simple rules are the best channel of all, most clicks, the best rate and the channel clicked last. Beside it stands what
a rule closes that knows segments too: own rates shrunk to those who buy through the same channel. Each world has 5,000
customers over 12 months; seeds 1 to 5 unless others are given.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.tables import show, write
from features.build.build import build, matrix
from features.engine import DuckDB, Engine, opened
from features.known import WITHHELD
from features.shop import Shop, open_shop
from features.spine import Spine
from scoring.scorer import Scorer
from simulation.words import CONTACT_CHANNELS, PURCHASE_CHANNELS
from simulation.world import simulate
from training.fit import fit_prepared, prepare
from training.tasks.channel_preference import CHANNEL_PREFERENCE

Array = NDArray[np.float64]

CUSTOMERS, MONTHS, SEEDS = 5_000, 12, (1, 2, 3, 4, 5)
RULES = ("best of all", "most engaged", "best rate", "last clicked")
SEGMENT = "segment rate"
MEANS = ("closed", "closed by the segment rule")
PRIOR, GROUP_PRIOR = 10.0, 100.0  # messages by which a person's rate is shrunk to a mean, and a segment's
SALES_CHANNELS = pa.array(PURCHASE_CHANNELS)


def main(seeds: list[int]) -> None:
    """Judge every seed's world and write benchmarks/results/contact_world.json."""
    rows = []
    for seed in seeds or SEEDS:
        with tempfile.TemporaryDirectory(prefix="perennial-world-") as folder:
            out = Path(folder) / "world"
            simulate(CUSTOMERS, MONTHS, seed, out)
            rows.append({"seed": seed, **closed_gap(out, Path(folder) / "home")})
        print(rows[-1], flush=True)
    means = {name: round(float(np.mean([row[name] for row in rows])), 3) for name in MEANS}
    rows.append({"seed": "mean", **means})
    show("Share of the gap to the true best channel that is closed", rows)
    print(write("contact_world", rows))


def closed_gap(world: Path, home: Path) -> dict[str, object]:
    """What each simple rule, the model and the truth are worth in a world, and the share of the gap closed."""
    start = time.perf_counter()
    shop = open_shop(world, home=home)
    with opened(DuckDB(threads=2)) as engine:
        people, scores = scored(shop, home, engine)
        allowed, click = truth(world, people)
        rules = simple_rules(shop, world, people)
    asked = allowed.any(axis=1)
    worth = {name: value(score[asked], allowed[asked], click[asked]) for name, score in rules.items()}
    best = max(worth[name] for name in RULES)
    ours, optimum = (value(score[asked], allowed[asked], click[asked]) for score in (scores, click))
    return {
        "people": int(asked.sum()),
        **{name: round(one, 4) for name, one in worth.items()},
        "perennial": round(ours, 4),
        "optimum": round(optimum, 4),
        "closed": round((ours - best) / (optimum - best), 3),
        "closed by the segment rule": round((worth[SEGMENT] - best) / (optimum - best), 3),
        "seconds": round(time.perf_counter() - start, 1),
    }


def scored(shop: Shop, home: Path, engine: Engine) -> tuple[list[str], Array]:
    """Ids of everyone with an order, and the model's probability of an answer by channel."""
    until = shop.default_cutoff()
    context = prepare(shop, until, engine=engine, threads=2)
    fitted = fit_prepared(CHANNEL_PREFERENCE, context, folder=home / "model")
    asked = Spine.ever(shop, until, engine=engine)
    table = build(shop, asked, context.data.columns, engine=engine)
    rows = matrix(table, [one.name for one in context.data.references])
    answers = Scorer([fitted.model], context.data.references, threads=2).answers(rows)
    print({name: round(found, 4) for name, found in fitted.evaluation.metrics.items()}, fitted.evaluation.model_kinds)
    missing = np.zeros(len(rows))
    scores = np.stack([answers.get(f"contact_{one}", missing) for one in CONTACT_CHANNELS], axis=1)
    return table["customer_id"].to_pylist(), scores


def truth(world: Path, people: list[str]) -> tuple[NDArray[np.bool_], Array]:
    """Whether each channel is allowed, and the true chance of a click, (n, 4); nobody who has left for good."""
    known, stage = persons(world), pq.read_table(world / "truth" / "people.parquet")
    here = dict(zip(stage["person_id"].to_pylist(), stage["stage"].to_pylist(), strict=True))
    table = pq.read_table(world / "truth" / "contact.parquet")
    at = {person: row for row, person in enumerate(table["person_id"].to_pylist()[:: len(CONTACT_CHANNELS)])}
    rows = np.array([at[known[one]] for one in people])
    shape = (-1, len(CONTACT_CHANNELS))
    allowed = np.asarray(table["allowed"]).reshape(shape)[rows]
    allowed &= np.array([here[known[one]] != "gone" for one in people])[:, None]
    return allowed, np.asarray(table["response_probability"]).reshape(shape)[rows]


def simple_rules(shop: Shop, world: Path, people: list[str]) -> Mapping[str, Array]:
    """Scores of the rules a shop would use, and of own rates shrunk to those who buy through the same channel."""
    sent, answered, last = past(shop, world, people)
    overall = answered.sum(axis=0) / np.maximum(sent.sum(axis=0), 1)
    rate = (answered + PRIOR * overall) / (sent + PRIOR)
    home = homes(shop, world, people)
    groups = np.zeros((2, home.max() + 1, len(CONTACT_CHANNELS)))
    np.add.at(groups[0], home, sent)
    np.add.at(groups[1], home, answered)
    segment = ((groups[1] + GROUP_PRIOR * overall) / (groups[0] + GROUP_PRIOR))[home]
    found = (np.tile(overall, (len(people), 1)), answered + overall, rate, np.where(last > 0, last, 0) + overall)
    return {**dict(zip(RULES, found, strict=True)), SEGMENT: (answered + PRIOR * segment) / (sent + PRIOR)}


def past(shop: Shop, world: Path, people: list[str]) -> tuple[Array, Array, Array]:
    """Messages, those clicked, and the moment of the last click, by true person and channel; (n, 4) each."""
    messages = pq.read_table(
        shop.path("messages"), columns=["message_id", "customer_id", "channel", "happened_at", "arm"]
    )
    messages = messages.filter(pc.not_equal(messages["arm"], WITHHELD))
    responses = pq.read_table(shop.path("responses"), columns=["message_id", "kind", "happened_at"])
    clicks = responses.filter(pc.equal(responses["kind"], "click"))
    clicked = pc.is_in(messages["message_id"], clicks["message_id"].combine_chunks())
    rows = rows_of(messages["customer_id"], world, people)
    channel = np.asarray(pc.index_in(messages["channel"], pa.array(CONTACT_CHANNELS)))
    hit, when = np.asarray(clicked), np.asarray(messages["happened_at"]).astype(np.int64)
    keep = rows >= 0
    rows, channel, hit, when = rows[keep], channel[keep], hit[keep], when[keep]
    shape = (len(people), len(CONTACT_CHANNELS))
    sent, answered, last = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(sent, (rows, channel), 1)
    np.add.at(answered, (rows[hit], channel[hit]), 1)
    np.maximum.at(last, (rows[hit], channel[hit]), when[hit].astype(np.float64))
    return sent, answered, last


def homes(shop: Shop, world: Path, people: list[str]) -> NDArray[np.int64]:
    """The sales channel of most orders by true person, a place among those that occur; (n,)."""
    orders = pq.read_table(shop.path("orders"), columns=["customer_id", "channel"])
    rows, channel = rows_of(orders["customer_id"], world, people), pc.index_in(orders["channel"], SALES_CHANNELS)
    counts = np.zeros((len(people), len(SALES_CHANNELS)))
    keep = (rows >= 0) & np.asarray(pc.is_valid(channel))
    np.add.at(counts, (rows[keep], np.asarray(pc.fill_null(channel, 0))[keep]), 1)
    return counts.argmax(axis=1)


def rows_of(customers: pa.ChunkedArray, world: Path, people: list[str]) -> NDArray[np.int64]:
    """The place among `people` of each customer's true person, −1 for none of them."""
    known = persons(world)
    at = {known[one]: row for row, one in enumerate(people)}
    return np.array([at.get(known.get(one, ""), -1) for one in customers.to_pylist()])


def value(score: Array, allowed: NDArray[np.bool_], worth: Array) -> float:
    """Mean true worth of the allowed channel with the highest score."""
    chosen = np.where(allowed, score, -np.inf).argmax(axis=1)
    return float(worth[np.arange(len(worth)), chosen].mean())


def persons(world: Path) -> dict[str, str]:
    """Every record's true person."""
    table = pq.read_table(world / "truth" / "identities.parquet")
    return dict(zip(table["source_customer_id"].to_pylist(), table["person_id"].to_pylist(), strict=True))


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]])
