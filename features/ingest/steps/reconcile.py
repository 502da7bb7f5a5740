"""Last step: where every row of the source went."""

from collections.abc import Mapping

from features.errors import DataError
from features.ingest.facts import Finding, Reconciliation
from features.ingest.steps.anomalies import suspicions
from features.ingest.steps.checks import BACKWARDS
from features.ingest.steps.joins import dangling
from features.ingest.steps.namesakes import told_apart
from features.ingest.steps.step import IngestStep

# What to do about a fault, where there is one thing that mostly is its cause.
_REMEDIES = {
    "the order_id of another row": 'If each row is a part of an order, add group = ["order_id"].',
    "the number of no accepted order": "Give order_lines the same where as orders.",
    "a positive amount on a return": "Map the amount of returns as -abs(…).",
    BACKWARDS: "Map known_at to when the row reached you, or leave it out.",
    "a value that is none of": "Map such values with CASE WHEN … THEN … END.",
}

# What was decided where nothing in the column decides it.
_DOUBTS = {
    "moment": "a date that could be read day first or month first (few dates of its form tell which; to fix it: "
    "happened_at = \"strptime(the column, '%d/%m/%Y %H:%M')\")",
    "money": "amounts such as 1.250 or 1,250 that could be a thousand and more, or one and a quarter: a point is taken "
    "for a decimal point, a comma for one between thousands",
}


def account(step: IngestStep, steps: Mapping[str, IngestStep]) -> tuple[Reconciliation, tuple[Finding, ...]]:
    """Count one joined table, and gather what was found wrong with it."""
    table = step.table.name
    guest = "customer_id IS NULL" if step.table.guests else "false"
    accepted, guests, rows = step.database.row(
        f"""
        SELECT coalesce(sum(_lines) FILTER (NOT ({guest})), 0), coalesce(sum(_lines) FILTER ({guest}), 0), count(*)
        FROM {step.name("joined")}
        """
    )
    refused = _refused(step)
    counts = f"SELECT why, CAST(sum(lines) AS BIGINT) FROM {step.name('left_out')} GROUP BY why"
    left_out = dict(step.database.rows(counts))
    counted = Reconciliation(
        table=table,
        read=step.raw.rows + step.raw.broken,
        filtered=left_out.get("filtered", 0),
        duplicates=left_out.get("duplicates", 0),
        guests=int(guests),
        accepted=int(accepted),
        quarantined=sum(finding.count for finding in refused),
        erased=left_out.get("erased", 0),
        rows=rows,
    )
    if not counted.adds_up:
        raise DataError(f"table '{table}': its rows do not add up: {counted}. The fault is Perennial's; report it.")
    return counted, (*refused, *_warnings(step), *told_apart(step), *dangling(step, steps), *suspicions(step, steps))


def stop_if_too_many(accounts: Mapping[str, tuple[Reconciliation, tuple[Finding, ...]]], most: float) -> None:
    """Refuse the whole ingest where more of a table is quarantined than the shop tolerates.

    Raises
    ------
    DataError       naming every such table, its columns, counts and an example key
    """
    sentences = []
    for counted, findings in accounts.values():
        if counted.share_quarantined > most:
            sentences.append(
                f"table '{counted.table}': {counted.quarantined:,} of {counted.read - counted.filtered:,} rows "
                f"({counted.share_quarantined:.1%}) would be quarantined, more than the {most:.1%} allowed."
            )
            sentences += [f"  {_with_remedy(finding)}" for finding in findings if finding.severity == "quarantined"]
    if sentences:
        sentences.append(
            "Mend the export or the expressions in shop.toml, leave such rows out with where, "
            "or allow more under [checks] max_quarantined. Nothing was written."
        )
        raise DataError("\n".join(sentences))


def _with_remedy(finding: Finding) -> str:
    remedy = next((remedy for reason, remedy in _REMEDIES.items() if finding.reason.startswith(reason)), None)
    return f"{finding.sentence} {remedy}" if remedy else finding.sentence


def _refused(step: IngestStep) -> list[Finding]:
    rows = step.database.rows(
        f"""
        SELECT "column", reason, CAST(sum(lines) AS BIGINT), coalesce(min(key), '') FROM {step.name("refused")}
        GROUP BY ALL ORDER BY 3 DESC, 1, 2
        """
    )
    return [Finding(step.table.name, *row) for row in rows]


def _warnings(step: IngestStep) -> list[Finding]:
    table = step.table.name
    reason = "bytes that are not UTF-8 in a file that is, read by its country's code page"
    found = [Finding(table, column, reason, count, "", "warning") for column, count in step.raw.odd.items()]
    for file, lines in step.raw.below:
        end = f"the end of {file}, where the first is written like {lines[0][:40]}"
        reason = f"a line under the table, left out as no row of it ({end})"
        found.append(Finding(table, "(whole line)", reason, len(lines), "", "warning"))
    for mapped in step.mapping.columns:
        if mapped.ambiguous:
            reason = _DOUBTS[mapped.column.role]
            found.append(Finding(table, mapped.column.name, reason, mapped.ambiguous, "", "warning"))
    return found
