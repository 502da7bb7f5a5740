"""The shop `make bench-serving` serves: a million customers, models of 200 trees, ten orders of history each."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from decisions.actions import Action, ActionOffer, Plan
from decisions.allowed.eligibility import Audience, menu_of
from decisions.choose import Setting, share_out
from decisions.policy import Policy
from decisions.stages import STAGES
from decisions.worth.worth import Effects
from features.build.compile import compile_for_one
from features.catalog import catalogue
from features.feature import FeatureColumn
from operations.publish import reason_texts
from scoring.products.candidates import GOODS, Alike, Links, Personal, plain, ragged
from scoring.products.columns import PAIRS, REFERENCES
from scoring.products.ranker import DISCOVERY, REPEAT
from scoring.release import FeatureRef, Head, Model, Spread, digest, write_model
from serving.snapshot.candidates import write_candidates
from serving.snapshot.decided import write_decided
from serving.snapshot.snapshot import FACT_COLUMNS, FORMAT, CustomerFacts
from serving.snapshot.write import point_to, write_snapshot
from training.review.export import Champion, ColumnNote, Surroundings, export_release

SHOP = "bench"
CUSTOMERS = 1_000_000
PRODUCTS = 5_000
OWN = 10
LINKED = 20  # products a row
CUTOFF = datetime(2026, 2, 1)
FEATURES, TREES, LEAVES = 80, 200, 31
_TRAINING_ROWS = 20_000


def customer_id(number: int) -> str:
    """Ids as a shop has them: of one length, in no order of their making."""
    return f"C-{number * 7_919 % CUSTOMERS:07d}"


def columns() -> list[FeatureColumn]:
    """Eighty columns of the catalogue that orders and their lines give, those decisions look at among them."""
    known = {column.name: column for column in catalogue()}
    wanted = [known[name] for name in FACT_COLUMNS if name in known]
    readable = ("orders", "order_days", "order_lines")
    more = (one for one in catalogue() if one.feature.relation in readable and one not in wanted)
    return [*wanted, *more][:FEATURES]


def prepare(home: Path) -> None:
    """Write release, snapshot, candidates and history, half a minute's work, unless they are there as they would be."""
    chosen = columns()
    made_from = [FORMAT, CUSTOMERS, digest(Path(__file__)), *(one.fingerprint for one in chosen)]
    ready = home / "ready.json"
    if ready.exists() and json.loads(ready.read_text()) == made_from:
        return
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    refs = [FeatureRef(one.name, one.fingerprint) for one in chosen]
    chance = np.random.default_rng(1)
    matrix = _matrix(chance, CUSTOMERS, [one.name for one in chosen])
    release(home, chosen, refs, matrix[:_TRAINING_ROWS], chance)
    history(home / "shops" / SHOP / "history")
    snapshot(home, refs, matrix, chance)
    ready.write_text(json.dumps(made_from))


def release(
    home: Path,
    chosen: list[FeatureColumn],
    refs: list[FeatureRef],
    matrix: NDArray[np.float32],
    chance: np.random.Generator,
) -> None:
    """Three models as the demo's shop has them, larger, and its ranking of products."""
    silence = matrix[:, 0]
    days = chance.poisson(3 * np.exp(-silence / 60))
    kinds = chance.integers(0, 3, len(matrix))
    levels = tuple(np.linspace(0, 1, 11).tolist())
    reach = tuple(range(1, 57))
    spreads = {
        "spend": Spread("order_probability", (0.5,), levels, (levels,) * 2),
        "next_order": Spread("order_probability", (), reach, (tuple(min(day / 28, 1.2) for day in reach),)),
    }
    made = {
        "churn": ((Head("churn_probability", "logit", booster="0.txt"),), [("binary", days == 0)], {}),
        "next_purchase": (
            (
                Head("order_probability", "logit", booster="0.txt"),
                Head("expected_shopping_days", "log", booster="1.txt"),
                Head("expected_spend", "log", booster="2.txt"),
            ),
            [("binary", days > 0), ("poisson", days), ("tweedie", days * 20.0)],
            spreads,
        ),
        "channel_preference": (
            (Head("promotion", "softmax", booster="0.txt", kinds=("display", "mailer", "coupon")),),
            [("multiclass", kinds)],
            {},
        ),
    }
    champions = {}
    for task, (heads, targets, spread) in made.items():
        texts = {f"{i}.txt": _boosted(matrix, *target) for i, target in enumerate(targets)}
        champions[task] = _champion(home, task, refs, heads, spread, texts)
    champions["recommendation"] = _ranking(home, chance)
    compiled = compile_for_one(chosen)
    sources = {"names": compiled.names, "sources": compiled.sources}
    files = {
        "policy.json": _policy().to_json(),
        "features.sql": compiled.sql,
        "features.sql.json": json.dumps(sources),
        **{f"reasons.{one}.json": json.dumps(reason_texts(one)) for one in ("en", "zh")},
    }
    notes = [ColumnNote(one.name, one.fingerprint, one.unit, one.about, one.empty) for one in chosen]
    around = Surroundings(SHOP, "UTC", "EUR", notes, {name: text.encode() for name, text in files.items()})
    export_release(champions, around, releases=home / "releases" / SHOP, created_at=datetime(2026, 2, 1, tzinfo=UTC))


