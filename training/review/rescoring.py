"""A registered model's answers to customers at an earlier cutoff, for comparing it with another."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from features.build.build import build, matrix
from features.catalog import pick
from features.errors import FeatureError, ShopError
from features.shop import Shop
from features.spine import Spine
from scoring.release import FeatureRef, Model
from scoring.scorer import Scorer
from training.evaluation.comparison import KeptFold, rows_digest

Answers = Mapping[str, NDArray[np.float64]]


def rescored(
    shop: Shop, model: Model, customers: Mapping[str, Sequence[str]] | None = None
) -> Callable[[KeptFold], Answers | None]:
    """How a model would have answered the rows of a fold.

    Parameters
    ----------
    customers : cutoff → the fold's customers in order; by default those active at the cutoff

    Returns
    -------
    function of a fold; None where its customers cannot be found again, or a feature of the model means
    something else today
    """

    def answer(kept: KeptFold) -> Answers | None:
        cutoff = datetime.fromisoformat(kept.fold.cutoff)
        if customers is None:
            asked = Spine.active(shop, [cutoff], model.active_within_days)
        else:
            asked = Spine.of([str(one) for one in customers[kept.fold.cutoff]], [cutoff])
        if rows_digest(asked.rows["customer_id"].to_pylist()) != kept.rows_digest:
            return None
        return answers_at(shop, model, asked)

    return answer


def answers_at(shop: Shop, model: Model, spine: Spine) -> Answers | None:
    """A model's answers to a spine's rows; None if the catalogue or the shop no longer has its features."""
    names = [feature.name for feature in model.features]
    try:
        columns = pick(names, shop)
        references = [FeatureRef(column.name, column.fingerprint) for column in columns]
        if set(references) != set(model.features):
            return None
        table = build(shop, spine, columns)
    except (FeatureError, ShopError):
        return None
    return Scorer([model], references).answers(matrix(table, [reference.name for reference in references]))
