"""What the values of an export give away about its rows: called off, given back, nobody's, stated once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.ingest.guessing.headers.vocabulary import BOUGHT
from features.ingest.guessing.values.amounts import NO_AMOUNTS, Amounts, amounts_of
from features.ingest.guessing.values.currencies import currencies
from features.ingest.guessing.values.days import NO_DAYS, DayHints, days_of
from features.ingest.guessing.values.people import NO_PEOPLE, PeopleHints, people_of
from features.ingest.guessing.values.product_hints import no_product, tells_of_products
from features.ingest.guessing.values.states import given_back, not_sold
from features.ingest.guessing.values.undone import sums, undone, unnamed_state, untaken
from features.ingest.reading.casts import given
from features.ingest.reading.moments import ZONED
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import CLIPPED
from features.ingest.source.database import identifier, literal

_MOST = 0.8
_CLOSED_LIST = 60  # a column with more different values is no list of kinds
_FEW_ALONE = 0.95  # orders a row, above which rows are taken for orders
_OF_PRODUCTS = ("category", "department", "brand")
_AROUND = 30  # days within which a row becomes known, where a column says when


@dataclass(frozen=True)
class Hints:
    """What the values of one kind of file give away.

    Attributes
    ----------
    amounts : Amounts           which column says what an order came to
    people : PeopleHints             whose the rows are
    same : frozenset of str     discount, shipping: stated alike on every row of an order
    states : tuple of str       what the column of states holds, the most frequent first
    called_off : tuple of str   of these, those that say an order never was one
    given_back : tuple of str   values of the type that say a row is a return
    of_orders : str             value of the type that one row of each order has: that row is the order
    of_lines : str              value of the type that the rows with products have
    time_apart : bool           days stand in one column, their times in another
    zoned : float               share of moments that carry a zone
    refunds : bool              something was refunded, by a column that does not say when
    currencies : tuple of str   what the column of currencies holds, the most frequent first
    bought : tuple of str       events that are purchases, where others are none
    events : tuple of str       all events, the most frequent first
    together : bool             without an order number, rows are parts of orders: a customer has several at a moment
    of_products : tuple of str  category, department, brand: those that are the same on every row of a product
    alike : float               share of rows that repeat another in every column
    continued : bool            rows below an order's first leave its columns blank
    no_product : bool           rows with a name of a product and without its number
    clipped : tuple of str      columns of ids in scientific notation: a spreadsheet has cut their digits
    undone : tuple              further columns that tell of rows which are no orders, each with those values
    untaken : tuple             columns that no name tells are states, with values that sound like no order
    unnamed_state : tuple       of these, the one column that is an order's state
    sums : tuple                the column that says of a few rows that they are sums of others, with what it says
    days : DayHints             dates that could be read day first or month first
    late : bool                 the column of when rows became known says so: they follow what happened within a month
    """

    amounts: Amounts = NO_AMOUNTS
    people: PeopleHints = NO_PEOPLE
    same: frozenset[str] = frozenset()
    states: tuple[str, ...] = ()
    called_off: tuple[str, ...] = ()
    given_back: tuple[str, ...] = ()
    of_orders: str = ""
    of_lines: str = ""
    time_apart: bool = False
    zoned: float = 0.0
    refunds: bool = False
    currencies: tuple[str, ...] = ()
    bought: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    together: bool = False
    of_products: tuple[str, ...] = ()
    alike: float = 0.0
    continued: bool = False
    no_product: bool = False
    clipped: tuple[str, ...] = ()
    undone: tuple[tuple[str, tuple[str, ...]], ...] = ()
    untaken: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unnamed_state: tuple[str, tuple[str, ...]] = ("", ())
    sums: tuple[str, tuple[str, ...]] = ("", ())
    days: DayHints = NO_DAYS
    late: bool = False


NO_HINTS = Hints()


def hints(
    profile: SourceProfile, found: Mapping[str, str], several_rows: bool, fitting: Sequence[str], passed: Sequence[str]
) -> Hints:
    """Look at the values of the columns found.

    Parameters
    ----------
    several_rows : bool             whether an order has more than one row
    fitting : sequence of str       columns named like amounts that hold money
    passed : sequence of str        columns named like customers that cannot be them
    """
    events = _listed(profile, found.get("event"))
    bought = _matching(events, BOUGHT)
    states, (of_orders, of_lines) = _listed(profile, found.get("status")), _parts(profile, found, several_rows)
    off = not_sold(states)
    amounts = amounts_of(
        profile, found, fitting, several_rows, _none_of(profile, found.get("status"), off),
        f"{_as_text(profile, found['type'])} = {literal(of_orders)}" if of_orders else "true",
    )  # fmt: skip
    return Hints(
        amounts=amounts,
        people=people_of(profile, found, passed),
        same=frozenset(name for name in ("discount", "shipping") if several_rows and _same(profile, found, name)),
        states=states,
        called_off=off,
        given_back=_given_back(profile, found),
        of_orders=of_orders,
        of_lines=of_lines,
        time_apart=_time_apart(profile, found),
        zoned=_zoned(profile, found["happened_at"]) if "happened_at" in found else 0.0,
        refunds="refunded" in found and _any_positive(profile, found["refunded"]),
        currencies=currencies(
            profile, _listed(profile, found.get("currency")), amounts.total or amounts.line or found.get("unit_price")
        ),
        bought=bought if len(bought) < len(events) else (),
        events=events,
        together="order_id" not in found and (0 < len(bought) < len(events) or _together(profile, found)),
        of_products=tuple(name for name in _OF_PRODUCTS if tells_of_products(profile, found, name)),
        alike=_alike(profile),
        continued=_continued(profile, found),
        no_product={"product_id", "product_name"} <= found.keys() and no_product(profile, found),
        clipped=tuple(
            found[name] for name in ("order_id", "customer_id") if name in found and _clipped(profile, found[name])
        ),
        undone=tuple(undone(profile, found)),
        untaken=(states_untaken := tuple(untaken(profile, found))),
        unnamed_state=unnamed_state(profile, found, states_untaken),
        sums=sums(profile, found),
        days=days_of(profile, found),
        late="known_at" in found and "happened_at" in found and _late(profile, found),
    )  # fmt: skip


def _same(profile: SourceProfile, found: Mapping[str, str], name: str) -> bool:
    if name not in found:
        return False
    several, same = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (stated = lines AND kinds = 1) FROM (
            SELECT count(*) AS lines, count(a) AS stated, count(DISTINCT a) AS kinds
            FROM {profile.picked(o=identifier(found["order_id"]), a=_value(profile, found[name]))}
            WHERE o IS NOT NULL GROUP BY o HAVING count(*) > 1)"""
    )
    return bool(several and same >= _MOST * several)