def history(folder: Path) -> None:
    """Ten orders of one line each for every customer, sorted by customer."""
    folder.mkdir(parents=True, exist_ok=True)
    orders = (
        f"SELECT format('o-{{}}', i) AS order_id, format('C-{{:07d}}', i // {OWN}) AS customer_id, "
        "TIMESTAMP '2026-01-30 18:00:00' - to_hours(CAST(hash(i) % 8000 AS INTEGER)) AS happened_at, "
        "happened_at AS known_at, 'order' AS kind, CAST(5 + hash(i + 1) % 9000 / 100 AS DECIMAL(18, 4)) AS amount, "
        f"CAST(NULL AS VARCHAR) AS channel FROM range({CUSTOMERS * OWN}) AS r(i) ORDER BY customer_id, happened_at"
    )
    lines = (
        f"SELECT *, format('P-{{:06d}}', hash(order_id) % {PRODUCTS}) AS product_id, 1.0::DOUBLE AS quantity, "
        f"format('K-{{}}', hash(order_id) % 50) AS category, format('D-{{}}', hash(order_id) % 9) AS department "
        f"FROM read_parquet('{folder / 'orders.parquet'}')"
    )
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        for name, query in (("orders", orders), ("order_lines", lines)):
            con.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet, ROW_GROUP_SIZE 20480)")


def snapshot(home: Path, refs: list[FeatureRef], matrix: NDArray[np.float32], chance: np.random.Generator) -> None:
    """Everyone's row, with candidates to recommend."""
    facts = CustomerFacts(
        channels=("email", "mail", "push"),
        allowed=chance.integers(0, 8, CUSTOMERS).astype(np.uint64),
        stores=tuple(f"S-{i}" for i in range(100)),
        store=chance.integers(0, 100, CUSTOMERS).astype(np.int32),
        hour=chance.integers(8, 22, CUSTOMERS).astype(np.uint8),
    )
    root = home / "snapshots" / SHOP
    folder = write_snapshot(
        root,
        "2026-02-01",
        shop=SHOP,
        cutoff=CUTOFF,
        ids=[f"C-{i:07d}" for i in range(CUSTOMERS)],
        columns=refs,
        matrix=matrix,
        facts=facts,
        history=home / "shops" / SHOP / "history",
    )
    own = Personal(
        offsets=np.arange(0, CUSTOMERS * OWN + 1, OWN, dtype=np.int64),
        items=chance.integers(0, PRODUCTS, CUSTOMERS * OWN).astype(np.int32),
        times=chance.integers(1, 9, CUSTOMERS * OWN).astype(np.uint16),
        days=chance.integers(1, 90, CUSTOMERS * OWN).astype(np.uint16),
        first=np.full(CUSTOMERS * OWN, 90, dtype=np.uint16),
        weight=np.ones(CUSTOMERS * OWN, dtype=np.float32),
    )
    popular = [chance.integers(0, PRODUCTS, 200).tolist() for _ in range(101)]
    missing = [chance.integers(0, PRODUCTS, 50).tolist() for _ in range(101)]
    products = tuple(f"P-{i:06d}" for i in range(PRODUCTS))
    tables = replace(
        plain(products, own, ragged(popular), ragged(missing)),
        alike=_alike(chance),
        companions=_links(chance, PRODUCTS),
        goods=chance.random((PRODUCTS, len(GOODS)), dtype=np.float32),
        groups=chance.integers(0, 50, PRODUCTS, dtype=np.int32),
        orders=np.full(CUSTOMERS, OWN, dtype=np.uint16),
    )
    write_candidates(folder, tables)
    _decide(folder, facts, chance)
    point_to(root, folder.name)


