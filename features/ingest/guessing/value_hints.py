"""What the values of an export give away about its rows: called off, given back, nobody's, stated once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from features.ingest.guessing.vocabulary import BOUGHT, CALLED_OFF, GIVEN_BACK, NOBODY
from features.ingest.reading.casts import given
from features.ingest.reading.moments import ZONED
from features.ingest.reading.profile import Profile
from features.ingest.source.database import identifier, literal

_MOST = 0.8
_CLOSED_LIST = 30  # a column with more different values is no list of kinds
_FEW_ALONE = 0.95  # orders a row, above which rows are taken for orders
_CROWD = 4  # an id 0 with so many times the rows of other customers stands for guests
_OF_PRODUCTS = ("category", "department", "brand")
_SUMS = ("amount", "discount", "shipping")


@dataclass(frozen=True)
class Hints:
    """What the values of one kind of file give away.

    Attributes
    ----------
    once : frozenset of str     of amount, discount, shipping: stated on one row alone of orders of several rows
    same : frozenset of str     of these: stated alike on every row of such an order
    called_off : tuple of str   values of the status that say an order never was one
    given_back : tuple of str   values of the type that say a row is a return
    nobody : str                the customer_id that guests share; empty where none does
    time_apart : bool           days stand in one column, their times in another
    zoned : bool                moments carry a zone
    refunds : bool              something was refunded, by a column that does not say when
    currencies : tuple of str   what the column of currencies holds, the most frequent first
    bought : tuple of str       events that are purchases, where others are none
    events : tuple of str       all events, the most frequent first
    together : bool             without an order number, rows are parts of orders: a customer has several at a moment
    of_products : tuple of str  category, department, brand: those that are the same on every row of a product
    """

    once: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()
    called_off: tuple[str, ...] = ()
    given_back: tuple[str, ...] = ()
    nobody: str = ""
    time_apart: bool = False
    zoned: bool = False
    refunds: bool = False
    currencies: tuple[str, ...] = ()
    bought: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    together: bool = False
    of_products: tuple[str, ...] = ()


NO_HINTS = Hints()


def hints(profile: Profile, found: Mapping[str, str], several_rows: bool) -> Hints:
    """Look at the values of the columns found; `several_rows` says that an order has more than one."""
    stated = _stated(profile, found) if several_rows else {}
    events = _listed(profile, found.get("event"))
    bought = _matching(events, BOUGHT)
    return Hints(
        once=frozenset(name for name, (once, _) in stated.items() if once),
        same=frozenset(name for name, (_, same) in stated.items() if same),
        called_off=_matching(_listed(profile, found.get("status")), CALLED_OFF),
        given_back=_given_back(profile, found),
        nobody=_nobody(profile, found),
        time_apart=_time_apart(profile, found),
        zoned="happened_at" in found and _any_zone(profile, found["happened_at"]),
        refunds="refunded" in found and _any_positive(profile, found["refunded"]),
        currencies=tuple(value.upper() for value in _listed(profile, found.get("currency")) if _is_code(value)),
        bought=bought if len(bought) < len(events) else (),
        events=events,
        together="order_id" not in found and (0 < len(bought) < len(events) or _together(profile, found)),
        of_products=tuple(name for name in _OF_PRODUCTS if _tells_of_products(profile, found, name)),
    )


def _stated(profile: Profile, found: Mapping[str, str]) -> dict[str, tuple[bool, bool]]:
    """Whether orders of several rows state an amount on one row alone, or the same on each."""
    order = identifier(found["order_id"])
    answers = {}
    for name in (name for name in _SUMS if name in found):
        amount = _value(profile, found[name])
        several, once, same = profile.database.row(
            f"""
            SELECT count(*), count(*) FILTER (stated = 1), count(*) FILTER (stated = rows AND amounts = 1)
            FROM (SELECT count(*) AS rows, count({amount}) AS stated, count(DISTINCT {amount}) AS amounts
                  FROM {profile.raw.relation} WHERE {order} IS NOT NULL GROUP BY {order} HAVING count(*) > 1)
            """
        )
        answers[name] = (bool(several and once >= _MOST * several), bool(several and same >= _MOST * several))
    return answers


def _listed(profile: Profile, name: str | None) -> tuple[str, ...]:
    """A column's values, the most frequent first; none where it is no closed list."""
    if name is None:
        return ()
    values = profile.database.rows(
        f"""SELECT CAST({_value(profile, name)} AS VARCHAR) AS value FROM {profile.raw.relation}
            WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT {_CLOSED_LIST}"""
    )
    return tuple(value for (value,) in values) if len(values) < _CLOSED_LIST else ()


