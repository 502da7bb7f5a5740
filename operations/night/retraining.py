"""Whether a shop's models are due to be trained again: for their age, for people erased since, for what was watched."""

from collections.abc import Sequence
from datetime import datetime

from features.shop import Shop
from operations import home
from operations.monitor.findings import EXPECTED, OUTCOMES, RECALIBRATE, RETRAIN, Findings
from serving.state.erasure import erased_last
from training.tracking import registry
from training.tracking.store import Mlruns

_TRAINING = (RECALIBRATE, RETRAIN)  # advice that a newly trained version answers


def why_due(shop: Shop, until: datetime, after_days: int, found: Sequence[str] = (), *, mlruns: Mlruns) -> str:
    """Why training is due, in a sentence; "" where it is not.

    The newest version of each task counts, whether or not it serves: what was trained, and waits for a reviewer or was
    rejected, is not trained again every night. Nor is a shop whose exports have stopped: there is nothing new to learn.

    Parameters
    ----------
    until : the end of what training would see now
    after_days : age from which a model is due, in days from the end of what it has seen to `until`
    found : what monitoring says of the champions; no reason where a newer version waits, or was rejected, already
    """
    champions = registry.champions(shop.name, mlruns=mlruns)
    newest = {task: registry.versions(shop.name, task, mlruns=mlruns)[-1] for task in champions}
    models = [registry.load_model(one, mlruns=mlruns) for one in newest.values()]
    if not models:
        return ""
    oldest = min(datetime.fromisoformat(one.until) for one in models)
    age = (until - oldest).days
    if age > after_days:
        return f"the models have seen nothing of the last {age} days; they are trained again after {after_days}"
    erased = erased_last(home.state(shop))
    trained = min((datetime.fromisoformat(one.created_at) for one in models if one.created_at), default=None)
    if erased is not None and trained is not None and erased > trained:
        return f"somebody was erased on {erased:%Y-%m-%d}, after the models had learnt from them"
    answered = any(newest[task].version != champion.version for task, champion in champions.items())
    return "" if answered else next(iter(found), "")


def asks_for_training(found: Findings, shop: Shop, *, mlruns: Mlruns) -> tuple[list[str], list[str]]:
    """Tasks whose champion a look at outcomes or promises found off: those to train, and those with a newer version.

    Whether calibration or ranking is off, a challenger is the mend that can do no harm: it is fitted and calibrated on
    folds that hold the newest outcomes, and serves only once it has passed the gate and a reviewer.
    """
    off = {one.subject for one in found.findings if one.check in (OUTCOMES, EXPECTED) and one.advice in _TRAINING}
    champions = registry.champions(shop.name, mlruns=mlruns)
    newest = {
        task: registry.versions(shop.name, task, mlruns=mlruns)[-1].version for task in sorted(off & {*champions})
    }
    waiting = [task for task, version in newest.items() if version != champions[task].version]
    return [task for task in newest if task not in waiting], waiting