def _decide(folder: Path, facts: CustomerFacts, chance: np.random.Generator) -> None:
    """A night of three actions, shared out by scores that are drawn: the calls look decisions up as they lie."""
    actions = (
        Action("win_back_voucher", 0.0, offer=ActionOffer("BACK8", 0.5), assumed_effect=0.05),
        Action("news", 0.0, assumed_effect=0.005),
        Action("call_back", 2.0, channels=("push",), because=("service",), assumed_effect=0.1),
    )
    n, c, a = CUSTOMERS, len(facts.channels), len(actions)
    churn, none = chance.random(n), np.zeros(n, dtype=np.uint8)
    customers = Audience(
        ids=[f"C-{i:07d}" for i in range(n)],
        stage=np.full(n, STAGES.index("active"), dtype=np.int8),
        cause=chance.integers(-1, 10, n).astype(np.int8),
        churn=churn,
        order=1 - churn,
        stake=chance.gamma(1.0, 200.0, n),
        contact=np.full((n, c), np.nan, dtype=np.float32),
        may=(facts.allowed[:, None] >> np.arange(c, dtype=np.uint64) & np.uint64(1)).astype(bool),
        week=np.zeros((n, c), dtype=np.uint8),
        month=np.zeros((n, c), dtype=np.uint8),
        week_all=none,
        month_all=none,
        rested=np.ones((n, a), dtype=bool),
        clear=np.ones((n, a), dtype=bool),
        near=np.ones((n, a), dtype=bool),
        suppressed=np.zeros(n, dtype=bool),
    )
    menu = menu_of(Plan(actions, budget=50_000.0), facts.channels, [0.0] * c)
    shared = share_out(customers, menu, Effects(), Setting(CUTOFF.date(), SHOP, 0.05, 0.0))
    write_decided(folder, customers, shared.chosen, menu, shared.setting, 0.3)


def _matrix(chance: np.random.Generator, n: int, names: list[str]) -> NDArray[np.float32]:
    matrix = chance.gamma(2, 10, (n, len(names))).astype(np.float32)
    matrix[:, names.index("days_since_order")] = chance.integers(1, 90, n)
    matrix[:, names.index("days_since_first_order")] = chance.integers(90, 900, n)
    matrix[chance.random((n, len(names))) < 0.02] = np.nan
    matrix[:, names.index("days_since_order")] = chance.integers(1, 90, n)
    return matrix


def _ranking(home: Path, chance: np.random.Generator) -> Champion:
    """Two boosters as a fit of recommendation makes them: 40 trees of 8 leaves over pairs."""
    matrix = chance.gamma(2, 10, (_TRAINING_ROWS, len(PAIRS))).astype(np.float32)
    texts = {}
    for name in (REPEAT, DISCOVERY):
        settings = {"objective": "binary", "num_leaves": 8, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 2}
        truth = chance.integers(0, 2, len(matrix))
        texts[f"{name}.txt"] = str(lgb.train(settings, lgb.Dataset(matrix, truth), 40).model_to_string())
    heads = tuple(Head(name, "logit", booster=f"{name}.txt") for name in (REPEAT, DISCOVERY))
    return _champion(home, "recommendation", list(REFERENCES), heads, {}, texts)


def _links(chance: np.random.Generator, rows: int) -> Links:
    """Twenty products linked to each row."""
    return Links(
        offsets=np.arange(0, rows * LINKED + 1, LINKED, dtype=np.int64),
        items=chance.integers(0, PRODUCTS, rows * LINKED, dtype=np.int32),
        strength=chance.random(rows * LINKED, dtype=np.float32),
    )


def _alike(chance: np.random.Generator) -> Alike:
    """Each customer's products with what the purchases of others say of them."""
    linked = _links(chance, CUSTOMERS)
    neighbours, linear = (chance.random(len(linked.items), dtype=np.float32) for _ in range(2))
    return Alike(linked.offsets, linked.items, linked.strength, neighbours, linear)


def _boosted(matrix: NDArray[np.float32], objective: str, truth: NDArray[np.generic]) -> str:
    settings = {"objective": objective, "num_leaves": LEAVES, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 2}
    if objective == "multiclass":
        settings["num_class"] = 3
    return str(lgb.train(settings, lgb.Dataset(matrix, truth), TREES).model_to_string())


def _champion(
    home: Path,
    task: str,
    refs: list[FeatureRef],
    heads: tuple[Head, ...],
    spreads: dict[str, Spread],
    texts: dict[str, str],
) -> Champion:
    model = Model(
        task=task,
        shop=SHOP,
        model_kind="gradient_boosting",
        horizon_days=28,
        active_within_days=91,
        until="2026-02-01",
        data_from="2025-01-01",
        cutoffs=("2026-01-04",),
        features=tuple(refs),
        derived=(),
        parameters={},
        heads=heads,
        spreads=spreads,
        percentiles=tuple(np.linspace(0, 1, 101).tolist()),
    )
    folder = home / "models" / task
    return Champion(folder, write_model(model, texts, folder), "1")


def _policy() -> Policy:
    return Policy(margin=0.3, arm_key=SHOP)
