"""The gate's answer and the champion's figures, as the report's first sections."""

from collections.abc import Sequence

from reporting.page import PageTable, Section
from training.evaluation.comparison import Comparison
from training.evaluation.metrics.measures import in_order, measure, written, written_difference
from training.review.gate import Check


def verdict(checks: Sequence[Check]) -> tuple[bool, str]:
    """Whether all checks passed, and which did not."""
    failed = [check.name for check in checks if not check.passed]
    told = f"{len(checks) - len(failed)} of {len(checks)} checks passed"
    return not failed, f"{told}; not: {', '.join(failed)}." if failed else f"{told}."


def opening(checks: Sequence[Check], comparison: Comparison | None) -> list[Section]:
    """The gate check by check, and the champion beside the challenger."""
    rows = [[check.name, f"{'✓' if check.passed else '✗'} {check.found}", check.wanted] for check in checks]
    names = ["check", "found", "wanted"]
    return [Section("Gate", "", [PageTable(names, rows, names)]), _champion(comparison)]


def _champion(comparison: Comparison | None) -> Section:
    title = "Champion and challenger"
    if comparison is None:
        return Section(title, "This is the shop's first version of the task: it has no champion to be compared with.")
    left_out = _left_out(comparison)
    if not comparison.rows:
        return Section(title, f"Nothing could be compared with v{comparison.champion}. {left_out}")
    rows = []
    for name in in_order(comparison.metrics):
        new, old = comparison.metrics[name]
        difference = comparison.differences.get(name)
        told = "" if difference is None else written_difference(name, difference)
        rows.append([measure(name).title, written(name, new), written(name, old), told])
    header = ["metric", "this version", f"champion v{comparison.champion}", "difference (95 %)"]
    text = f"On the same {comparison.rows:,} rows at {', '.join(comparison.cutoffs)}."
    return Section(title, f"{text} {left_out}", [PageTable(header, rows, ["metric"])])


def _left_out(comparison: Comparison) -> str:
    """The cutoffs left out, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for cutoff, why in comparison.left_out.items():
        reasons.setdefault(why, []).append(cutoff)
    return " ".join(f"Left out: {', '.join(cutoffs)}; {why}." for why, cutoffs in reasons.items())
