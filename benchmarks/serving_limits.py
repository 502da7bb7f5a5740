"""What is asked of the service's speed, beside what was measured."""

from collections.abc import Iterator

Row = dict[str, str | int | float]

ONE, TWO = "perennial", "perennial, 2 workers"
# Figures that one row tells: target, case, callers, column, the most it may be.
_MOST = (
    (ONE, "100 decisions in a call", 1, "p99_ms", 100.0),
    (ONE, "recommend k=10", 1, "p99_ms", 100.0),
    (ONE, "one decision, recomputed from history", 1, "p99_ms", 150.0),
    (TWO, "100 decisions/s, open loop", 0, "p50_ms", 10.0),
    (TWO, "100 decisions/s, open loop", 0, "p99_ms", 50.0),
    (TWO, "100 decisions/s, open loop", 0, "errors", 0.0),
    (TWO, "decisions at 4 × capacity", 0, "errors", 0.0),
    (TWO, "decisions at 4 × capacity", 0, "log_bytes_a_refusal", 200.0),
    (TWO, "normal again after the flood, s", 0, "value", 5.0),
    (ONE, "start to ready, s", 0, "value", 8.0),
    (ONE, "unique memory of the only worker, MB", 0, "value", 400.0),
    (TWO, "unique memory of a worker, MB", 0, "value", 400.0),
)


def limits(rows: list[Row]) -> Iterator[Row]:
    """One row a limit: what, measured, limit, holds ("yes" or "NO")."""
    found = {(row["target"], row["case"], row["callers"]): row for row in rows}

    def value(target: str, case: str, callers: int, column: str = "p50_ms") -> float:
        return float(found[target, case, callers][column])

    faster = value(ONE, "one churn score", 16, "requests_per_second") / value(
        "mlflow models serve", "one churn score", 16, "requests_per_second"
    )
    yield _told("churn score: throughput ÷ mlflow's, 16 callers", faster, "≥ 20", faster >= 20)
    floor = value("bentoml", "nothing", 1)
    for case, most in (("one churn score", 1.3), ("one decision", 2.5)):
        ratio = value(ONE, case, 1) / floor
        yield _told(f"{case}: p50 ÷ floor's", ratio, f"≤ {most:g}", ratio <= most)
    for target, case, callers, column, most in _MOST:
        measured = value(target, case, callers, column)
        unit = "" if column == "value" else f": {column.replace('_', ' ')}"
        yield _told(f"{case}{unit}", measured, f"≤ {most:g}", measured <= most)


def _told(what: str, measured: float, limit: str, holds: bool) -> Row:
    return {"what": what, "measured": round(measured, 2), "limit": limit, "holds": "yes" if holds else "NO"}
