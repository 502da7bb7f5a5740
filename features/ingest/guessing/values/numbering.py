"""Order numbers that start again – in each branch, each year: what else has to be read with them."""

from collections.abc import Mapping
from dataclasses import replace

from features.ingest.guessing.headers.vocabulary import named
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import CLIPPED
from features.ingest.source.database import identifier, literal

NUMBER = "order number\x1fmade"
_MIXED, _SOUND = (
    0.02,
    0.98,
)  # shares of numbers with several customers, and of whole ones
_FAR, _APART = 60, 0.2  # days between rows of one number, and the share of numbers with rows so far apart


def with_whole_numbers(profile: SourceProfile, found: Mapping[str, str]) -> tuple[SourceProfile, str]:
    """The profile with a column NUMBER that tells orders apart, and its expression; or as it was, and ""."""
    if not {"order_id", "customer_id", "happened_at"} <= found.keys() or not _starts_again(profile, found):
        return profile, ""
    for beside in ("store_id", "happened_at"):
        if beside not in found:
            continue
        pair = f"{identifier(found['order_id'])} || ' ' || {identifier(found[beside])}"
        if _whole(profile, found, pair):
            relation = f"{profile.raw.relation}_numbered"
            profile.database.run(
                f"CREATE VIEW {relation} AS SELECT *, {pair} AS {identifier(NUMBER)} FROM {profile.raw.relation}"
            )
            raw = replace(profile.raw, relation=relation, columns={**profile.raw.columns, NUMBER: "VARCHAR"})
            return SourceProfile(profile.database, raw), f"{named(found['order_id'])} || ' ' || {named(found[beside])}"
    return profile, ""


def _starts_again(profile: SourceProfile, found: Mapping[str, str]) -> bool:
    text = f"CAST({identifier(found['order_id'])} AS VARCHAR)"
    cut = f"SELECT 1 FROM {profile.picked(o=text)} WHERE regexp_full_match(o, {literal(CLIPPED)}) LIMIT 1"
    if profile.database.rows(cut):
        return False  # a spreadsheet cut the numbers: nothing beside them makes them whole
    several, mixed, apart = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (people > 1), count(*) FILTER (days > {_FAR}) FROM (
            SELECT count(DISTINCT c) AS people, date_diff('day', min(h), max(h)) AS days
            FROM {_picked(profile, found, identifier(found["order_id"]))}
            WHERE o IS NOT NULL AND c IS NOT NULL GROUP BY o HAVING count(*) > 1)"""
    )
    return bool(several and (mixed > _MIXED * several or apart > _APART * several))


def _whole(profile: SourceProfile, found: Mapping[str, str], number: str) -> bool:
    numbers, whole = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (people = 1 AND coalesce(days, 0) <= {_FAR}) FROM (
            SELECT count(DISTINCT c) AS people, date_diff('day', min(h), max(h)) AS days
            FROM {_picked(profile, found, number)} WHERE o IS NOT NULL AND c IS NOT NULL GROUP BY o)"""
    )
    return bool(numbers and whole >= _SOUND * numbers)


def _picked(profile: SourceProfile, found: Mapping[str, str], number: str) -> str:
    when = profile.moment(found["happened_at"])
    return profile.picked(o=number, c=identifier(found["customer_id"]), h=when)
