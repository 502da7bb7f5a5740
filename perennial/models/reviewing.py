"""Champion against challenger as a person reads it, and moving the champion."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.shop import Shop
from operations.home import refuse_no_runs
from operations.publish import exporter
from perennial.opening import reading_shop
from perennial.terminal.printing import heading, say, table
from scoring.clock import now
from training.evaluation.metrics.measures import measure, written, written_difference
from training.review import sign_off as reviews
from training.review.sign_off import Review
from training.tracking import registry
from training.tracking.store import Mlruns


def show_review(path: Path, task: str, number: int | None, mlruns: Mlruns) -> None:
    """Print the comparison and every check of the gate."""
    with _shop(path, mlruns) as shop:
        found = reviews.review(shop, task, mlruns=mlruns, number=number)
    _tell(found, task)
    verdict = "passes the gate" if found.passed else "does not pass the gate"
    say()
    say(f"{found.version.name} v{found.version.version} {verdict}.", "bold")
    if found.passed and not found.version.is_champion:
        say(
            f"To let it serve: perennial promote {task} {found.version.version} --shop {path} --by NAME --why TEXT",
        )


def promote_version(
    path: Path, task: str, number: int, by: str, why: str, mlruns: Mlruns, *, uncompared: bool = False
) -> None:
    """Promote, and say what serves now."""
    with _shop(path, mlruns) as shop:
        found = reviews.promote(
            shop,
            task,
            number,
            by=by,
            why=why,
            at=now(),
            mlruns=mlruns,
            export=exporter(shop),
            uncompared=uncompared,
        )
    say(f"{found.version.name} v{number} serves now, signed by {by}.")
    if uncompared:
        say("It was not compared with what served before; the signature says so.", "yellow")
    say(f"Refresh what it looks customers up in: perennial score --shop {path}")


def reject_version(path: Path, task: str, number: int, by: str, why: str, mlruns: Mlruns) -> None:
    """Reject, and say so."""
    with _shop(path, mlruns) as shop:
        found = reviews.reject(shop.name, task, number, by=by, why=why, at=now(), mlruns=mlruns)
    say(f"{found.name} v{number} is rejected, signed by {by}. What serves stays as it is.")


def tell_moved(shop: Shop, mlruns: Mlruns) -> None:
    """Name every alias that was moved in MLflow's pages, which nobody reviewed."""
    for one in registry.moved_by_hand(shop.name, mlruns=mlruns):
        where = "was taken away" if one.alias is None else f"was set to v{one.alias}"
        task = one.name.rpartition(".")[2]
        number = "VERSION" if one.alias is None else one.alias
        say(
            f"{one.name}: the alias champion {where} in MLflow, unreviewed. v{one.serves} goes on to serve; to change "
            f"that: perennial promote {task} {number} --by NAME --why TEXT",
            "yellow",
        )


def rollback_task(path: Path, task: str, by: str, why: str, mlruns: Mlruns) -> None:
    """Roll back, and say what serves now."""
    with _shop(path, mlruns) as shop:
        back = reviews.rollback(shop.name, task, by=by, why=why, at=now(), mlruns=mlruns, export=exporter(shop))
    say(f"{back.name} v{back.version} serves again, signed by {by}.")


@contextmanager
def _shop(path: Path, mlruns: Mlruns) -> Iterator[Shop]:
    with reading_shop(path) as shop:
        refuse_no_runs(mlruns, shop)
        tell_moved(shop, mlruns)
        yield shop


def _tell(found: Review, task: str) -> None:
    if found.comparison is not None and found.comparison.metrics:
        heading(f"v{found.version.version} against champion v{found.comparison.champion}")
        rows = [
            (measure(name).title, *(written(name, value) for value in values), _difference(found, name))
            for name, values in found.comparison.metrics.items()
        ]
        table(("metric", f"v{found.version.version}", "champion", "difference (95 %)"), rows)
    heading("The gate")
    table(
        ("", "check", "found", "wanted"),
        [("✓" if check.passed else "✗", check.name, check.found, check.wanted) for check in found.checks],
    )


def _difference(found: Review, name: str) -> str:
    interval = found.comparison.differences.get(name) if found.comparison else None
    return "–" if interval is None else written_difference(name, interval)