def _matching(values: tuple[str, ...], pattern: str) -> tuple[str, ...]:
    return tuple(sorted(value for value in values if re.search(pattern, value, re.IGNORECASE)))


def _given_back(profile: Profile, found: Mapping[str, str]) -> tuple[str, ...]:
    """None where every value is a return, for then the word means something else, or where they are ours already."""
    values = _listed(profile, found.get("type"))
    if {value.lower() for value in values} <= {"order", "return"}:
        return ()
    returns = _matching(values, GIVEN_BACK)
    return returns if len(returns) < len(values) else ()


def _nobody(profile: Profile, found: Mapping[str, str]) -> str:
    """The id whose name says nobody; one of mere zeros only where customers order far less often."""
    if "customer_id" not in found:
        return ""
    name = identifier(found["customer_id"])
    query = f"""SELECT CAST({name} AS VARCHAR) AS id, count(*) AS rows FROM {profile.raw.relation}
                WHERE {name} IS NOT NULL GROUP BY id"""
    named = profile.database.rows(
        f"SELECT id, rows FROM ({query}) WHERE regexp_full_match(lower(trim(id)), {literal(NOBODY)}) ORDER BY rows DESC"
    )
    if not named:
        return ""
    (value, rows) = named[0]
    (others,) = profile.database.row(f"SELECT coalesce(avg(rows), 0) FROM ({query}) WHERE id <> ?", [value])
    return str(value) if value.strip("0 ") or rows > _CROWD * others else ""


def _time_apart(profile: Profile, found: Mapping[str, str]) -> bool:
    if "happened_at" not in found or "time" not in found or found["time"] == found["happened_at"]:
        return False
    day, time = (f"CAST({_value(profile, found[name])} AS VARCHAR)" for name in ("happened_at", "time"))
    rows, timed, times = profile.database.row(
        f"""SELECT count(day), count(*) FILTER (contains(day, ':')), count(*) FILTER (regexp_matches(time, '^\\d?\\d:'))
            FROM (SELECT {day} AS day, {time} AS time FROM {profile.raw.relation})"""
    )
    return not timed and bool(times >= _MOST * rows)


def _together(profile: Profile, found: Mapping[str, str]) -> bool:
    if not {"customer_id", "happened_at", "product_id"} <= found.keys():
        return False
    names = [identifier(found[name]) for name in ("customer_id", "happened_at")]
    rows, moments = profile.database.row(
        f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM {profile.raw.relation} "
        f"WHERE {names[0]} IS NOT NULL GROUP BY {', '.join(names)})"
    )
    return bool(moments < _FEW_ALONE * rows)


def _any_zone(profile: Profile, name: str) -> bool:
    if "TIME ZONE" in profile.raw.columns[name]:
        return True
    value = f"CAST({_value(profile, name)} AS VARCHAR)"
    query = f"SELECT 1 FROM {profile.raw.relation} WHERE regexp_matches({value}, {literal(ZONED)}) LIMIT 1"
    return bool(profile.database.rows(query))


def _tells_of_products(profile: Profile, found: Mapping[str, str], name: str) -> bool:
    if name not in found or "product_id" not in found:
        return False
    product, value = identifier(found["product_id"]), _value(profile, found[name])
    several, filled = profile.database.row(
        f"""SELECT count(*) FILTER (kinds > 1), coalesce(sum(kinds), 0) FROM (
            SELECT count(DISTINCT coalesce({value}::VARCHAR, '')) AS kinds FROM {profile.raw.relation}
            WHERE {product} IS NOT NULL GROUP BY {product})"""
    )
    return bool(filled) and not several


def _any_positive(profile: Profile, name: str) -> bool:
    value = f"CAST({_value(profile, name)} AS VARCHAR)"
    query = f"SELECT 1 FROM {profile.raw.relation} WHERE regexp_matches({value}, '[1-9]') LIMIT 1"
    return bool(profile.database.rows(query))


def _is_code(value: str) -> bool:
    return bool(re.fullmatch("[A-Za-z]{3}", value))


def _value(profile: Profile, name: str) -> str:
    return given(identifier(name), profile.raw.columns[name])
