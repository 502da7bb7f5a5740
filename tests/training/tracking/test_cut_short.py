import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from training.tracking import runs
from training.tracking.cut_short import logging_alone, mark_cut_short
from training.tracking.record import Record
from training.tracking.store import Server, TrackingError


def test_a_run_nobody_runs_any_more_is_marked_and_told_once(record_of: Callable[..., Record], mlruns: Path) -> None:
    with runs.client(mlruns) as client:
        experiment = runs.experiment_named(client, "corner-shop.churn", mlruns)
        left = client.create_run(experiment).info.run_id
        model = client.create_logged_model(experiment, "churn", left).model_id
    artifacts = mlruns / "corner-shop.churn" / left / "artifacts"
    artifacts.mkdir(parents=True)
    for name in (".report.html.part7-7-0", "card.md"):
        (artifacts / name).write_text("half")
    assert [runs.log(record_of(), mlruns=mlruns).cut_short for _ in range(2)] == [1, 0]
    with runs.client(mlruns) as client:
        assert client.get_run(left).info.status == "KILLED"
        assert client.get_run(left).data.tags["cut_short"].startswith("Its process ended before everything was logged.")
        assert str(client.get_logged_model(model).status) == "FAILED"
        assert mark_cut_short(client, experiment) == 0
    assert [path.name for path in artifacts.iterdir()] == ["card.md"]


def test_who_logs_is_alone_until_it_ends_however_it_ends(mlruns: Path) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with logging_alone(mlruns, "shop.churn"):
            os.write(writing, b".")
            signal.pause()
    os.read(reading, 1)
    with logging_alone(mlruns, "shop.next_purchase") as alone:  # another task's runs do not wait
        assert alone
    os.kill(child, signal.SIGKILL)
    with logging_alone(mlruns, "shop.churn") as alone:
        assert alone
    os.waitpid(child, 0)


def test_of_a_server_nobody_can_tell_who_else_logs() -> None:
    with logging_alone(Server("http://localhost:1", "http://localhost:1"), "shop.churn") as alone:
        assert not alone


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(TrackingError, match=r"cannot write .*gone: No such file"),
        logging_alone(tmp_path / "gone", "a"),
    ):
        pass
