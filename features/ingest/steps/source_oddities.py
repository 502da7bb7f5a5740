"""What a source gives away about orders that its canonical columns no longer show: currencies, zones, rows alike."""

from collections.abc import Iterator

from features.ingest.facts import Finding
from features.ingest.reading.casts import given
from features.ingest.reading.moments import ZONED
from features.ingest.reading.numbers import currency_sign
from features.ingest.reading.texts import CLIPPED, is_text
from features.ingest.source.database import identifier, literal
from features.ingest.steps.step import IngestStep

_CURRENCY = r"currency|w(ae|ä)hrung|devise|moneda|moeda|币种|货币"
_BASE = r"base|shop|store|default|exchange|rate"
_MANY, _FEW = 0.01, 0.02
_SLIPS = 10  # so few rows may well have been sent twice


def source_oddities(step: IngestStep) -> list[Finding]:
    """Warnings about the rows that `where` kept."""
    return [*_currencies(step), *_zones(step), *_alike(step), *_stated_differently(step), *_cut_amounts(step)]


def _currencies(step: IngestStep) -> Iterator[Finding]:
    """Several currencies beside one column of amounts, unless the amounts are the shop's own."""
    amount = next((m for m in step.mapping.columns if m.column.name == "amount"), None)
    names = [name for name in step.raw.columns if _matches(step, name, _CURRENCY) and not _matches(step, name, _BASE)]
    if amount is None or any(_matches(step, name, _BASE) for name in amount.sources):
        return
    by_code = [(name, f"upper(trim(CAST({identifier(name)} AS VARCHAR)))", "[A-Z]{3}") for name in names]
    texts = [name for name in amount.sources if is_text(step.raw.columns[name])]
    by_sign = [(name, currency_sign(given(identifier(name), "VARCHAR")), ".+") for name in texts]
    for name, code, shape in (*by_code, *by_sign):
        codes = step.database.rows(
            f"""SELECT {code} AS code, count(*) FROM {step.raw.relation}
                GROUP BY 1 HAVING regexp_full_match(code, {literal(shape)}) ORDER BY 2 DESC, 1"""
        )
        if len(codes) > 1:
            listed = ", ".join(code for code, _ in codes[:5])
            reason = f"another currency in {name} ({listed}): convert amounts to one, or keep one with where"
            yield Finding("orders", "amount", reason, sum(count for _, count in codes[1:]), "", "warning")


def _zones(step: IngestStep) -> Iterator[Finding]:
    """Moments of which some carry a zone and some none: hours apart, unless the shop's zone is theirs."""
    when = next((m for m in step.mapping.columns if m.column.name == "happened_at"), None)
    if when is None or not is_text(when.kind) or len(when.sources) != 1:
        return
    value = given(identifier(when.sources[0]), "VARCHAR")
    filled, zoned = step.database.row(
        f"""SELECT count(v), count(*) FILTER (regexp_matches(trim(v), {literal(ZONED)}))
            FROM (SELECT {value} AS v FROM {step.raw.relation})"""
    )
    if _FEW * filled < zoned < (1 - _FEW) * filled:
        reason = f"a moment without a zone, beside {zoned:,} with one: taken as local to {step.timezone}"
        yield Finding("orders", "happened_at", reason, filled - zoned, "", "warning")


def _alike(step: IngestStep) -> Iterator[Finding]:
    """Rows left out because they repeat another, where rows are parts of orders and may be pieces alike."""
    (left,) = step.database.row(
        f"SELECT coalesce(sum(lines), 0)::BIGINT FROM {step.name('left_out')} WHERE why = 'duplicates'"
    )
    if step.source.group and left > max(_SLIPS, _MANY * step.raw.rows):
        reason = 'the same content as another, left out as sent twice (pieces scanned one by one? duplicates = "keep")'
        yield Finding("orders", "amount", reason, int(left), "", "warning")


def _stated_differently(step: IngestStep) -> Iterator[Finding]:
    """Orders whose rows state differently what counts once."""
    for name in step.source.once:
        by = ", ".join(identifier(one) for one in step.source.group)
        count, example = step.database.row(
            f"""SELECT coalesce(sum(lines), 0)::BIGINT, min(key) FROM (
                SELECT count(*) AS lines, min(order_id) AS key FROM {step.name("filled")} GROUP BY {by}
                HAVING count(DISTINCT {identifier(name)}) > 1)"""
        )
        if count:
            reason = "several values within one order, where once says they are alike: the largest counts"
            yield Finding("orders", name, reason, int(count), example, "warning")


def _cut_amounts(step: IngestStep) -> Iterator[Finding]:
    """Amounts as a spreadsheet shows what does not fit its column: 1.7E+04."""
    amount = next((m for m in step.mapping.columns if m.column.name == "amount"), None)
    for name in amount.sources if amount else ():
        if not is_text(step.raw.columns[name]):
            continue
        (cut,) = step.database.row(
            f"SELECT count(*) FROM {step.raw.relation} WHERE regexp_full_match({identifier(name)}, {literal(CLIPPED)})"
        )
        if cut:
            reason = "an amount in scientific notation, whose last digits a spreadsheet may have cut"
            yield Finding("orders", "amount", reason, int(cut), "", "warning")


def _matches(step: IngestStep, name: str, pattern: str) -> bool:
    (found,) = step.database.row("SELECT regexp_matches(lower(?), ?)", [name, pattern])
    return bool(found)
