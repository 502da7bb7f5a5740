"""Threads that libraries will need, started while there is room for them.

Where a process may take only so much memory (`ulimit -v`), a thread may not start. Arrow then waits for ever for the
one that was to read a file: neither an answer nor an error. So threads are started first, or the command refuses.
"""

import threading

_THREADS = 3  # one each that computes and that reads for Arrow, and one of ours


def start_threads_first() -> None:
    """Start Arrow's threads, one of each kind; to be called before anything else, where memory is limited.

    Raises
    ------
    MemoryError     if not even they can be started
    """
    if not _limited():
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


def _limited() -> bool:
    try:
        import resource
    except ImportError:  # a system without such limits
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


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
