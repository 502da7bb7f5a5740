"""A tiny shop's home on disk: release, snapshot and candidates, as training and the nightly job leave them."""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np

from decisions.actions import Action, ActionOffer, Plan
from decisions.allowed.cart import LeftCart
from decisions.allowed.eligibility import Audience, menu_of
from decisions.choose import Setting, share_out
from decisions.policy import Policy
from decisions.stages import COLUMNS as STAGE_COLUMNS
from decisions.stages import STAGES, stages
from decisions.worth.worth import Effects, value_at_stake
from features.tables import SAME
from operations.publish import reason_texts
from scoring.products.candidates import Candidates, Personal, plain, ragged
from scoring.reasons.reason_files import texts_of
from scoring.reasons.reasons import Texts
from scoring.release import FeatureRef, Head, Model, digest, read_model, write_model
from scoring.scorer import Scorer
from serving.settings import Settings
from serving.snapshot.candidates import write_candidates
from serving.snapshot.carts import write_carts
from serving.snapshot.decided import write_decided
from serving.snapshot.snapshot import CustomerFacts
from serving.snapshot.write import point_to, write_snapshot
from tests.serving.synthetic_models import COLUMNS, boost, churn_model, next_purchase_model, rows
from tests.serving.synthetic_models import model as model_of

SHOP = "test"
TODAY = date(2026, 1, 31)
CUTOFF = datetime(2026, 2, 1)
IDS = tuple(f"C-{i}" for i in range(400))
EXTRA = tuple(FeatureRef(name, f"x{name}"[:12]) for name in ("orders", "gap_median_365d", "messages_30d", "gap_last"))
CHANNELS = ("email", "mail", "wechat")
STORES = ("S1", "S2")
POLICY = Policy(margin=0.3, arm_key="test")
PLAN = Plan((Action("win_back_voucher", 0.0, offer=ActionOffer("BACK8", 0.8), assumed_effect=0.05),), budget=100.0)


SQL = """
SELECT a.customer_id, a.cutoff,
       date_diff('day', max(o.happened_at)::DATE, a.cutoff::DATE)::DOUBLE AS days_since_order,
       date_diff('day', min(o.happened_at)::DATE, a.cutoff::DATE)::DOUBLE AS days_since_first_order,
       count(DISTINCT o.happened_at::DATE)::DOUBLE AS shopping_days,
       count(o.order_id)::DOUBLE AS orders,
       coalesce(sum(o.amount), 0)::DOUBLE AS spend
FROM asked a LEFT JOIN orders o ON o.key = a.key AND greatest(o.happened_at, o.known_at) < a.cutoff
GROUP BY a.customer_id, a.cutoff
"""
SOURCES = {
    "names": ["days_since_order", "days_since_first_order", "shopping_days", "orders", "spend"],
    "sources": {
        "orders": {
            "order_id": "VARCHAR",
            "customer_id": "VARCHAR",
            "happened_at": "TIMESTAMP",
            "known_at": "TIMESTAMP",
            "kind": "VARCHAR",
            "amount": "DECIMAL(18, 4)",
        }
    },
}


def channel_model() -> tuple[Model, dict[str, str]]:
    """Three shares that add up to 1, told by a sum of one term each."""
    matrix = rows()
    truth = np.random.default_rng(5).integers(0, 3, len(matrix))
    text = boost(matrix, truth, objective="multiclass", num_class=3)
    head = Head("promotion", "softmax", booster="shares.txt", kinds=("display", "mailer", "coupon"))
    return model_of("channel_preference", (head,), derived=()), {"shares.txt": text}


