"""The same seed gives the same bytes, another seed another world; wrong orders are refused in sentences."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from simulation.contract import FORMS
from simulation.errors import WorldError
from simulation.noise import Noise
from simulation.world import Summary, simulate

Digests = dict[str, str]


def digests(folder: Path) -> Digests:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Digests:
    """A small world to compare others with."""
    return digests(simulate(200, 3, 11, tmp_path_factory.mktemp("one")).folder)


def test_same_seed_same_bytes(one: Digests, tmp_path: Path) -> None:
    assert digests(simulate(200, 3, 11, tmp_path).folder) == one


def test_another_seed_is_another_world(one: Digests, tmp_path: Path) -> None:
    two = digests(simulate(200, 3, 12, tmp_path).folder)
    assert {name for name in one if one[name] == two[name]} == set()


def test_noise_blurs_the_export_and_not_the_world(one: Digests, tmp_path: Path) -> None:
    two = digests(simulate(200, 3, 11, tmp_path, noise=Noise(late=0.5, typo=0.5)).folder)
    assert one["orders.parquet"] != two["orders.parquet"]
    assert one["identities.parquet"] != two["identities.parquet"]
    assert one["truth/people.parquet"] == two["truth/people.parquet"]


def test_summary_tells_what_was_written(summary: Summary) -> None:
    files = {path.stem for path in summary.folder.glob("*.parquet")}
    assert set(summary.rows) == files == set(FORMS)
    assert summary.rows["orders"] > 5_000
    assert (str(summary.first), str(summary.until)) == ("2024-01-01 00:00:00", "2025-01-01 00:00:00")


def test_shop_toml_names_what_only_the_retailer_knows(folder: Path) -> None:
    facts = tomllib.loads((folder / "shop.toml").read_text())
    assert set(facts) == {"name", "timezone", "currency", "tasks", "channels", "business", "offers"}


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    simulate(60, 2, 1, tmp_path / "shop", progress=lambda what, done, total: heard.append((what, done, total)))
    assert [what for what, done, total in heard if done == total] == ["simulating weeks", "writing tables"]


@pytest.mark.parametrize(
    ("customers", "months", "seed", "message"),
    [
        (49, 12, 1, "A world needs 50 customers or more, not 49. Ask for more."),
        (100, 1, 1, "A world lasts 2 to 120 months, not 1. Ask for others."),
        (100, 12, -1, "A seed is a whole number from 0, not -1. Give another one."),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path: Path, customers: int, months: int, seed: int, message: str) -> None:
    with pytest.raises(WorldError) as refused:
        simulate(customers, months, seed, tmp_path / "shop")
    assert str(refused.value) == message


def test_a_folder_with_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id\n")
    with pytest.raises(WorldError, match=r"already holds files\. Give a new or an empty folder\."):
        simulate(100, 2, 1, tmp_path)
