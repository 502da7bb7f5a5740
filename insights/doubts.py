"""What is odd in the data of a period and changes what can be told of it: one sentence each, and the rest is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import ibis

from features.clocks import add_days
from features.ingest.steps.checks import BACKWARDS
from insights.funnel.visits import LONGEST_SECONDS
from insights.known import Known, Period
from insights.small_groups import SMALLEST
from insights.touchpoints.roles import Paths

# Columns by which the report tells places apart, or measures; the rest may be sparse.
_WATCHED = (
    ("orders", "channel"), ("orders", "store_id"), ("touchpoints", "session_id"), ("touchpoints", "device"),
    ("touchpoints", "dwell_seconds"), ("touchpoints", "load_ms"), ("messages", "channel"), ("messages", "campaign_id"),
)  # fmt: skip
_FILLED = 0.5  # share of rows that state a column, from which its end is news
_SILENT_DAYS = 7  # without any, that a column was renamed or dropped


@dataclass(frozen=True)
class Doubt:
    """One thing, by the key of its sentence.

    Attributes
    ----------
    what : str              one_channel, endless, stopped, early, backwards or set_aside
    named : mapping         table, column, channel: as the data have it
    counts : mapping        numbers
    days : mapping          local midnights
    """

    what: str
    named: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    days: Mapping[str, datetime] = field(default_factory=dict)


def doubts(known: Known, period: Period, asked_since: datetime | None, paths: Paths) -> list[Doubt]:
    """What a reader has to know before the figures of a period are read."""
    return [
        *_early(period, asked_since), *_set_aside(known), *_one_channel(paths), *_endless(known, period),
        *_stopped(known, period),
    ]  # fmt: skip


def _early(period: Period, asked_since: datetime | None) -> Iterator[Doubt]:
    """A period that was asked to begin before the data do."""
    if asked_since is not None and asked_since < period.since:
        yield Doubt("early", days={"asked": asked_since, "first": period.since})


def _set_aside(known: Known) -> Iterator[Doubt]:
    """Rows that were refused as they were read, by table: those whose clocks run backwards, and all others."""
    refused = [one for one in known.shop.findings if one.severity == "quarantined" and one.count]
    for one in refused:
        if one.reason == BACKWARDS:
            yield Doubt("backwards", {"table": one.table}, {"rows": one.count})
    others = [one for one in refused if one.reason != BACKWARDS]
    for table in dict.fromkeys(one.table for one in others):
        here = [one for one in others if one.table == table]
        columns = ", ".join(dict.fromkeys(one.column for one in here))
        yield Doubt("set_aside", {"table": table, "columns": columns}, {"rows": sum(one.count for one in here)})


def _one_channel(paths: Paths) -> Iterator[Doubt]:
    """Ways that know one channel alone compare nothing."""
    if len(paths.channels) == 1:
        yield Doubt("one_channel", named={"channel": paths.channels[0]})


def _endless(known: Known, period: Period) -> Iterator[Doubt]:
    """Sessions of more than a day, which nobody sits through."""
    if not known.has("touchpoints", "session_id"):
        return
    rows = known.rows("touchpoints")
    rows = rows.filter(period.holds(rows), rows.session_id.notnull())
    seconds = rows.happened_at.epoch_seconds()
    lasting = rows.group_by("session_id").aggregate(lasts=(seconds.max() - seconds.min()).cast("float64"))
    longer = lasting.filter(lasting.lasts > LONGEST_SECONDS)
    found = known.engine.arrow(longer.aggregate(sessions=longer.count(), longest=longer.lasts.max())).to_pylist()[0]
    if found["sessions"]:
        yield Doubt("endless", counts={"sessions": found["sessions"], "longest": found["longest"] / 86_400})


def _stopped(known: Known, period: Period) -> Iterator[Doubt]:
    """A column that most rows stated, and from a day on none does: renamed in the export, or dropped."""
    wide = Period(add_days(period.since, -period.days), period.until)
    for table, column in _WATCHED:
        if not known.has(table, column):
            continue
        rows = known.rows(table)
        rows = rows.filter(wide.holds(rows))
        stated = rows[column].notnull()
        told = rows.aggregate(last=rows.happened_at.max(where=stated), newest=rows.happened_at.max())
        last, newest = known.engine.arrow(told).to_pylist()[0].values()
        if last is None or (newest - last).days < _SILENT_DAYS:
            continue
        until = rows.filter(rows.happened_at <= ibis.literal(last, "timestamp(6)"))
        counted = until.aggregate(filled=until[column].notnull().mean(), rows=until.count())
        before = known.engine.arrow(counted).to_pylist()[0]
        whole = known.engine.arrow(rows.aggregate(rows=rows.count()))["rows"][0].as_py()
        after = whole - before["rows"]
        if before["filled"] >= _FILLED and after >= SMALLEST:
            yield Doubt("stopped", {"table": table, "column": column}, {"rows": after}, {"last": last})
