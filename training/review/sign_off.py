"""Champion against challenger, the gate between them, and who signed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from features.errors import PerennialError
from features.shop import Shop
from reporting.page import from_json
from scoring.errors import ReleaseError
from scoring.plain_json import as_json
from scoring.release import Release
from training.evaluation.comparison import Comparison, KeptFold, compare, from_parquet, kept
from training.evaluation.folds import Fitted
from training.review import run_record
from training.review.export import Champion
from training.review.gate import Check, against_champion, checks_of, golden_check
from training.review.golden import TOLERANCE, golden_rows, seconds_a_row, try_elsewhere
from training.review.rescoring import rescored
from training.task import Task
from training.tasks.own import task_of
from training.tracking import registry, runs
from training.tracking.record import registered_name
from training.tracking.registry import Version
from training.tracking.runs import Logged
from training.tracking.store import Mlruns, TrackingError

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


def log(fitted: Fitted, shop: Shop, *, mlruns: Mlruns) -> Logged:
    """Log and register a fit, judged by the gate and beside the champion where there is one.

    The shop's first version of a task becomes its champion: the best that passed the gate when it was fitted, else
    the simplest rule, which says of itself that it is unproven.
    """
    model = fitted.model
    task = task_of(model.task, shop)
    golden = golden_rows([model], model.features)
    checks = checks_of(fitted, task, seconds_a_row(golden, model))
    champion = registry.champion(model.shop, task.name, mlruns=mlruns)
    comparison = None
    if champion is not None:
        customers = {fold.cutoff: list(fold.customers) for fold in fitted.evaluation.folds}
        comparison = _compared(task, champion, kept(fitted.evaluation.folds), shop, customers, mlruns)
        checks = (*checks, against_champion(task, comparison))
    return runs.log(run_record.record(fitted, task, shop, golden, checks, comparison), mlruns=mlruns)


def review(shop: Shop, task_name: str, *, mlruns: Mlruns, number: int | None = None) -> Review:
    """Judge a version, compare it with the present champion, and write the report anew.

    Parameters
    ----------
    number : the version; by default the newest one

    Raises
    ------
    TrackingError    if there is no such version
    """
    task = task_of(task_name, shop)
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
    shop: Shop,
    task_name: str,
    number: int,
    *,
    by: str,
    why: str,
    at: datetime,
    mlruns: Mlruns,
    export: Export,
    uncompared: bool = False,
) -> Review:
    """Let a version serve, if it passes the gate: a new release, the alias, and the sign-off as version tags.

    Parameters
    ----------
    by, why : who signs, and the reason in a sentence
    at : the moment of the signature
    export : writes a release of the given champions and points to it
    uncompared : whether the signer answers for what could not be compared with the champion, as after the audience
        changed; every other check must pass all the same, and the signature says what was not asked

    Raises
    ------
    ReviewError      if it is the champion already, nobody signs, a check fails, or it was rejected
    """
    _refuse_unsigned("a promotion", by, why)
    found = review(shop, task_name, mlruns=mlruns, number=number)
    if found.version.is_champion:
        raise ReviewError(f"{found.version.name} v{number} is the champion already; there is nothing to promote.")
    _refuse_rejected(found.version)
    overridden = _overridden(found) if uncompared else ""
    failed = [
        f"{check.name}: {check.found}; wanted: {check.wanted}"
        for check in found.checks
        if not check.passed and check.name != overridden
    ]
    if failed:
        raise ReviewError(
            f"{found.version.name} v{number} does not pass the gate.\n"
            + "\n".join(f"  {line}" for line in failed)
            + "\nRead its report in MLflow, then train another version."
        )
    _serve(found.version, shop.name, task_name, mlruns, export)
    _sign(found.version, "promoted", by, why, at, mlruns, not_asked=overridden)
    registry.crown(found.version, mlruns=mlruns)  # last: killed before it, a rerun does all of it again
    return found


def reject(shop: str, task_name: str, number: int, *, by: str, why: str, at: datetime, mlruns: Mlruns) -> Version:
    """Say no to a version, signed: it waits no longer, and cannot be promoted until it was trained again.

    Raises
    ------
    ReviewError      if nobody signs, or it is the champion
    """
    _refuse_unsigned("a rejection", by, why)
    version = registry.version(shop, task_name, number, mlruns=mlruns)
    if version.is_champion:
        raise ReviewError(
            f"{version.name} v{number} is the champion; what serves is not rejected but replaced. "
            f"Use `perennial rollback {task_name}`, or promote another version."
        )
    registry.set_aside(version, mlruns=mlruns)
    _sign(version, "rejected", by, why, at, mlruns)
    return version


def rollback(shop: str, task_name: str, *, by: str, why: str, at: datetime, mlruns: Mlruns, export: Export) -> Version:
    """Let the champion before the present one serve again; return it.

    Raises
    ------
    ReviewError      if there is none
    """
    _refuse_unsigned("a rollback", by, why)
    present = registry.champion(shop, task_name, mlruns=mlruns)
    before = registry.previous_champion(shop, task_name, mlruns=mlruns) if present else None
    if present is None or before is None:
        raise ReviewError(
            f"{registered_name(shop, task_name)} has no champion before the present one. "
            f"Promote a version with `perennial promote {task_name} VERSION --by NAME --why TEXT`."
        )
    _serve(before, shop, task_name, mlruns, export)
    _sign(present, "rolled back", by, why, at, mlruns)
    registry.uncrown(present, mlruns=mlruns)
    return before


def champions_of(shop: str, *, mlruns: Mlruns, but: str = "") -> dict[str, Champion]:
    """The champions of a shop as a release takes them, by task; `but` is a task to be left out."""
    known = registry.champions(shop, mlruns=mlruns, but=but)
    return {task: _champion(version, mlruns) for task, version in known.items()}


def _compared(
    task: Task,
    champion: Version,
    folds: Sequence[KeptFold],
    shop: Shop,
    customers: Mapping[str, Sequence[str]] | None,
    mlruns: Mlruns,
) -> Comparison:
    """A champion that cannot be read is not compared, and so not beaten; the fit itself is not lost."""
    try:
        model = registry.load_model(champion, mlruns=mlruns)
        own = from_parquet(registry.read_artifact(champion, run_record.FOLDS, mlruns=mlruns))
    except (TrackingError, ReleaseError) as error:
        return Comparison(champion.version, 0, (), {"every cutoff": f"the champion cannot be read. {error}"}, {}, {})
    score = rescored(shop, model, customers)
    return compare(folds, own, version=champion.version, until=model.until, score=score, of=task.metrics)


def _serve(version: Version, shop: str, task: str, mlruns: Mlruns, export: Export) -> None:
    """The release comes first: it is checked as a worker would, and only then the registry follows."""
    export({**champions_of(shop, mlruns=mlruns, but=task), task: _champion(version, mlruns)})


def _champion(version: Version, mlruns: Mlruns) -> Champion:
    folder, sha256s = registry.model_folder(version, mlruns=mlruns)
    return Champion(folder, sha256s, str(version.version))


def _refuse_unsigned(what: str, by: str, why: str) -> None:
    if not by.strip() or not why.strip():
        raise ReviewError(f"{what} is signed: give --by with a name and --why with a reason.")


def _refuse_rejected(version: Version) -> None:
    if version.tags.get("review.verdict") == "rejected":
        raise ReviewError(
            f"{version.name} v{version.version} was rejected by {version.tags['review.by']}: "
            f"{version.tags['review.why']} Train another version."
        )


def _overridden(found: Review) -> str:
    """The check that could not be asked, for want of anything to compare.

    Raises
    ------
    ReviewError      if the comparison was possible
    """
    if found.comparison is None or found.comparison.rows:
        raise ReviewError(
            f"{found.version.name} v{found.version.version} can be compared with what serves, so --uncompared has no "
            "place here. Leave it out; the comparison decides."
        )
    return f"beats champion v{found.comparison.champion}"


def _sign(
    version: Version, verdict: str, by: str, why: str, at: datetime, mlruns: Mlruns, *, not_asked: str = ""
) -> None:
    """The newest signature as tags, every signature in the run's log."""
    signed = {"review.verdict": verdict, "review.by": by, "review.why": why, "review.at": at.isoformat()}
    signed |= {"review.not_asked": not_asked} if not_asked else {}
    registry.set_tags(version, signed, mlruns=mlruns)
    earlier = registry.read_signatures(version, run_record.SIGNATURES, mlruns=mlruns)
    registry.add_artifacts(version, {run_record.SIGNATURES: as_json([*earlier, signed])}, mlruns=mlruns)


