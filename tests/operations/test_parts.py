"""What a run had finished is taken up by the next of its kind, whole and unaltered, or made again."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from features.shop import Shop
from operations import home, parts
from operations.night import nightly
from operations.parts import Matrix, Parts, key_of, places
from perennial.nights.batch import tell
from serving.state.database import State
from serving.state.erasure import erase
from tests.perennial.corner_shop import CUTOFF, rule_model

ROWS = np.arange(50, dtype=np.float32).reshape(25, 2)
ROWS[3, 1] = np.nan


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "AT_ONCE", 10)


def doubled(rows: Matrix) -> dict[str, np.ndarray]:
    return {"twice": rows[:, 1].astype(np.float64) * 2, "place": np.arange(len(rows), dtype=np.int8)}


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def cut_off(root: Path, key: str = "k") -> None:
    """A run that finished two parts of three."""

    def dies(rows: Matrix) -> dict[str, np.ndarray]:
        if rows[0, 0] == 40:
            raise KeyboardInterrupt
        return doubled(rows)

    with pytest.raises(KeyboardInterrupt):
        Parts(root, key).each("answers", ROWS, dies)
    assert len(files(root)) == 2


@pytest.fixture
def wanted() -> Iterator[dict[str, np.ndarray]]:
    found = Parts().each("answers", ROWS, doubled)
    assert [len(ROWS[at]) for at in places(25)] == [10, 10, 5]
    yield found


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> bool:
    return {name: (one.dtype, one.tobytes()) for name, one in found.items()} == {
        name: (one.dtype, one.tobytes()) for name, one in wanted.items()
    }


def test_a_rerun_makes_only_what_is_missing(tmp_path: Path, wanted: dict[str, np.ndarray]) -> None:
    cut_off(tmp_path)
    again = Parts(tmp_path, "k")
    assert same(again.each("answers", ROWS, doubled), wanted)
    assert (again.made, again.reused) == (1, 2)
    again.forget()
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_up_may_be_written_as_what_is_made(tmp_path: Path) -> None:
    """A cart that was left is put in the place of a cause."""
    Parts(tmp_path, "k").each("causes", ROWS[:10], doubled)
    again = Parts(tmp_path, "k")
    found = again.each("causes", ROWS[:10], doubled)
    assert again.reused == 1
    for values in found.values():
        values[0] = 1


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "swap"])
def test_a_part_that_is_not_what_was_written_is_made_again(
    tmp_path: Path, wanted: dict[str, np.ndarray], damage: str
) -> None:
    cut_off(tmp_path)
    one, other = files(tmp_path)
    content = one.read_bytes()
    flipped = content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]
    one.write_bytes({"flip": flipped, "cut": content[:-1], "empty": b"", "swap": other.read_bytes()}[damage])
    again = Parts(tmp_path, "k")
    assert same(again.each("answers", ROWS, doubled), wanted)
    assert (again.made, again.reused) == (2, 1)


def test_other_rows_another_question_or_another_key_take_nothing(tmp_path: Path) -> None:
    cut_off(tmp_path)
    moved = ROWS.copy()
    moved[12, 0] += 1
    again = Parts(tmp_path, "k")
    again.each("answers", moved, doubled)
    assert (again.made, again.reused) == (2, 1)
    assert again.each("causes", ROWS, doubled) and (again.made, again.reused) == (5, 1)
    assert again.each("answers", ROWS[:10], doubled, ["other"]) and (again.made, again.reused) == (6, 1)
    other = Parts(tmp_path, "l")
    assert [path.name for path in tmp_path.iterdir()] == ["l"]  # and nothing of the first is left
    other.each("answers", ROWS, doubled)
    assert (other.made, other.reused) == (3, 0)


def test_parts_are_for_their_owner_and_hold_no_more_than_was_made(tmp_path: Path) -> None:
    cut_off(tmp_path / "of the shop")
    (folder,) = (tmp_path / "of the shop").iterdir()
    assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_keeps_nothing_and_hinders_nobody(
    tmp_path: Path, wanted: dict[str, np.ndarray]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    found = Parts(tmp_path / "file", "k")
    assert same(found.each("answers", ROWS, doubled), wanted) and found.reused == 0


def test_the_key_is_of_all_that_is_said() -> None:
    assert key_of([1, {"b": 2, "a": 1}]) == key_of([1, {"a": 1, "b": 2}]) != key_of([1, {"a": 1, "b": 3}])


def night(shop: Shop) -> nightly.Night:
    return nightly.run(shop, CUTOFF, {"churn": rule_model()}, home.scores(shop, CUTOFF), serve=True)


@pytest.mark.parametrize("finished", range(6))
def test_a_night_that_is_cut_off_goes_on_after_its_last_finished_part(
    three: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], finished: int
) -> None:
    """Three parts of answers, then three of causes; the one after `finished` ends the run, and the rerun is printed."""
    monkeypatch.setattr("operations.parts.AT_ONCE", 1)
    once = night(three)
    assert (once.batch.parts.made, once.batch.parts.reused) == (6, 0)
    before = {path: path.read_bytes() for path in (*once.files.values(), *once.decision_files.values())}
    made = count()

    def cut_off(self: Parts, *_: object) -> dict[str, np.ndarray]:
        if next(made) == finished:
            raise KeyboardInterrupt
        return part(self, *_)

    part = Parts._part
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Parts, "_part", cut_off)
        night(three)
    again = night(three)
    tell(again)
    assert (again.batch.parts.made, again.batch.parts.reused) == (6 - finished, finished)
    assert {path: path.read_bytes() for path in before} == before
    told = f"{finished} of 6 parts had been finished by a run that was cut off."
    assert (told in capsys.readouterr().out) == (finished > 0)


def test_an_erasure_drops_what_a_night_had_finished(three: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.night.nightly.write_scores", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        night(three)
    (folder,) = home.unfinished(three).iterdir()
    assert list(folder.iterdir())
    state = State(home.state(three))
    assert erase(state, home.places(three), ["b"], "r1").done
    assert not home.unfinished(three).exists()
    state.close()
