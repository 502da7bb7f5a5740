"""Where memory is limited, a thread that cannot be started is said: nothing waits for it."""

import subprocess
import sys

import pytest

from features.errors import PerennialError
from perennial.terminal import short_memory

# What `check` and the like do first and then, in a process that may take so many MiB beyond its imports.
CODE = """
import resource, sys, threading
import pyarrow as pa, pyarrow.parquet as pq
import tempfile, pathlib
from perennial.terminal.errors import told
from perennial.terminal.short_memory import start_threads_first

folder = tempfile.mkdtemp()
pq.write_table(pa.table({str(one): range(1000) for one in range(9)}), folder + "/x.parquet")
taken = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
limit = taken + int(sys.argv[1]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
with told(debug=False):
    start_threads_first()
    taken = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (min(limit, taken + int(sys.argv[2]) * 2**20), limit))
    for _ in range(3):
        assert pq.read_table(folder + "/x.parquet").num_rows == 1000
print("read")
"""
ENOUGH = 400  # MiB: threads may reserve 64 each


def ended(before: int, after: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", CODE, str(before), str(after)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("before", "after"), [(1, 400), (4, 400), (7, 400), (9, 400), (12, 400), (20, 400), (400, 6)])
def test_a_file_is_read_or_too_little_memory_is_said(before: int, after: int) -> None:
    found = ended(before, after)
    assert found.returncode in (0, 2), found
    if found.returncode:
        assert found.stderr.startswith("There is not enough memory for this."), found.stderr
    else:
        assert found.stdout == "read\n"


def test_with_room_it_is_read() -> None:
    assert ended(ENOUGH, ENOUGH).stdout == "read\n"


def test_without_a_limit_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_memory, "_limit", lambda: None)
    monkeypatch.setattr(short_memory, "_prove_room", lambda count: pytest.fail("threads were started"))
    short_memory.start_threads_first()


def test_what_needs_more_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_memory, "_limit", lambda: 600 * 2**20)
    with pytest.raises(PerennialError, match=r"The service needs 1,024 MiB of address space to start, and this .* 600"):
        short_memory.refuse_less_than(2**30, "The service")
    short_memory.refuse_less_than(600 * 2**20, "The service")
    monkeypatch.setattr(short_memory, "_limit", lambda: None)
    short_memory.refuse_less_than(2**40, "The service")