def _asked(shop: str, task: str, number: int | None, mlruns: Mlruns) -> Version:
    if number is not None:
        return registry.version(shop, task, number, mlruns=mlruns)
    known = registry.versions(shop, task, mlruns=mlruns)
    if not known:
        raise ReviewError(f"{registered_name(shop, task)} has no version. Train one with `perennial train {task}`.")
    return known[-1]


def _golden(version: Version, mlruns: Mlruns) -> Check:
    golden = json.loads(registry.read_artifact(version, run_record.GOLDEN, mlruns=mlruns))
    return golden_check(try_elsewhere(*registry.model_folder(version, mlruns=mlruns), golden), TOLERANCE)


def _written_anew(check: Check) -> bool:
    return check.name == "golden predictions" or check.name.startswith("beats champion ")


def _write(
    version: Version, shop: Shop, task: Task, checks: tuple[Check, ...], comparison: Comparison | None, mlruns: Mlruns
) -> None:
    shown = from_json(registry.read_artifact(version, run_record.SECTIONS, mlruns=mlruns))
    heading = f"{run_record.heading(task.name, shop.name)} v{version.version}"
    files = run_record.review_files(heading, task, checks, comparison, shown)
    registry.add_artifacts(version, files, mlruns=mlruns)
    registry.set_tags(
        version,
        run_record.gate_tags(checks, [one for one in version.tags.get("unproven", "").split(", ") if one]),
        mlruns=mlruns,
    )