def _listed(profile: SourceProfile, name: str | None) -> tuple[str, ...]:
    """A column's values, the most frequent first; none where it is no closed list."""
    if name is None:
        return ()
    values = profile.database.rows(
        f"""SELECT v FROM {profile.picked(v=_as_text(profile, name))}
            WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {_CLOSED_LIST}"""
    )
    return tuple(value for (value,) in values) if len(values) < _CLOSED_LIST else ()


def _none_of(profile: SourceProfile, name: str | None, values: tuple[str, ...]) -> str:
    """SQL: the column says none of these."""
    if name is None or not values:
        return "true"
    return f"coalesce({_as_text(profile, name)}, '') NOT IN ({', '.join(map(literal, values))})"


def _matching(values: tuple[str, ...], pattern: str) -> tuple[str, ...]:
    return tuple(sorted(value for value in values if re.search(pattern, value, re.IGNORECASE)))


def _given_back(profile: SourceProfile, found: Mapping[str, str]) -> tuple[str, ...]:
    """None where every value is a return, for then the word means something else, or where they are ours already."""
    values = _listed(profile, found.get("type"))
    if {value.lower() for value in values} <= {"order", "return"}:
        return ()
    returns = given_back(values)
    return returns if len(returns) < len(values) else ()


def _parts(profile: SourceProfile, found: Mapping[str, str], several_rows: bool) -> tuple[str, str]:
    """Kinds of rows within an order: the one that each order has once, and the one of the rows with products."""
    if not several_rows or "type" not in found:
        return "", ""
    product = _as_text(profile, found["product_id"]) if "product_id" in found else "NULL"
    kinds = profile.database.rows(
        f"""SELECT t, count(*), count(DISTINCT o), count(p) FILTER (regexp_matches(p, '\\w')),
                   (SELECT count(DISTINCT o) FROM {profile.picked(o=identifier(found["order_id"]))})
            FROM {profile.picked(t=_as_text(profile, found["type"]), o=identifier(found["order_id"]), p=product)}
            WHERE t IS NOT NULL GROUP BY t ORDER BY count(*) DESC, t LIMIT {_CLOSED_LIST}"""
    )
    with_products = next((kind for kind, rows, _, products, _ in kinds if products >= _MOST * rows), "")
    once = [kind for kind, rows, orders, products, all_orders in kinds if rows == orders == all_orders and not products]
    sold = [
        kind for kind in once if re.search(r"sale|order|header|receipt|订单|verkauf|vente|venta", kind, re.IGNORECASE)
    ]
    return (sold or [""])[0], with_products


