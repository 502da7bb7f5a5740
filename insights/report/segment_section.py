"""The page on segments: who they are, what they brought, what fits them."""

import pyarrow as pa

from insights.kpis.kpi_list import KPIS
from insights.lifecycle.segments import RFM
from insights.report.facts import SEGMENT_KPIS, Facts
from insights.report.parts import ReportPage, ReportTable
from insights.report.words import ReportWords


def segment_sections(facts: Facts, words: ReportWords) -> list[ReportPage]:
    """One page with a table a grouping; none where every segment is too small."""
    tables = [_table(name, told, words) for name, told in facts.segmented.items() if told.num_rows]
    return [ReportPage(words.say["segments_title"], [words.say["segments_text"]], [], tables)] if tables else []


def _table(name: str, told: pa.Table, words: ReportWords) -> ReportTable:
    """Segments down, KPIs across; for RFM also what fits each."""
    values = {(row["segment"], row["kpi"]): row["value"] for row in told.to_pylist()}
    found = {segment for segment, _ in values}
    segments = [one for one in RFM if one in found] if name == "rfm" else sorted(found)
    units = {one.name: one.unit for one in KPIS}
    whole = sum(values.get((segment, "net_sales"), 0.0) for segment in segments)
    rows = []
    for segment in segments:
        sales = values.get((segment, "net_sales"), 0.0)
        shown = [words.valued(values.get((segment, kpi)), units[kpi]) for kpi in SEGMENT_KPIS]
        share = words.numbers.share(sales / whole) if whole > 0 else words.say["none"]
        offer = [words.name(f"offer_{segment}")] if name == "rfm" else []
        rows.append([words.name(segment), *offer, *shown, share])
    offers = words.heads("offer") if name == "rfm" else []
    header = [words.head["segment"], *offers, *(words.kpis[kpi] for kpi in SEGMENT_KPIS), words.head["share_of_sales"]]
    return ReportTable(words.say[f"segments_{name}"], header, rows, 1 + len(offers))
