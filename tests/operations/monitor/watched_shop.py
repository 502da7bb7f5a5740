"""A shop of nothing but orders, and a rule of silence that stands in for a registered version."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from features.build.build import build, matrix
from features.catalog import pick
from features.shop import Shop, open_shop
from features.spine import Spine
from operations import home
from operations.score import score_all
from operations.score_files import write_scores
from scoring.model import FeatureRef, Head, Model, Steps
from scoring.release import ReleasedModel
from tests.perennial.conftest import orders
from training.data.labels import purchase_labels
from training.evaluation.figures import figures
from training.evaluation.metrics.registry import CHURN
from training.tracking.registry import Version

LEARNT, AS_OF, AT = datetime(2025, 6, 20), datetime(2025, 8, 1), datetime(2025, 9, 1)
HORIZON, ACTIVE = 28, 91
_BANDS = (3.0, 8.0, 15.0, 25.0, 40.0, 60.0)
_SILENCE = pick(["days_since_order"])[0]


def watched_shop(folder: Path, customers: int = 1_500) -> Shop:
    """Customers who each keep a rhythm until, one day, some stop."""
    place = folder / "watched"
    place.mkdir()
    pq.write_table(orders(customers), place / "orders.parquet")
    return open_shop(place)


def silence_rule(shop: Shop, tilt: float = 1.0, shift: float = 0.0) -> ReleasedModel:
    """Churn by bands of silence, as often as it followed before; `tilt` and `shift` spoil its log-odds."""
    spine = Spine.active(shop, [LEARNT], ACTIVE)
    silence = matrix(build(shop, spine, [_SILENCE]), [_SILENCE.name])[:, 0]
    left = purchase_labels(shop, spine, HORIZON, LEARNT + timedelta(days=HORIZON))["churn"]
    band = np.searchsorted(_BANDS, silence, side="right")
    rates = np.array([(left[band == one].sum() + 1) / ((band == one).sum() + 2) for one in range(len(_BANDS) + 1)])
    values = tuple((shift + tilt * np.log(rates / (1 - rates))).tolist())
    model = Model(
        task="churn",
        shop=shop.name,
        model_kind="rules",
        horizon_days=HORIZON,
        active_within_days=ACTIVE,
        until=f"{LEARNT + timedelta(days=HORIZON):%Y-%m-%d}",
        data_from="2025-01-01",
        cutoffs=(f"{LEARNT:%Y-%m-%d}",),
        features=(FeatureRef(_SILENCE.name, _SILENCE.fingerprint),),
        derived=(),
        parameters={},
        heads=(Head("churn_probability", "logit", steps=(Steps(_SILENCE.name, _BANDS, values, 0.0),)),),
    )
    return ReleasedModel(model, "1")


def a_night(shop: Shop, model: ReleasedModel, as_of: datetime = AS_OF) -> Path:
    """The score files of one night."""
    batch = score_all(shop, as_of, {"churn": model}, store=None)
    return write_scores(batch, home.scores(shop, as_of))["parquet"]


def stands_for(monkeypatch, shop: Shop, model: ReleasedModel, metrics: dict[str, float], *, previous: bool = False):
    """Let the registry know this model as version 1 of the task, champion."""
    version = Version("watched.churn", 1, "run", True, {}, metrics)
    named = replace(version, tags={"sha256s": "{}"})
    place = "training.tracking.registry"
    monkeypatch.setattr(f"{place}.version", lambda *_, **__: _Known(**vars(named), told=model.digest))
    monkeypatch.setattr(f"{place}.load_model", lambda *_, **__: model.model)
    monkeypatch.setattr(f"{place}.previous_champion", lambda *_, **__: version if previous else None)
    return version


class _Known(Version):
    """A version whose digest is told instead of computed."""

    def __init__(self, told: str, **fields: object) -> None:
        super().__init__(**fields)
        object.__setattr__(self, "told", told)

    @property
    def digest(self) -> str:
        return self.told


def shown_in_training(shop: Shop, model: ReleasedModel) -> dict[str, float]:
    """What the rule's own fold showed."""
    batch = score_all(shop, LEARNT, {"churn": ReleasedModel(replace(model.model, until="2025-06-01"), "1")}, store=None)
    spine = Spine.active(shop, [LEARNT], ACTIVE)
    truth = purchase_labels(shop, spine, HORIZON, LEARNT + timedelta(days=HORIZON))
    answers = {name: values[batch.eligible] for name, values in batch.answers.items()}
    return figures(truth, answers, CHURN)
