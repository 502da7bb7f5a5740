"""`perennial channels`: which channel serves which segment, in English and Chinese."""

from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from decisions.stages import COLUMNS, stages
from features.build.store import FeatureStore
from features.engine import DuckDB, opened
from features.errors import PerennialError
from features.identity.settle import settle
from features.shop import Shop
from operations import home
from operations.score import Batch, models_for, score_all
from perennial.opening import cutoff_of, reading_shop
from perennial.terminal.printing import heading, say, table
from perennial.terminal.progress import progress_bar
from perennial.terminal.words import Words, words_of
from scoring.processors import threads
from training.backtest.groups import by_channel
from training.evaluation.segments import KINDS, SegmentChannels, by_segment
from training.tracking.store import Mlruns

TASKS = ("churn", "channel_preference")


def tell_segments(path: Path, at: str | None, language: str, mlruns: Mlruns) -> None:
    """Score the active customers and print a table a kind of channel.

    Raises
    ------
    PerennialError      if the language is unknown, or the shop has no model of channel preference
    """
    words = words_of(language)
    with reading_shop(path) as shop:
        segments = segments_of(_scored(shop, cutoff_of(shop, at), mlruns))
    show(segments, words)


def _scored(shop: Shop, cutoff: datetime, mlruns: Mlruns) -> Batch:
    models = {task: one for task, one in models_for(shop, cutoff, mlruns=mlruns).items() if task in TASKS}
    if "channel_preference" not in models:
        raise PerennialError(f"shop '{shop.name}' has no model of channel_preference. Train it: perennial train.")
    with opened(DuckDB(threads=threads())) as engine, progress_bar() as progress:
        settled, _ = settle(shop, cutoff, engine=engine)
        store = FeatureStore(home.features(shop))
        return score_all(settled, cutoff, models, store=store, engine=engine, threads=threads(), progress=progress)


def segments_of(batch: Batch) -> list[SegmentChannels]:
    """The segments of a batch's active customers: everyone, by stage, by where they bought last."""
    rows = batch.eligible
    answers = {name: values[rows] for name, values in batch.answers.items()}
    known = {ref.name: batch.matrix[rows, i].astype(np.float64) for i, ref in enumerate(batch.columns)}
    groups: dict[str, NDArray[np.str_]] = {"all": np.full(int(rows.sum()), "everyone")}
    if set(COLUMNS) <= set(known):
        model = next(iter(batch.models.values())).model
        groups["stage"] = stages(known, model.horizon_days, model.active_within_days)
    if "last_order_online" in known:
        groups["channel"] = by_channel(known["last_order_online"])
    return by_segment(answers, groups)


def show(found: list[SegmentChannels], words: Words) -> None:
    """Print a table a kind: segments down, channels across."""
    if not found:
        say(words.say("none"))
    for kind in KINDS:
        rows = [one for one in found if one.kind == kind]
        if not rows:
            continue
        heading(words.say(kind))
        channels = list(rows[0].means)
        shown = [words.name(one) for one in channels]
        lines = [
            (
                words.name(one.segment),
                f"{one.customers:,}",
                *(f"{one.means[channel]:.1%}" for channel in channels),
                words.name(next(iter(one.means))),
            )
            for one in rows
        ]
        segment, customers, best = (words.say(name) for name in ("segment", "customers", "best"))
        table((segment, customers, *shown, best), lines, numbers=(customers, *shown))
