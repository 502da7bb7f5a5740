import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build.build import matrix
from features.build.mapped import mapped

ROWS = pa.table({"customer_id": ["a", "b", "c", "d"], "x": [1.5, None, 3.0, 4.0], "y": [0.1, 0.2, 0.3, None]})
FULL = 7


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_the_matrix_is_the_tables_whatever_is_read_at_a_time(tmp_path: Path, at_once: int) -> None:
    pq.write_table(ROWS, tmp_path / "built.parquet")
    ids, rows = mapped(tmp_path / "built.parquet", ["y", "x"], at_once)
    assert ids.to_pylist() == list("abcd")
    np.testing.assert_array_equal(rows, matrix(ROWS, ["y", "x"]))
    assert (rows.dtype, rows.flags.c_contiguous, type(rows)) == (np.float32, True, np.ndarray)
    assert [path.name for path in tmp_path.iterdir()] == ["built.parquet"]


def test_a_table_without_rows_or_columns_is_an_empty_matrix(tmp_path: Path) -> None:
    pq.write_table(ROWS[:0], tmp_path / "none.parquet")
    pq.write_table(ROWS, tmp_path / "built.parquet")
    assert mapped(tmp_path / "none.parquet", ["x"])[1].shape == (0, 1)
    assert mapped(tmp_path / "built.parquet", [])[1].shape == (4, 0)


def test_a_disk_without_room_is_an_error_and_no_end_of_the_process(tmp_path: Path) -> None:
    pq.write_table(ROWS, tmp_path / "built.parquet")
    work = f"""
import resource, signal
from pathlib import Path
from features.build.mapped import mapped
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, {resource.RLIM_INFINITY}))
try:
    mapped(Path({str(tmp_path / "built.parquet")!r}), ["x", "y"])
except OSError:
    raise SystemExit({FULL})
"""
    assert subprocess.run([sys.executable, "-c", work], check=False, timeout=120).returncode == FULL
