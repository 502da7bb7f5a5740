"""What a worker does beside its calls goes on whatever fails."""

import logging
import time

from serving.process.upkeep import Upkeep


def test_what_fails_is_told_once_and_hinders_nothing(caplog):
    done = []

    def failing():
        raise OSError("no")

    upkeep = Upkeep(0.01, failing, lambda: done.append(1))
    with caplog.at_level(logging.INFO, logger="perennial"):
        upkeep.start()
        while len(done) < 3:
            time.sleep(0.01)
        upkeep.stop()
    assert caplog.text.count("upkeep_failed") == 1 and "failing" in caplog.text
    kept = len(done)
    time.sleep(0.05)
    assert len(done) == kept
