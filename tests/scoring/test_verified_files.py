"""Files are read only as their digest says, stay in their folder, and are never seen half written."""

import pytest

from scoring.errors import ReleaseError
from scoring.verified_files import (
    digest,
    new_folder,
    plain_name,
    plain_path,
    replacing,
    verified_bytes,
    write_bytes,
)


def test_a_changed_byte_is_refused(tmp_path):
    write_bytes(tmp_path / "model", b"one")
    known = digest(tmp_path / "model")
    assert verified_bytes(tmp_path, "model", known) == b"one"
    write_bytes(tmp_path / "model", b"two")
    with pytest.raises(ReleaseError, match="is not the file its digest was taken of"):
        verified_bytes(tmp_path, "model", known)


@pytest.mark.parametrize("name", ["/etc/passwd", "../other", "a/../../b", "a\\b"])
def test_a_manifest_leads_nowhere_else(name):
    with pytest.raises(ReleaseError, match="outside its own folder"):
        plain_path(name)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../a"])
def test_a_plain_name_is_one_visible_file(name):
    with pytest.raises(ReleaseError):
        plain_name(name)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "manifest.json"
    write_bytes(path, b"old")
    with pytest.raises(TypeError):
        write_bytes(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_part_becomes_the_file_unless_it_was_removed(tmp_path):
    path = tmp_path / "rows"
    with replacing(path) as part:
        part.write_bytes(b"new")
        assert not path.exists()
    with replacing(path) as part:
        part.write_bytes(b"nothing to change")
        part.unlink()
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


def test_two_calls_of_one_thread_write_to_places_of_their_own(tmp_path):
    with replacing(tmp_path / "rows") as one, replacing(tmp_path / "rows") as other:
        assert one != other


def test_a_folder_appears_whole_and_one_that_is_there_stays(tmp_path):
    folder = tmp_path / "release"
    with new_folder(folder) as part:
        (part / "model").write_bytes(b"one")
        assert not folder.exists()
    with pytest.raises(FileExistsError), new_folder(folder) as part:
        (part / "model").write_bytes(b"two")
    with pytest.raises(RuntimeError), new_folder(tmp_path / "other"):
        raise RuntimeError
    assert (folder / "model").read_bytes() == b"one" and list(tmp_path.iterdir()) == [folder]
