"""The steps of a night: done once, tried again when they failed or were cut off, kept back with what they need."""

import json
from pathlib import Path

import pytest

from operations.night.ledger import KEPT, Entry, Ledger, Step, Told, failed, forget_old, run_steps


class Work:
    """Two steps that count how often they are done, and can be made to fail."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.depends = "1"
        self.broken: BaseException | None = None
        self.stands = True

    def steps(self) -> list[Step]:
        return [
            Step("first", "counts", lambda: self.depends, self.first, stands=lambda: self.stands),
            Step("second", "counts", lambda: "", self.second, ("first",)),
        ]

    def first(self) -> Told:
        if self.broken:
            raise self.broken
        self.done.append("first")
        return Told("counted")

    def second(self) -> Told:
        self.done.append("second")
        return Told("look", alarm=True)


def run(path: Path, work: Work) -> list[Entry]:
    return run_steps(Ledger(path), work.steps(), lambda step, entry: None, str)


def test_a_second_run_repeats_only_what_depends_on_nothing(tmp_path: Path) -> None:
    work, path = Work(), tmp_path / "night.json"
    assert [one.state for one in run(path, work)] == ["done", "done"]
    assert [one.told for one in run(path, work)] == ["counted", "look"]
    assert work.done == ["first", "second", "second"]


def test_a_step_is_done_again_when_what_it_depends_on_changed(tmp_path: Path) -> None:
    work, path = Work(), tmp_path / "night.json"
    run(path, work)
    work.depends = "2"
    run(path, work)
    assert work.done.count("first") == 2


def test_a_step_is_done_again_when_what_it_left_is_gone(tmp_path: Path) -> None:
    work, path = Work(), tmp_path / "night.json"
    run(path, work)
    work.stands = False
    run(path, work)
    assert work.done.count("first") == 2


def test_a_failed_step_keeps_back_what_needs_it_and_is_tried_again(tmp_path: Path) -> None:
    work, path = Work(), tmp_path / "night.json"
    work.broken = ValueError("no disk left")
    found = run(path, work)
    assert [one.state for one in found] == ["failed", "not run"] and failed(found)
    assert found[0].told == "no disk left" and "'first'" in found[1].told
    work.broken = None
    assert not failed(run(path, work))
    assert work.done == ["first", "second"]


def test_a_step_that_was_cut_off_is_told_and_done_again(tmp_path: Path) -> None:
    work, path = Work(), tmp_path / "night.json"
    work.broken = KeyboardInterrupt()  # like a kill: nothing behind it runs
    with pytest.raises(KeyboardInterrupt):
        run(path, work)
    known = Ledger(path).entry("first")
    assert known is not None and known.state == "running" and known.began and not known.ended
    work.broken = None
    assert [one.state for one in run(path, work)] == ["done", "done"]


@pytest.mark.parametrize("content", ["", "{", '{"steps": {"first": {"odd": 1}}}', '{"steps": []}'])
def test_a_damaged_ledger_lets_every_step_be_done_again(tmp_path: Path, content: str) -> None:
    work, path = Work(), tmp_path / "night.json"
    run(path, work)
    path.write_text(content)
    run(path, work)
    assert work.done.count("first") == 2
    assert set(json.loads(path.read_text())["steps"]) == {"first", "second"}


def test_old_ledgers_are_let_go(tmp_path: Path) -> None:
    for day in range(KEPT + 5):
        (tmp_path / f"2026-{1 + day // 28:02}-{1 + day % 28:02}.json").write_text("{}")
    forget_old(tmp_path)
    kept = sorted(path.stem for path in tmp_path.glob("*.json"))
    assert len(kept) == KEPT and kept[0] == "2026-01-06"
