"""What a worker serves from at one moment: a release, a snapshot and all that follows from the two.

A Live is immutable: a promoted release or a new snapshot makes another one, and calls under way keep theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from decisions.policy import Policy, read_policy
from decisions.stages import COLUMNS
from scoring.errors import ReleaseError
from scoring.golden import check_golden
from scoring.products.ranker import TASK as RECOMMENDATION
from scoring.products.ranker import Ranker
from scoring.reasons.reason_files import read_texts
from scoring.reasons.reasons import Texts
from scoring.release import Release, read_release
from scoring.scorer import LEVEL, Scorer
from scoring.uplift_names import TASK as UPLIFT
from scoring.verified_files import verified_bytes
from serving.errors import SnapshotError
from serving.settings import Settings
from serving.snapshot.candidates import CandidateStore, read_candidates
from serving.snapshot.decided import Decided, read_decided
from serving.snapshot.shelves import Shelves, read_shelves
from serving.snapshot.snapshot import Snapshot, open_snapshot

LANGUAGES = ("en", "zh")
TASKS = ("churn", "next_purchase", "channel_preference")
DECIDING = (*TASKS, UPLIFT)  # what a decision asks


@dataclass(frozen=True)
class ReleaseDays:
    """The two lengths of time a release is about, in days."""

    horizon: int
    active_within: int


@dataclass(frozen=True)
class Live:
    """A release and a snapshot that fit together.

    Attributes
    ----------
    scorers : by the tasks they answer; every scorer reads rows of the snapshot's matrix
    candidates : None for a shop without order lines
    ranker : of recommended products; by plain rules where the release has no model of them
    decided : what the night decided; None where it did not
    shelves : what stores have; None where nobody reports stock
    names : the matrix's columns in order
    units : what one step of a feature means, by name
    """

    release: Release
    snapshot: Snapshot
    candidates: CandidateStore | None
    ranker: Ranker
    policy: Policy
    decided: Decided | None
    shelves: Shelves | None
    texts: Mapping[str, Texts]
    scorers: Mapping[tuple[str, ...], Scorer]
    names: tuple[str, ...]
    units: Mapping[str, str]
    zone: ZoneInfo
    span: ReleaseDays
    versions: Mapping[str, str]

    def scorer(self, *tasks: str) -> Scorer | None:
        """The scorer of those of the tasks the shop has; None when it has none."""
        return self.scorers.get(tuple(task for task in tasks if task in self.release.models))

    def model_kind(self, task: str) -> str | None:
        """How a task's model was made: rules, buy_till_you_die or gradient_boosting."""
        released = self.release.models.get(task)
        return released.model.kind_told if released else None


def load_live(settings: Settings) -> Live:
    """Load the current release and snapshot, and check that they fit.

    Raises
    ------
    ReleaseError, SnapshotError   with what is wrong and what to do
    """
    release = read_release(settings.of_shop("releases") / "current.json")
    check_golden(release)
    return combine(release, open_snapshot(settings.of_shop("snapshots")))


def combine(release: Release, snapshot: Snapshot) -> Live:
    """A release over a snapshot.

    Raises
    ------
    ReleaseError   if they are of different shops, or a model needs features the snapshot lacks
    SnapshotError  if the snapshot lacks what every decision needs
    """
    if release.shop != snapshot.shop:
        raise ReleaseError(f"The release is of shop {release.shop}, the snapshot of {snapshot.shop}.")
    names = tuple(column.name for column in snapshot.columns)
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        raise SnapshotError(
            f"The snapshot lacks {', '.join(lacking)}, which say where a customer stands. Build it again."
        )
    return Live(
        release=release,
        snapshot=snapshot,
        candidates=read_candidates(snapshot.folder, len(snapshot)),
        ranker=Ranker(ranking.model if (ranking := release.models.get(RECOMMENDATION)) else None),
        policy=read_policy(_text(release, "policy.json")),
        decided=read_decided(snapshot.folder, len(snapshot)),
        shelves=read_shelves(snapshot.folder),
        texts={one: read_texts(one, _text(release, f"reasons.{one}.json")) for one in LANGUAGES},
        scorers=_scorers(release, snapshot),
        names=names,
        units={LEVEL: "times"}
        | _derived_units(release)
        | {column["name"]: column.get("unit", "") for column in release.columns},
        zone=ZoneInfo(release.timezone),
        span=ReleaseDays(release.horizon_days, release.active_within_days),
        versions={task: released.version for task, released in release.models.items()},
    )


def questions(release: Release) -> tuple[str, ...]:
    """What a release answers beside decisions and products: the next step, and a shop's own questions."""
    return tuple(sorted(task for task in release.models if task not in (*DECIDING, RECOMMENDATION)))


def _derived_units(release: Release) -> dict[str, str]:
    return {one.name: one.unit for released in release.models.values() for one in released.model.derivations}


def _scorers(release: Release, snapshot: Snapshot) -> dict[tuple[str, ...], Scorer]:
    wanted = [DECIDING, TASKS, TASKS[:1], TASKS[:2], TASKS[2:], *((task,) for task in questions(release))]
    subsets = {tuple(task for task in tasks if task in release.models) for tasks in wanted}
    scorers = {
        tasks: Scorer([release.models[task].model for task in tasks], snapshot.columns, level=snapshot.level)
        for tasks in subsets
        if tasks
    }
    if TASKS[:1] in scorers:
        scorers[TASKS[:1]].prepare_reasons()
    return scorers


def _text(release: Release, name: str) -> str:
    sha256 = release.manifest["files"].get(name)
    if sha256 is None:
        raise ReleaseError(f"Release {release.release_id} has no {name}; export it again.")
    return verified_bytes(release.folder, name, sha256).decode()