def write_release(
    home: Path,
    release_id: str = "r1",
    *,
    policy: Policy = POLICY,
    point: bool = True,
    more: Sequence[tuple[Model, dict[str, str]]] = (),
) -> Path:
    """Write a release of three models and more and, if wanted, let the pointer name it."""
    root = home / "releases" / SHOP
    folder = root / release_id
    tasks, models = {}, []
    for model, boosters in (churn_model(), next_purchase_model(), channel_model(), *more):
        if model.task == "churn":
            model = Model(**{**vars(model), "percentiles": tuple(np.linspace(0, 1, 101).tolist())})
        sha256s = write_model(model, boosters, folder / "models" / model.task)
        tasks[model.task] = _task(model, sha256s)
        models.append((model, sha256s))
    files = {"features.json": _features(), "policy.json": policy.to_json()}
    for language in ("en", "zh"):
        files[f"reasons.{language}.json"] = json.dumps(text_table(language))
    files["features.sql"], files["features.sql.json"] = SQL, json.dumps(SOURCES)
    files["golden.json"] = json.dumps(_golden(folder, models))
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    manifest = {
        "release_id": release_id,
        "shop": SHOP,
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "horizon_days": 28,
        "active_within_days": 91,
        "tasks": tasks,
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    if point:
        point_to_release(home, release_id)
    return folder


def text_table(language: str) -> dict[str, Any]:
    """The reason texts a release gets, as a table a test may change."""
    return reason_texts(language)


def read_tiny_texts(language: str) -> Texts:
    return texts_of(language, text_table(language))


def point_to_release(home: Path, release_id: str) -> None:
    root = home / "releases" / SHOP
    pointer = {"release": release_id, "sha256": digest(root / release_id / "manifest.json")}
    part = root / "current.json.part"
    part.write_text(json.dumps(pointer))
    part.replace(root / "current.json")


def write_tiny_snapshot(
    home: Path, name: str = "2026-02-01", *, cutoff: datetime = CUTOFF, linked: Mapping[str, str] | None = None
) -> Path:
    """Write a snapshot of 400 customers, with candidates, and let the pointer name it."""
    chance = np.random.default_rng(7)
    n = len(IDS)
    extra = np.stack(
        [chance.integers(1, 12, n), chance.integers(3, 30, n), chance.integers(0, 5, n), np.full(n, 20)], axis=1
    )
    facts = CustomerFacts(
        channels=CHANNELS,
        allowed=chance.integers(0, 8, n).astype(np.uint64),
        stores=STORES,
        store=chance.integers(-1, 2, n).astype(np.int32),
        hour=np.where(np.arange(n) % 3 == 0, 255, 19).astype(np.uint8),
        hours=np.where(np.arange(n)[:, None] % 2 == 0, 255, np.arange(10, 17)).astype(np.uint8),
    )
    root = home / "snapshots" / SHOP
    write_history(home / "shops" / SHOP / "tiny")
    folder = write_snapshot(
        root,
        name,
        shop=SHOP,
        cutoff=cutoff,
        ids=IDS,
        columns=(*COLUMNS, *EXTRA),
        matrix=np.concatenate([rows(n), extra.astype(np.float32)], axis=1),
        facts=facts,
        linked={"loyalty-0": "C-0", **(linked or {})},
        history=home / "shops" / SHOP / "tiny",
    )
    write_candidates(folder, tiny_candidates(n))
    write_tiny_decisions(folder, cutoff, np.concatenate([rows(n), extra.astype(np.float32)], axis=1), facts)
    point_to(root, folder.name)
    return folder


def write_tiny_decisions(
    folder: Path,
    cutoff: datetime,
    matrix: np.ndarray,
    facts: CustomerFacts,
    plan: Plan = PLAN,
    told: Mapping[str, float] = MappingProxyType({}),
    carts: Mapping[int, LeftCart] = MappingProxyType({}),
) -> None:
    """Decide for the snapshot's customers, as the night does, and write it beside the rows."""
    n, names = len(matrix), [column.name for column in (*COLUMNS, *EXTRA)]
    answers = tiny_scorer().answers(matrix)
    known = {name: matrix[:, names.index(name)].astype(float) if name in names else np.full(n, np.nan)
             for name in STAGE_COLUMNS}  # fmt: skip
    found = stages(known, 28, 91)
    zeros, c, a = np.zeros(n, int), len(CHANNELS), len(plan.actions)
    customers = Audience(
        ids=IDS,
        stage=np.array([STAGES.index(one) for one in found], dtype=np.int8),
        cause=np.full(n, -1, dtype=np.int8),
        churn=answers["churn_probability"],
        order=answers["order_probability"],
        stake=value_at_stake(answers["expected_spend"], 0.3, 28),
        contact=np.full((n, c), np.nan, dtype=np.float32),
        may=(np.asarray(facts.allowed)[:, None] >> np.arange(c).astype(facts.allowed.dtype) & 1).astype(bool),
        week=np.zeros((n, c), int), month=np.zeros((n, c), int), week_all=zeros, month_all=zeros,
        rested=np.ones((n, a), bool), clear=np.ones((n, a), bool), near=np.ones((n, a), bool),
        suppressed=np.zeros(n, bool),
    )  # fmt: skip
    for row, cart in carts.items():
        customers.cause[row] = list(plan.causes).index(cart.cause)
    write_carts(folder, n, {row: cart.products for row, cart in carts.items()})
    menu = menu_of(plan, CHANNELS, [0.0] * c)
    shared = share_out(customers, menu, Effects(), Setting(cutoff.date(), "test", 0.05, plan.explore))
    write_decided(folder, customers, shared.chosen, menu, shared.setting, 0.3, told=told)


@cache
def tiny_scorer() -> Scorer:
    """The scorer of the three models."""
    loaded = []
    with tempfile.TemporaryDirectory() as folder:
        for model, boosters in (churn_model(), next_purchase_model(), channel_model()):
            loaded.append(
                read_model(Path(folder) / model.task, write_model(model, boosters, Path(folder) / model.task))
            )
    return Scorer(loaded, (*COLUMNS, *EXTRA))


def write_history(folder: Path) -> None:
    """One order each, 40 days before the cutoff, of 10.00, and one message each."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ", ".join(f"('o-{one}', '{one}')" for one in (name.replace("'", "''") for name in IDS))
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT order_id, customer_id, TIMESTAMP '2025-12-23 10:00:00' AS happened_at, "
            "TIMESTAMP '2025-12-23 10:00:00' AS known_at, 'order' AS kind, 10::DECIMAL(18, 4) AS amount "
            f"FROM (VALUES {rows}) AS t(order_id, customer_id)) TO '{folder / 'orders.parquet'}' (FORMAT parquet)"
        )
        con.execute(
            "COPY (SELECT replace(order_id, 'o-', 'm-') AS message_id, customer_id "
            f"FROM (VALUES {rows}) AS t(order_id, customer_id)) TO '{folder / 'messages.parquet'}' (FORMAT parquet)"
        )


def tiny_candidates(n: int) -> Candidates:
    """Everyone bought P0 (often) and P1 (once); P5 is popular in S1, P6 in S2; P2 is out of stock."""
    personal = Personal(
        offsets=np.arange(0, 2 * n + 1, 2, dtype=np.int64),
        items=np.tile(np.array([0, 1], dtype=np.int32), n),
        times=np.tile(np.array([5, 1], dtype=np.uint16), n),
        days=np.tile(np.array([3, 20], dtype=np.uint16), n),
        first=np.tile(np.array([40, 20], dtype=np.uint16), n),
        weight=np.tile(np.array([3.0, 0.8], dtype=np.float32), n),
    )
    products = tuple(f"P{i}" for i in range(10))
    return plain(products, personal, ragged([[5, 2], [6, 2], [2, 3, 4, 5, 6]]), ragged([[], [], [2]]))


def write_home(home: Path) -> Path:
    write_release(home)
    write_tiny_snapshot(home)
    return home


def settings_of(home: Path, **changes: object) -> Settings:
    return Settings(**{"home": home, "shop": SHOP, "today": TODAY, "keep_mb": 0, **changes})  # type: ignore[arg-type]


def _task(model: Model, sha256s: dict[str, str]) -> dict[str, object]:
    return {
        "folder": f"models/{model.task}",
        "version": "7",
        "model_kind": model.model_kind,
        "until": model.until,
        "sha256s": sha256s,
    }


def _features() -> str:
    units = {"days_since_order": "days", "spend": "currency"}
    columns = [
        {"name": one.name, "fingerprint": one.fingerprint, "unit": units.get(one.name, ""), "about": "", "empty": None}
        for one in (*COLUMNS, *EXTRA)
    ]
    return json.dumps({"columns": columns, "same": {name: dict(kinds) for name, kinds in SAME.items()}})


def _golden(folder: Path, models: list[tuple[Model, dict[str, str]]]) -> dict[str, object]:
    loaded = [read_model(folder / "models" / model.task, sha256s) for model, sha256s in models]
    matrix = rows(8, seed=11)
    answers = Scorer(loaded, COLUMNS).answers(matrix)

    def plain(values: np.ndarray) -> list[float | None]:
        return [None if np.isnan(value) else float(value) for value in values]

    return {
        "columns": [column.name for column in COLUMNS],
        "rows": [plain(row) for row in matrix],
        "answers": {name: plain(values) for name, values in answers.items()},
    }
