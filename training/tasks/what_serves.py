"""Which of what was tried serves: the best that passes the gate; where nothing does, what fails least, marked so."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from training.backtest.context import Learned
from training.evaluation.folds import Tried
from training.review.gate import evidence_checks
from training.task import Task

Candidate = tuple[str, Callable[[], Learned]]


def best_that_passes(task: Task, candidates: Iterable[Candidate], simplest: Candidate) -> Learned:
    """The first candidate whose evidence passes the gate, or passes it but for heads beside the main one.

    Those heads are marked. Where no candidate passes for its main head, the one that fails the fewest checks serves,
    wholly marked: the simplest where it fails no more than the others.

    Parameters
    ----------
    candidates : kind and how it is learnt, the best first; learnt only as far as needed
    simplest : kind and how it is learnt: what serves where nothing passes and nothing fails less
    """
    tried: list[Tried] = []
    seen: dict[str, Learned] = {}
    partly: tuple[Learned, tuple[str, ...]] | None = None
    for model_kind, learn in candidates:
        learned = seen[model_kind] = learn()
        checks = evidence_checks(learned.evaluation, learned.model, task)
        failed = [check for check in checks if not check.passed]
        tried.append(Tried(model_kind, tuple(check.name for check in failed)))
        if not failed:
            return _marked(learned, (), tried)
        if partly is None and all(check.about for check in failed):
            partly = learned, tuple(dict.fromkeys(check.about for check in failed))
    if partly is not None:
        return _marked(*partly, tried)
    model_kind, learn = simplest
    failures = {one.model_kind: len(one.failed) for one in tried}
    if model_kind not in seen:
        learned = seen[model_kind] = learn()
        failures[model_kind] = sum(
            not check.passed for check in evidence_checks(learned.evaluation, learned.model, task)
        )
    least = min(failures.values())
    model_kind = model_kind if failures[model_kind] == least else min(failures, key=lambda kind: failures[kind])
    learned = seen[model_kind]
    return _marked(learned, tuple(head.name for head in learned.model.heads), tried)


def _marked(learned: Learned, unproven: tuple[str, ...], tried: Iterable[Tried]) -> Learned:
    evaluation = replace(learned.evaluation, tried=tuple(tried))
    return replace(learned, model=replace(learned.model, unproven=unproven), evaluation=evaluation)
