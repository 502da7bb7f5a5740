"""Threads that libraries will need, started while there is room for them.

Where a process may take only so much memory (`ulimit -v`), a thread may not start. Arrow then waits for ever for the
one that was to read a file: neither an answer nor an error. So threads are started first, or the command refuses.
"""

import threading

from features.errors import PerennialError

_THREADS = 3  # one each that computes and that reads for Arrow, and one of ours


def start_threads_first() -> None:
    """Start Arrow's threads, one of each kind; to be called before anything else, where memory is limited.

    Raises
    ------
    MemoryError     if not even they can be started
    """
    if _limit() is None:
        return
    _prove_room(_THREADS)
    import pyarrow as pa
    import pyarrow.parquet as pq

    from features.scratch import scratch

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    path = scratch("threads") / "two-columns.parquet"
    pq.write_table(pa.table({"one": [1], "other": [2]}), path)
    pq.read_table(path, pre_buffer=True)


def refuse_less_than(needed: int, what: str) -> None:
    """Say that a process may take less address space than `what` needs to start.

    Parameters
    ----------
    needed : int    bytes

    Raises
    ------
    PerennialError
    """
    limit = _limit()
    if limit is not None and limit < needed:
        raise PerennialError(
            f"{what} needs {needed // 2**20:,} MiB of address space to start, and this process may take "
            f"{limit // 2**20:,}. Raise the limit (ulimit -v), or bound its memory by its container instead."
        )


def _limit() -> int | None:
    """How much address space this process may take; None where that is not limited."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _prove_room(count: int) -> None:
    """Have so many threads at once; what they took is kept for those that follow."""
    end, running = threading.Event(), list[threading.Thread]()
    try:
        for _ in range(count):
            running.append(threading.Thread(target=end.wait))
            running[-1].start()
    except RuntimeError as error:
        running.pop()
        raise MemoryError(f"{error}: {len(running)} of {count} could be started") from error
    finally:
        end.set()
        for thread in running:
            thread.join()
