"""Who was erased, told to imports."""

import pytest

from scoring.errors import ServingError
from serving.state.database import State
from serving.state.erasure import erase, erased_hashes
from serving.state.overlay import id_hash
from tests.serving.tiny import settings_of


def test_imports_learn_who_was_erased_by_hash_alone(tmp_path):
    settings = settings_of(tmp_path)
    folder = settings.of_shop("state")
    assert erased_hashes(folder) == frozenset()
    state = State(folder)
    erase(state, settings.of_shop, ["C-1", "loyalty-1"], "r1")
    assert erased_hashes(folder) == {id_hash("C-1"), id_hash("loyalty-1")}  # while the service has it open
    state.close()
    assert erased_hashes(folder) == {id_hash("C-1"), id_hash("loyalty-1")}


def test_an_unreadable_database_is_not_taken_for_nobody_erased(tmp_path):
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to be taken for one" * 20)
    with pytest.raises(ServingError, match=r"Who was erased cannot be read from .*state\.db"):
        erased_hashes(tmp_path)
