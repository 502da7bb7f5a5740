"""Whether a shop's models are due to be trained again: for their age, for people erased since, for what was watched."""

from collections.abc import Sequence
from datetime import datetime

from features.shop import Shop
from operations import home
from serving.state.erasure import erased_last
from training.tracking import registry
from training.tracking.store import Mlruns


def why_due(shop: Shop, cutoff: datetime, after_days: int, found: Sequence[str] = (), *, mlruns: Mlruns) -> str:
    """Why training is due, in a sentence; "" where it is not.

    The newest version of each task counts, whether or not it serves: what was trained, and waits for a reviewer or was
    rejected, is not trained again every night.

    Parameters
    ----------
    after_days : age from which a model is due, in days from the end of what it has seen to the cutoff
    found : other reasons, such as what monitoring found
    """
    models = [
        registry.load_model(registry.versions(shop.name, task, mlruns=mlruns)[-1], mlruns=mlruns)
        for task in registry.champions(shop.name, mlruns=mlruns)
    ]
    if not models:
        return ""
    oldest = min(datetime.fromisoformat(one.until) for one in models)
    age = (cutoff - oldest).days
    if age > after_days:
        return f"the models have seen nothing of the last {age} days; they are trained again after {after_days}"
    erased = erased_last(home.state(shop))
    trained = min((datetime.fromisoformat(one.created_at) for one in models if one.created_at), default=None)
    if erased is not None and trained is not None and erased > trained:
        return f"somebody was erased on {erased:%Y-%m-%d}, after the models had learnt from them"
    return next(iter(found), "")