def _time_apart(profile: SourceProfile, found: Mapping[str, str]) -> bool:
    if "happened_at" not in found or "time" not in found or found["time"] == found["happened_at"]:
        return False
    day, time = (_as_text(profile, found[name]) for name in ("happened_at", "time"))
    rows, timed, times = profile.database.row(
        f"""SELECT count(d), count(*) FILTER (contains(d, ':')), count(*) FILTER (regexp_matches(t, '^\\d?\\d:'))
            FROM {profile.picked(d=day, t=time)}"""
    )
    return not timed and bool(times >= _MOST * rows)


def _together(profile: SourceProfile, found: Mapping[str, str]) -> bool:
    if not {"customer_id", "happened_at", "product_id"} <= found.keys():
        return False
    picked = profile.picked(c=identifier(found["customer_id"]), m=identifier(found["happened_at"]))
    rows, moments = profile.database.row(
        f"""SELECT coalesce(sum(n), 0), count(*)
            FROM (SELECT count(*) AS n FROM {picked} WHERE c IS NOT NULL GROUP BY c, m)"""
    )
    return bool(moments < _FEW_ALONE * rows)


def _zoned(profile: SourceProfile, name: str) -> float:
    if "TIME ZONE" in profile.raw.columns[name]:
        return 1.0
    filled, zoned = profile.database.row(
        f"""SELECT count(v), count(*) FILTER (regexp_matches(trim(v), {literal(ZONED)}))
            FROM {profile.picked(v=_as_text(profile, name))}"""
    )
    return float(zoned) / max(1.0, float(filled))


def _any_positive(profile: SourceProfile, name: str) -> bool:
    picked = profile.picked(v=_as_text(profile, name))
    return bool(profile.database.rows(f"SELECT 1 FROM {picked} WHERE regexp_matches(v, '[1-9]') LIMIT 1"))


def _alike(profile: SourceProfile) -> float:
    everything = ", ".join(identifier(name) for name in profile.raw.columns)
    rows, kinds = profile.database.row(
        f"SELECT count(*), count(DISTINCT hash({everything})) FROM {profile.raw.relation}"
    )
    return 1 - kinds / rows if rows else 0.0


def _continued(profile: SourceProfile, found: Mapping[str, str]) -> bool:
    """Whether rows without number, customer and date have a product: they go on with the order above."""
    needed = ("order_id", "customer_id", "happened_at", "product_id")
    if not set(needed) <= found.keys():
        return False
    o, c, h, p = (_as_text(profile, found[name]) for name in needed)
    rows, blank = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (o IS NULL AND c IS NULL AND h IS NULL AND p IS NOT NULL)
            FROM {profile.picked(o=o, c=c, h=h, p=p)}"""
    )
    return bool(blank > 0.01 * rows)


def _clipped(profile: SourceProfile, name: str) -> bool:
    picked = profile.picked(v=_as_text(profile, name))
    return bool(profile.database.rows(f"SELECT 1 FROM {picked} WHERE regexp_full_match(v, {literal(CLIPPED)}) LIMIT 1"))


def _late(profile: SourceProfile, found: Mapping[str, str]) -> bool:
    """Whether rows became known soon after they happened: else the column is when they were last loaded or changed."""
    known, happened = (profile.moment(found[name]) for name in ("known_at", "happened_at"))
    rows, soon = profile.database.row(
        f"""SELECT count(k), count(*) FILTER (k >= h - INTERVAL 1 DAY AND k <= h + INTERVAL {_AROUND} DAY)
            FROM {profile.picked(k=known, h=happened)}"""
    )
    return bool(soon >= _MOST * rows)


def _value(profile: SourceProfile, name: str) -> str:
    return given(identifier(name), profile.raw.columns[name])


def _as_text(profile: SourceProfile, name: str) -> str:
    return f"CAST({_value(profile, name)} AS VARCHAR)"
