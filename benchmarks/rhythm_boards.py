"""The scoreboard on made order logs of other rhythms: `python -m benchmarks.rhythm_boards`.

Made data, with seeds that development has not used: what stands here says that a rhythm is coped with, not how good the
models are on a real shop.
"""

from collections.abc import Iterator

from benchmarks import rhythms
from benchmarks.scoreboard import judge_all
from benchmarks.shops import Case, proposed
from benchmarks.tables import write
from features.engine import DuckDB, Engine
from features.shop import home_folder, open_shop

_CUSTOMERS, _SEED = 1_000, 101


def main() -> None:
    """Judge a shop of each rhythm, print the tables, and write benchmarks/results/rhythms.json."""
    engine = DuckDB()
    rows = judge_all(_cases(engine), engine)
    engine.close()
    write("rhythms", [row._asdict() for row in rows])


def _cases(engine: Engine) -> Iterator[Case]:
    for rhythm in rhythms.RHYTHMS:
        yield proposed(open_shop(rhythms.prepare(rhythm, _CUSTOMERS, _SEED, home_folder())), engine)


if __name__ == "__main__":
    main()
