"""Dates that could be read day first or month first: how many, by which patterns, and what the rows' order proves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import is_text, trimmed
from features.ingest.source.database import identifier, literal

_SHARE = 0.02  # fewer dates in doubt are named, and not asked about
_STEPS, _BACK = 12, 3  # days that follow one another in the file by one way, and go back so often by the other


@dataclass(frozen=True)
class DayHints:
    """What is open about the days of a column of dates.

    Attributes
    ----------
    either : int            dates that read both ways, where both occur: they are refused
    unsure : int            dates that read both ways, and few of their form tell which
    ways : tuple            patterns of each way, the one taken first; empty where there is nothing to ask
    proof : str             what shows that the first way is meant
    """

    either: int = 0
    unsure: int = 0
    ways: tuple[tuple[str, ...], ...] = ()
    proof: str = ""


NO_DAYS = DayHints()


def days_of(profile: SourceProfile, found: Mapping[str, str]) -> DayHints:
    """Look at the column of when orders happened."""
    name = found.get("happened_at")
    if name is None or not is_text(profile.raw.columns[name]):
        return NO_DAYS
    dates = profile.dates(name)
    if dates.style.mixed:
        return DayHints(either=dates.ambiguous)
    if dates.turned:
        return DayHints(unsure=dates.ambiguous)
    ways = (dates.style.formats, tuple(map(_turned, dates.style.formats)))
    asked = dates.ambiguous > _SHARE * profile.raw.rows and not dates.style.words and ways[0] != ways[1]
    if not asked or any("%a" in form or "%b" in form for form in ways[0]):
        return DayHints(unsure=dates.ambiguous)
    stepped = [_steps(profile, name, way) for way in ways]
    for place, (steps, back) in enumerate(stepped):
        other = stepped[1 - place][1]
        if steps >= _STEPS and not back and other >= _BACK:
            proof = f"so all rows follow one another in time; by the other they go back {other:,} times"
            return DayHints(0, dates.ambiguous, (ways[place], ways[1 - place]), proof)
    return DayHints(0, dates.ambiguous, ways)


def read_by(column: str, patterns: Sequence[str]) -> str:
    """The expression that reads a column by these patterns alone."""
    listed = ", ".join(map(literal, patterns))
    return f"strptime(trim({column}), {listed if len(patterns) == 1 else f'[{listed}]'})"


def _turned(pattern: str) -> str:
    """The pattern with day and month the other way round."""
    return pattern.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _steps(profile: SourceProfile, name: str, patterns: Sequence[str]) -> tuple[int, int]:
    """Steps from one row to the next that change the day, and those that do not go the way most do."""
    listed = ", ".join(map(literal, patterns))
    up, down = profile.database.row(
        f"""SELECT count(*) FILTER (day > before), count(*) FILTER (day < before)
            FROM (SELECT day, lag(day) OVER (ORDER BY place) AS before
                  FROM (SELECT date_trunc('day', try_strptime({trimmed(identifier(name))}, [{listed}])) AS day,
                               row_number() OVER () AS place FROM {profile.raw.relation}))"""
    )
    return int(up + down), int(min(up, down))
