"""Champion against challenger, the gate between them, and who signed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.errors import PerennialError
from features.shop import Shop
from reporting.page import from_json
from scoring.errors import ReleaseError
from scoring.release import Release
from training.evaluation.comparison import Comparison, KeptFold, compare, from_parquet, kept
from training.evaluation.folds import Fitted
from training.review import run_record
from training.review.export import Champion
from training.review.gate import Check, against_champion, checks_of, golden_check
from training.review.golden import TOLERANCE, golden_rows, seconds_a_row, try_elsewhere
from training.review.rescoring import rescored
from training.task import Task
from training.tasks.catalogue import task_named
from training.tracking import registry, runs
from training.tracking.record import registered_name
from training.tracking.registry import Version
from training.tracking.runs import Logged
from training.tracking.store import TrackingError

Export = Callable[[Mapping[str, Champion]], Release]


class ReviewError(PerennialError):
    """A version may not do what was asked of it."""


@dataclass(frozen=True)
class Review:
    """What the gate says of a version.

    Attributes
    ----------
    comparison : with the champion; None where the version is the champion, or the shop has none
    """

    version: Version
    champion: Version | None
    checks: tuple[Check, ...]
    comparison: Comparison | None

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def log(fitted: Fitted, shop: Shop, *, mlruns: Path) -> Logged:
    """Log and register a fit, judged by the gate and beside the champion where there is one.

    The shop's first version of a task becomes its champion, whatever the gate says of it.
    """
    model = fitted.model
    task = task_named(model.task)
    golden = golden_rows([model], model.features)
    checks = checks_of(fitted, task, seconds_a_row(golden, model))
    champion = registry.champion(model.shop, task.name, mlruns=mlruns)
    comparison = None
    if champion is not None:
        customers = {fold.cutoff: list(fold.customers) for fold in fitted.evaluation.folds}
        comparison = _compared(task, champion, kept(fitted.evaluation.folds), shop, customers, mlruns)
        checks = (*checks, against_champion(task, comparison))
    return runs.log(run_record.record(fitted, task, shop, golden, checks, comparison), mlruns=mlruns)


def review(shop: Shop, task_name: str, *, mlruns: Path, number: int | None = None) -> Review:
    """Judge a version, compare it with the present champion, and write the report anew.

    Parameters
    ----------
    number : the version; by default the newest one

    Raises
    ------
    TrackingError    if there is no such version
    """
    task = task_named(task_name)
    version = _asked(shop.name, task.name, number, mlruns)
    champion = registry.champion(shop.name, task.name, mlruns=mlruns)
    comparison = None
    if champion is not None and champion.version != version.version:
        folds = from_parquet(registry.read_artifact(version, run_record.FOLDS, mlruns=mlruns))
        comparison = _compared(task, champion, folds, shop, None, mlruns)
    kept_checks = run_record.checks_from(registry.read_artifact(version, run_record.CHECKS, mlruns=mlruns))
    lasting = [check for check in kept_checks if not _written_anew(check)]
    beside = [] if comparison is None else [against_champion(task, comparison)]
    checks = (*lasting, *beside, _golden(version, mlruns))
    _write(version, shop, task, checks, comparison, mlruns)
    return Review(version, champion, checks, comparison)


def promote(
    shop: Shop, task_name: str, number: int, *, by: str, why: str, at: datetime, mlruns: Path, export: Export
) -> Review:
    """Let a version serve, if it passes the gate: a new release, the alias, and the sign-off as version tags.

    Parameters
    ----------
    by, why : who signs, and the reason in a sentence
    at : the moment of the signature
    export : writes a release of the given champions and points to it

    Raises
    ------
    ReviewError      if it is the champion already, nobody signs, or a check fails
    """
    if not by.strip() or not why.strip():
        raise ReviewError("a promotion is signed: give --by with a name and --why with a reason.")
    found = review(shop, task_name, mlruns=mlruns, number=number)
    if found.version.is_champion:
        raise ReviewError(f"{found.version.name} v{number} is the champion already; there is nothing to promote.")
    failed = [f"{check.name}: {check.found}; wanted: {check.wanted}" for check in found.checks if not check.passed]
    if failed:
        raise ReviewError(
            f"{found.version.name} v{number} does not pass the gate.\n"
            + "\n".join(f"  {line}" for line in failed)
            + "\nRead its report in MLflow, then train another version."
        )
    _serve(found.version, shop.name, task_name, mlruns, export)
    registry.crown(found.version, mlruns=mlruns)
    signed = {"review.verdict": "promoted", "review.by": by, "review.why": why, "review.at": at.isoformat()}
    registry.set_tags(found.version, signed, mlruns=mlruns)
    return found


def rollback(shop: str, task_name: str, *, by: str, why: str, at: datetime, mlruns: Path, export: Export) -> Version:
    """Let the champion before the present one serve again; return it.

    Raises
    ------
    ReviewError      if there is none
    """
    task = task_named(task_name)
    present = registry.champion(shop, task.name, mlruns=mlruns)
    before = registry.previous_champion(shop, task.name, mlruns=mlruns) if present else None
    if present is None or before is None:
        raise ReviewError(
            f"{registered_name(shop, task.name)} has no champion before the present one. "
            f"Promote a version with `perennial promote {task.name} VERSION --by NAME --why TEXT`."
        )
    _serve(before, shop, task.name, mlruns, export)
    registry.uncrown(present, mlruns=mlruns)
    signed = {"review.verdict": "rolled back", "review.by": by, "review.why": why, "review.at": at.isoformat()}
    registry.set_tags(present, signed, mlruns=mlruns)
    return before


def champions_of(shop: str, *, mlruns: Path) -> dict[str, Champion]:
    """The champions of a shop as a release takes them, by task."""
    return {task: _champion(version, mlruns) for task, version in registry.champions(shop, mlruns=mlruns).items()}


def _compared(
    task: Task,
    champion: Version,
    folds: Sequence[KeptFold],
    shop: Shop,
    customers: Mapping[str, Sequence[str]] | None,
    mlruns: Path,
) -> Comparison:
    """A champion that cannot be read is not compared, and so not beaten; the fit itself is not lost."""
    try:
        model = registry.load_model(champion, mlruns=mlruns)
        own = from_parquet(registry.read_artifact(champion, run_record.FOLDS, mlruns=mlruns))
    except (TrackingError, ReleaseError) as error:
        return Comparison(champion.version, 0, (), {"every cutoff": f"the champion cannot be read. {error}"}, {}, {})
    score = rescored(shop, model, customers)
    return compare(folds, own, version=champion.version, until=model.until, score=score, of=task.metrics)


def _serve(version: Version, shop: str, task: str, mlruns: Path, export: Export) -> None:
    """The release comes first: it is checked as a worker would, and only then the registry follows."""
    export({**champions_of(shop, mlruns=mlruns), task: _champion(version, mlruns)})


def _champion(version: Version, mlruns: Path) -> Champion:
    folder, sha256s = registry.model_folder(version, mlruns=mlruns)
    return Champion(folder, sha256s, str(version.version))


def _asked(shop: str, task: str, number: int | None, mlruns: Path) -> Version:
    if number is not None:
        return registry.version(shop, task, number, mlruns=mlruns)
    known = registry.versions(shop, task, mlruns=mlruns)
    if not known:
        raise ReviewError(f"{registered_name(shop, task)} has no version. Train one with `perennial train {task}`.")
    return known[-1]


def _golden(version: Version, mlruns: Path) -> Check:
    golden = json.loads(registry.read_artifact(version, run_record.GOLDEN, mlruns=mlruns))
    return golden_check(try_elsewhere(*registry.model_folder(version, mlruns=mlruns), golden), TOLERANCE)


def _written_anew(check: Check) -> bool:
    return check.name == "golden predictions" or check.name.startswith("beats champion ")


def _write(
    version: Version, shop: Shop, task: Task, checks: tuple[Check, ...], comparison: Comparison | None, mlruns: Path
) -> None:
    shown = from_json(registry.read_artifact(version, run_record.SECTIONS, mlruns=mlruns))
    heading = f"{run_record.heading(task.name, shop.name)} v{version.version}"
    files = run_record.review_files(heading, task, checks, comparison, shown)
    registry.add_artifacts(version, files, mlruns=mlruns)
    registry.set_tags(version, run_record.gate_tags(checks), mlruns=mlruns)
