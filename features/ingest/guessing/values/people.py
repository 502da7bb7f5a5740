"""Who an export's rows belong to: the column of customers, who in it is nobody, and whom an e-mail knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.ingest.guessing.values.states import NOBODY
from features.ingest.reading.casts import given
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import CLIPPED, trimmed
from features.ingest.source.database import identifier, literal

_CROWD = 4  # an id that is a mere number stands for guests if it has so many times the rows of other customers
_SOME = 8  # customers, from which on the usual number of orders is known
_FEW, _BUSY = 20, 50  # so few ids with so many rows each are tills or cashiers
_KNOWN, _LACKING = 0.9, 0.05  # shares of rows an e-mail must know, and an id must lack, for people to be known by it
# An id with such a share of all rows, and so many times what busy customers have, is a crowd; in a small shop the first
# is said of a good customer too.
_CROWDED = ((0.05, 5), (0.25, 2.5))
_PADDED = 0.02  # a larger share of ids with zeros before them and without is no chance
_ONCE, _FEWER = 0.7, 0.8  # shares of ids with one order, and of people left, for ids to change from order to order


@dataclass(frozen=True)
class PeopleHints:
    """What the column of customers turns out to be.

    Attributes
    ----------
    nobody : tuple of str       ids that guests share, the most frequent first
    guests : int                rows of nobody
    known, by_email : int       different customers by their id, and by e-mail
    email_knows : bool          many rows have no customer's id, and nearly all an e-mail
    crowd : tuple of str        ids that no word says are nobody's, on far more rows than any other
    staff : str                 a column that names few people with many rows each: a till, a cashier
    once : bool                 most ids have one order: a marketplace's may change with each
    names : bool                ids are people's names
    padded : int                ids that stand there with zeros before them and without
    """

    nobody: tuple[str, ...] = ()
    guests: int = 0
    known: int = 0
    by_email: int = 0
    email_knows: bool = False
    crowd: tuple[str, ...] = ()
    staff: str = ""
    once: bool = False
    names: bool = False
    padded: int = 0


NO_PEOPLE = PeopleHints()


def crowded(held: str, of_all: str, busy: str) -> str:
    """SQL: so many rows have one id that it stands for many people."""
    ways = (f"({held} > {share} * {of_all} AND {held} > {times} * {busy})" for share, times in _CROWDED)
    return f"({' OR '.join(ways)})"


def serves(profile: SourceProfile, name: str) -> bool:
    """Whether a column may name customers: not where a handful of values stand on many rows each."""
    rows, ids = profile.database.row(f"SELECT count(c), count(DISTINCT c) FROM {profile.picked(c=identifier(name))}")
    return not (0 < ids < _FEW and rows > _BUSY * ids)


def people_of(profile: SourceProfile, found: Mapping[str, str], passed: Sequence[str]) -> PeopleHints:
    """Look at the customers; `passed` are columns of their name that cannot be them."""
    staff = passed[0] if passed else ""
    if "customer_id" not in found:
        return PeopleHints(staff=staff)
    ids = _text(profile, found["customer_id"])
    query = f"(SELECT c AS customer, count(*) AS held FROM {profile.picked(c=ids)} WHERE c IS NOT NULL GROUP BY c)"
    named = profile.database.rows(
        f"""SELECT customer, held FROM {query} WHERE regexp_full_match(lower(trim(customer)), {literal(NOBODY)})
            ORDER BY held DESC, customer"""
    )
    listed = ", ".join(literal(value) for value, _ in named) or "''"
    usual, known, once = profile.database.row(
        f"""SELECT coalesce(avg(held), 0), count(*), count(*) FILTER (held = 1) FROM {query}
            WHERE customer NOT IN ({listed})"""
    )
    nobody = [(value, held) for value, held in named if not _is_plain(value) or held > _CROWD * usual]
    crowd = profile.database.rows(
        f"""SELECT customer, held FROM {query}
            WHERE customer NOT IN ({listed}) AND NOT regexp_full_match(customer, {literal(CLIPPED)})
            AND {crowded("held", f"(SELECT sum(held) FROM {query})", f"(SELECT quantile_cont(held, 0.9) FROM {query})")}
            ORDER BY held DESC, customer"""
    )
    rows, filled = profile.database.row(f"SELECT count(*), count(c) FROM {profile.picked(c=ids)}")
    guests = int(sum(held for _, held in nobody) + rows - filled)
    emails, people, alone = _emails(profile, found, ids, [value for value, _ in nobody])
    names, changing = _are_names(profile, found["customer_id"], ids), bool(known and once >= _ONCE * known)
    lacking = guests >= _LACKING * rows or names or (changing and people <= _FEWER * known)
    return PeopleHints(
        nobody=tuple(value for value, _ in nobody),
        guests=guests,
        known=int(known),
        by_email=int(people),
        email_knows=bool(emails >= _KNOWN * rows and lacking and not alone),
        crowd=tuple(value for value, _ in crowd) if known >= _SOME else (),
        staff=staff or ("" if serves(profile, found["customer_id"]) else found["customer_id"]),
        once=changing and "order_id" in found,
        names=names,
        padded=_padded(profile, ids),
    )


def _is_plain(value: str) -> bool:
    """Ids such as 0 or 1 may be somebody's; a dash or 99999999 is nobody's."""
    return value.strip().lstrip("-").strip("0") in ("", "1") and any(letter.isdigit() for letter in value)


def _emails(profile: SourceProfile, found: Mapping[str, str], ids: str, nobody: Sequence[str]) -> tuple[int, int, bool]:
    """Rows with an e-mail, the different ones, and whether guests share one: gast@example.org is nobody either."""
    if "email" not in found:
        return 0, 0, False
    email = f"lower({_text(profile, found['email'])})"
    listed = ", ".join(literal(value) for value in nobody) or "''"
    rows, people = profile.database.row(
        f"SELECT count(e), count(DISTINCT e) FROM {profile.picked(e=email)} WHERE contains(e, '@')"
    )
    held = profile.database.rows(
        f"""SELECT count(*) FROM {profile.picked(e=email, c=ids)}
            WHERE contains(e, '@') AND (c IS NULL OR c IN ({listed})) GROUP BY e ORDER BY 1 DESC"""
    )
    return int(rows), int(people), bool(held) and 2 * held[0][0] > sum(count for (count,) in held)


def _padded(profile: SourceProfile, ids: str) -> int:
    """How many ids occur as 00123 and as 123; 0 where that may be chance."""
    people, both = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (ways > 1) FROM (
            SELECT count(DISTINCT c) AS ways FROM {profile.picked(c=ids)}
            WHERE regexp_full_match(c, '\\d+') GROUP BY ltrim(c, '0'))"""
    )
    return int(both) if both > _PADDED * people else 0


def _are_names(profile: SourceProfile, column: str, ids: str) -> bool:
    worded = "regexp_full_match(c, '\\p{L}+[ ,]+.*\\p{L}+.*')"
    rows, names = profile.database.row(f"SELECT count(c), count(*) FILTER ({worded}) FROM {profile.picked(c=ids)}")
    return bool(rows and names * 2 > rows)


def _text(profile: SourceProfile, name: str) -> str:
    return trimmed(f"CAST({given(identifier(name), profile.raw.columns[name])} AS VARCHAR)")
