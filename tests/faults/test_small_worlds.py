"""Every verb on ten small shops of different shapes: it does its work, or says in a sentence why it cannot."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operations import home as places
from tests.faults.small_worlds import WORLDS, write
from tests.perennial.conftest import Ended, Perennial, home, perennial  # noqa: F401
from training.evaluation import figures

# Verb and what it may end with: 0 done, 2 a refusal in a sentence.
VERBS: tuple[tuple[tuple[str, ...], set[int]], ...] = (
    (("check",), {0}),
    (("score",), {0}),
    (("decide",), {0}),
    (("channels", "--language", "zh"), {0, 2}),
    (("people",), {0}),
    (("rollback", "churn", "--by", "Ada", "--why", "to see"), {2}),
)
# With all tasks and these verbs too; the others have churn, to be quick.
EVERYTHING = {"many_channels", "one_customer"}
MORE: tuple[tuple[tuple[str, ...], set[int]], ...] = (
    (("features",), {0}),
    (("review", "churn"), {0}),
    (("promote", "churn", "7", "--by", "Ada", "--why", "to see"), {2}),
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether verbs end is asked here, not how wide an interval is."""
    monkeypatch.setattr(figures, "_DRAWS", 20)
    monkeypatch.setattr(figures.intervals, "__defaults__", (20, *figures.intervals.__defaults__[1:]))


@pytest.mark.parametrize("world", WORLDS)
def test_every_verb_ends_well(perennial: Perennial, home: Path, world: str) -> None:  # noqa: F811
    shop = write(world, home / "exports")
    trained = perennial("train", "all" if world in EVERYTHING else "churn", "--shop", shop)
    ended_well("train", trained, {0})
    for (verb, *more), codes in (*VERBS, *(MORE if world in EVERYTHING else ())):
        ended_well(verb, perennial(verb, *more, "--shop", shop), codes)
    told = scores(home)
    assert told and all(row["churn_probability"] is None or 0 <= row["churn_probability"] <= 1 for row in told)
    json.dumps(told, allow_nan=False, default=str)  # no NaN in a file a CRM reads


def ended_well(verb: str, ended: Ended, codes: set[int]) -> None:
    said = f"{verb} ended with {ended.code}: {ended.err[-1500:]}"
    assert ended.code in codes, said
    for bad in ("Traceback", "nobody foresaw", "Warning", " nan", "inf ", "None"):
        assert bad not in ended.out + ended.err, f"{verb} says '{bad}': {ended.out[-3000:]}{ended.err[-1500:]}"
    assert ended.code == 0 or ended.err.strip(), said


def scores(folder: Path) -> list[dict[str, object]]:
    (path,) = (Path(places.home_folder()) / "scores").rglob("scores.parquet")
    return pq.read_table(path).to_pylist()
