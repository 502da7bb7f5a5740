"""Perennial's front door: the commands behind `perennial`, and the same from Python.

    import perennial as pn

    shop = pn.open_shop("my-shop")            # or {"orders": a DataFrame, …}
    fitted = pn.fit("churn", shop)
    scores = pn.score(shop, fitted)

Every name is imported when it is first asked for, so that `import perennial` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.feature import feature as feature
    from features.shop import Shop as Shop
    from perennial import insights as insights
    from perennial.api.fit import Fit as Fit
    from perennial.api.fit import evaluate as evaluate
    from perennial.api.fit import fit as fit
    from perennial.api.fit import score as score
    from perennial.api.rows import Rows as Rows
    from perennial.api.rows import TimeSplits as TimeSplits
    from perennial.api.rows import dataset as dataset
    from perennial.api.rows import features as features
    from perennial.api.shop import open_shop as open_shop
    from training.task import Task as Task
    from training.tasks.own_questions import how_many as how_many
    from training.tasks.own_questions import how_much as how_much
    from training.tasks.own_questions import yes_no as yes_no

_HOMES = {
    "Fit": "perennial.api.fit",
    "Rows": "perennial.api.rows",
    "Shop": "features.shop",
    "Task": "training.task",
    "TimeSplits": "perennial.api.rows",
    "dataset": "perennial.api.rows",
    "evaluate": "perennial.api.fit",
    "feature": "features.feature",
    "features": "perennial.api.rows",
    "fit": "perennial.api.fit",
    "how_many": "training.tasks.own_questions",
    "how_much": "training.tasks.own_questions",
    "open_shop": "perennial.api.shop",
    "score": "perennial.api.fit",
    "yes_no": "training.tasks.own_questions",
}
_MODULES = {"insights": "perennial.insights"}
__all__ = [*_HOMES, *_MODULES]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'perennial' has no attribute {name!r}. It has {', '.join(sorted(__all__))}.")
    import_module("scoring.processors").let_waiting_threads_sleep()
    if name in _MODULES:
        return import_module(_MODULES[name])
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
