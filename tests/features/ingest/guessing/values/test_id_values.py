"""Which values look like ids of people, and how likely."""

import pytest

from features.ingest.guessing.file_profile import looks
from features.ingest.guessing.values.id_values import id_rank
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.config import Source
from features.ingest.source.database import Database
from features.ingest.source.load import load


def rank(tmp_path, header, values):
    folder, work = tmp_path / "shop", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    path = folder / "one.csv"
    path.write_text("\n".join([f"{header};x", *(f"{value};1" for value in values)]) + "\n", encoding="utf-8")
    assert [look.source for look in looks(folder)] == ["one.csv"]
    with Database([folder, work], work) as database:
        raw = load(database, Source("orders", "one.csv"), [path], folder, work)
        return id_rank(SourceProfile(database, raw), header)


@pytest.mark.parametrize(
    ("header", "make", "expected"),
    [
        ("f", lambda n: f"a{n}@example.org", 0),
        ("f", lambda n: f"{n:064x}"[:-1] + "f", 1),
        ("f", lambda n: f"KD-{n:04}", 2),
        ("f", lambda n: f"C{n:05} Ada Nine", 2),
        ("f", lambda n: f"+49 170 {n:07}", 3),
        ("f", lambda n: f"{100 + n}", 4),
        ("Full name", lambda n: f"Ada Nine{'abc'[n % 3]}", 5),
        ("f", lambda n: f"Ada Nine{'abc'[n % 3]}", None),
        ("f", lambda n: f"{n}.50", None),
        ("f", lambda n: f"{n % 9}", None),
        ("f", lambda n: f"2025-01-{1 + n:02}", None),
        ("f", lambda n: f"202501{1 + n:02}", None),
    ],
)
def test_values_have_a_rank(tmp_path, header, make, expected):
    assert rank(tmp_path, header, [make(n) for n in range(25)]) == expected
