"""Verbs about models: train, backtest, score."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.terminal.options import (
    HERE,
    MLRUNS,
    Accept,
    ActiveWithin,
    AtTonight,
    EngineName,
    Horizon,
    Mlruns,
    Parts,
    Shop,
    Today,
    Trust,
    Tune,
    Until,
)
from perennial.terminal.outputs import PARQUET, refuse_other_endings
from perennial.verbs import add


def register(app: typer.Typer) -> None:
    """Add the group's verbs to the command line."""
    add(app, train, backtest, score)


def train(
    task: Annotated[str, typer.Argument(help="churn, next_purchase, channel_preference, next_step …, or all.")],
    shop: Shop = HERE,
    until: Until = None,
    horizon: Horizon = None,
    active_within: ActiveWithin = None,
    mlruns: Mlruns = MLRUNS,
    engine: EngineName = "duckdb",
    trust: Trust = None,
    tune: Tune = None,
) -> None:
    """Train a model and register it.

    It is judged on cutoffs it has not seen, beside simple baselines.

    Training cutoffs are weekly and end one horizon before --until; no row known on or after it is seen. The shop's
    first version of a task becomes champion and goes into the Release; later ones wait for promotion.

    Example: perennial train churn --shop exports/ --until 2026-06-01 --horizon 28d

    Writes a run and a registered version to --mlruns, and a release to PERENNIAL_HOME/releases.
    """
    from perennial.models.fitting import train_tasks

    train_tasks(shop, task, until, horizon, active_within, mlruns, engine, trust or (), tune)


def backtest(
    task: Annotated[str, typer.Argument(help="churn, next_purchase, channel_preference …")],
    shop: Shop = HERE,
    until: Until = None,
    horizon: Horizon = None,
    active_within: ActiveWithin = None,
    engine: EngineName = "duckdb",
    trust: Trust = None,
) -> None:
    """Judge a model fold by fold, without keeping it.

    Each fold is a cutoff one horizon after the last the model learnt from; the model stands beside the baselines of the
    same run.

    Example: perennial backtest churn --shop exports/ --horizon 28d

    Writes nothing but built features, which a later run reuses.
    """
    from perennial.models.fitting import backtest_task

    backtest_task(shop, task, until, horizon, active_within, engine, trust or ())


def score(
    shop: Shop = HERE,
    at: AtTonight = None,
    today: Today = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="The Parquet file to write; with --parts, a folder.")
    ] = None,
    parts: Parts = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="TASK=VERSION", help="Use this version instead of the champion."),
    ] = None,
    accept: Accept = False,
    mlruns: Mlruns = MLRUNS,
    engine: EngineName = "duckdb",
) -> None:
    """Score every customer at a cutoff.

    All with an order known before it; also refreshes what the service looks customers up in.

    Champions answer unless --model says otherwise; a model that has seen past the cutoff is refused, and so are a
    cutoff after today and an export that lost much since last night.

    Example: perennial score --shop exports/ --at 2026-06-01 --out scores.parquet

    Example: perennial score --shop exports/ --at 2026-06-01 --parts 16 --out scores/ --engine spark

    Writes the Parquet file, the same as CSV for a CRM and a manifest (rows, bytes, SHA-256) beside it; and, with
    champions and unless a newer one is there, the service's snapshot in PERENNIAL_HOME/snapshots. With --parts it
    writes nothing but a folder of Parquet files by hash of the customer, by the release that serves, and _manifest.json
    last; a run that was cut off goes on where it ended.
    """
    if parts is not None:
        from perennial.nights.in_parts import score_in_parts

        score_in_parts(shop, at, out, parts, model or [], engine, today=today)
        return
    if out is not None:
        refuse_other_endings(out, PARQUET)
    from perennial.nights.batch import score_shop

    score_shop(shop, at, out, model or [], mlruns, engine, today=today, accept=accept)
