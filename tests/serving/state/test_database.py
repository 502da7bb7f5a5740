"""How durable each connection's writes are: what the contract promises is what SQLite is told."""

from serving.state.database import State

OFF, NORMAL, FULL = 0, 1, 2


def pragma(connection, name):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_events_wait_for_the_disk_and_decisions_for_the_commit(tmp_path):
    state = State(tmp_path)
    assert pragma(state._writer, "synchronous") == FULL
    assert pragma(state._decider, "synchronous") == NORMAL
    for connection in (state._writer, state._decider, state._reader):
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "secure_delete") == 1
    state.close()


def test_a_write_that_failed_leaves_room_for_the_next(tmp_path):
    state = State(tmp_path)
    for _ in range(2):
        try:
            with state.transaction() as con:
                con.execute("INSERT INTO marks VALUES ('a', 'b')")
                raise ValueError
        except ValueError:
            pass
    assert state.read("SELECT * FROM marks") == []
    state.close()
