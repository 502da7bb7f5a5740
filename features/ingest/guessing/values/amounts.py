"""Which column says what an order came to: the order's total, the line's, or a price – and what proves it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from features.ingest.guessing.headers.abroad import abroad
from features.ingest.guessing.headers.vocabulary import COLUMNS, unmarked
from features.ingest.guessing.headers.wordings import words
from features.ingest.guessing.values.amount_parts import beside_goods, differences, doubtful, money, whole
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.database import identifier

_MOST, _MANY = 0.8, 20
_CLOSE = 0.006  # an amount that is added up may be off by half a cent a row
_LEAST_IN_CENTS = 500  # five whole ones
_PIECES = 12  # a column whose whole numbers are mostly smaller counts pieces or points, where another has cents
_LEAVES_OUT = 2
# Amounts that leave out what others of the same order hold: taken where there is nothing else.
_PARTIAL = (
    r"\bsub ?total|zwischensumme|sous total|\b(ex|excl|excluding|without|before|net|netto|ohne|zzgl|hors|ht|sans|senza"
    r"|sin|zonder|bez|exkl|eks|uten|uden|ilman|fara|без|imponibile|taxable|nett|fees?|adjusted|goods|merchandi[sz]e)\b|\bextax|应付货款|不含税|未税|税抜|商品(总价|金额)|小计|小計"
)
_YEN_AND_WON = r"[\uac00-\ud7a3\u3040-\u30ff]|注文|受注"  # Korean and Japanese exports: their money has no cents
_WHOLE = (
    r"\b(incl|inc|inkl|including|with|ttc|con|avec|mit|brutto|gross|cu tva|s dph|sis|с ндс|з пдв)\b"
    r"|(?<!不)含税|税込"
)


@dataclass(frozen=True)
class Amounts:
    """What the amounts of one kind of file turn out to be.

    Attributes
    ----------
    total : str             column with the amount of a whole order; empty where there is none
    once : bool             stated on one row alone of orders of several rows
    same : bool             stated alike on every row of such an order
    line : str              column with the amount of one row of an order; empty where there is none
    price_of_row : bool     a price is of the whole quantity, not of one piece
    proof : str             what shows how rows make an order's amount; empty where nothing does
    pieces : str            column named like an amount that counts pieces or points
    cents : bool            the amount taken has whole numbers alone, which may be cents
    others : tuple of str   further columns named like amounts
    """

    total: str = ""
    once: bool = False
    same: bool = False
    line: str = ""
    price_of_row: bool = False
    proof: str = ""
    pieces: str = ""
    cents: bool = False
    others: tuple[str, ...] = ()


NO_AMOUNTS = Amounts()


def amounts_of(
    profile: SourceProfile,
    found: Mapping[str, str],
    fitting: Sequence[str],
    several_rows: bool,
    kept: str = "true",
    of_orders: str = "true",
) -> Amounts:
    """Look at every column named like an amount.

    Parameters
    ----------
    fitting : sequence of str       the source's columns that hold money, by how likely their names mean an amount
    several_rows : bool             whether an order has more than one row
    kept, of_orders : str           SQL: rows that are no orders called off, and the one row of each that is the order
    """
    counted = [name for name in fitting if _counts_pieces(profile, name)]
    pieces = counted[0] if counted and len(counted) < len(fitting) and fitting[0] == counted[0] else ""
    fitting = [name for name in fitting if name != pieces]
    fitting = [name for name in fitting if not any(_is_hundredfold(profile, name, other) for other in fitting[:5])]
    if of_orders != "true":
        fitting = [name for name in fitting if _is_filled(profile, name, of_orders)] or fitting
    fitting.sort(key=_rank)
    if not several_rows or "order_id" not in found:
        total = whole(profile, fitting[0], fitting[1:], kept) if fitting else ""
        price_of_row, proof = _price_of_row(profile, found) if not total else (False, "")
        stated_as = Amounts(total, False, False, "", price_of_row, proof, pieces)
        return _with_doubts(profile, stated_as, fitting, kept)
    stated = {name: _stated(profile, found["order_id"], name) for name in fitting}
    total = next((name for name in fitting if any(stated[name])), "")
    line = next((name for name in fitting if not any(stated[name])), "")
    once, same = stated.get(total, (0, 0))
    price_of_row, proof = _proven(profile, found, total, line) if total else _price_of_row(profile, found)
    if same and not once and not proof and same >= _MANY:
        proof = f"{total} is the same on every row of {same:,} orders of several"
    stated_as = Amounts(total, bool(once), bool(same and not once), line, price_of_row, proof, pieces)
    return _with_doubts(profile, stated_as, fitting, kept)


def _with_doubts(profile: SourceProfile, amounts: Amounts, fitting: Sequence[str], kept: str) -> Amounts:
    """With the columns that could be the amount as well, and whether it may be in cents."""
    taken = amounts.total or amounts.line
    others = [name for name in fitting if name not in (amounts.total, amounts.line)]
    partial = [name for name in others if _rank(name) == _LEAVES_OUT]
    left = doubtful(profile, taken, others, partial, kept) if taken else others
    return replace(amounts, cents=bool(taken) and _may_be_cents(profile, taken), others=tuple(left))


def _rank(name: str) -> int:
    """What was paid comes before what says nothing of tax, and that before a part of it."""
    said = f"{words(name)} {unmarked(name)}"
    if re.search(_PARTIAL, said):
        return _LEAVES_OUT
    return 0 if re.search(_WHOLE, f"{said} {name.lower()}") else 1


def leaves_out(name: str) -> bool:
    """Whether an amount's name says that it is without tax, or another part of what was paid."""
    return _rank(name) == _LEAVES_OUT


def _stated(profile: SourceProfile, order: str, name: str) -> tuple[int, int]:
    """How many orders of several rows state an amount on one row alone, or the same on each; 0 where not most do."""
    several, once, same = profile.database.row(
        f"""
        SELECT count(*), count(*) FILTER (stated = 1), count(*) FILTER (stated = lines AND amounts = 1)
        FROM (SELECT count(*) AS lines, count(a) AS stated, count(DISTINCT a) AS amounts
              FROM {profile.picked(o=identifier(order), a=money(profile, name))} WHERE o IS NOT NULL
              GROUP BY o HAVING count(*) > 1)
        """
    )
    return (once if once >= _MOST * several else 0), (same if same >= _MOST * several else 0)


def _proven(profile: SourceProfile, found: Mapping[str, str], total: str, line: str) -> tuple[bool, str]:
    """Which reading of rows adds up to the order's total, in most orders."""
    ways = {}
    if line:
        ways["line"] = money(profile, line)
    if {"quantity", "unit_price"} <= found.keys():
        price, pieces = money(profile, found["unit_price"]), money(profile, found["quantity"])
        ways |= {"unit": f"{price} * {pieces}", "row": price}
    if not ways:
        return False, ""
    added, off = beside_goods(profile, (total, line))
    extra = {f"x{place}": money(profile, name) for place, name in enumerate((*added, *off))}
    between = differences(list(extra)[: len(added)], list(extra)[len(added) :])
    columns = {**ways, "o": identifier(found["order_id"]), "total": money(profile, total), **extra}
    sums = ", ".join(f"sum({way}) AS {way}" for way in ways)
    sums += "".join(f", max(abs({name})) AS {name}" for name in extra)
    near = {way: ", ".join(f"abs({way} + {less} - total)" for less in between) for way in ways}
    hits = ", ".join(f"count(*) FILTER (least({near[way]}) <= {_CLOSE} * lines + {_CLOSE})" for way in ways)
    orders, *agree = profile.database.row(
        f"""SELECT count(*), {hits} FROM (
            SELECT count(*) AS lines, max(total) AS total, {sums}
            FROM {profile.picked(**columns)} WHERE o IS NOT NULL GROUP BY o)"""
    )
    best = max(range(len(agree)), key=lambda place: agree[place])
    way, hit = list(ways)[best], agree[best]
    if hit * 2 < orders:
        return False, ""
    said = {
        "line": f"rows of {line}", "unit": "quantity × price", "row": f"{found.get('unit_price')} of the rows",
    }[way]  # fmt: skip
    # A row of one piece agrees with both readings: only what the other misses is evidence.
    return way == "row" and hit > agree[
        list(ways).index("unit")
    ], f"{said} add up to {total} in {hit:,} of {orders:,} orders"


def _price_of_row(profile: SourceProfile, found: Mapping[str, str]) -> tuple[bool, str]:
    """Whether a product's price grows with the quantity of its row: then it is what the whole row comes to."""
    if not {"quantity", "unit_price", "product_id"} <= found.keys():
        return False, ""
    price, pieces = money(profile, found["unit_price"]), money(profile, found["quantity"])
    products, unit, row = profile.database.row(
        f"""
        SELECT count(*), count(*) FILTER (high <= 1.02 * low), count(*) FILTER (high_each <= 1.02 * low_each)
        FROM (SELECT quantile_cont(a, 0.9) AS high, quantile_cont(a, 0.1) AS low,
                     quantile_cont(a / q, 0.9) AS high_each, quantile_cont(a / q, 0.1) AS low_each
              FROM (SELECT CAST(a AS DOUBLE) AS a, CAST(q AS DOUBLE) AS q, p
                    FROM {profile.picked(a=price, q=pieces, p=identifier(found["product_id"]))} WHERE a > 0 AND q > 0)
              GROUP BY p HAVING count(DISTINCT q) > 1 AND count(*) >= 4)
        """
    )
    if products and row > unit and row * 2 > products:
        return True, f"{found['unit_price']} grows with the quantity for {row:,} of {products:,} products"
    if products and unit > row and unit * 2 > products:
        return (
            False,
            f"{found['unit_price']} stays the same whatever the quantity for {unit:,} of {products:,} products",
        )
    return False, ""


def _is_filled(profile: SourceProfile, name: str, rows: str) -> bool:
    of_these, filled = profile.database.row(
        f"SELECT count(*) FILTER (r), count(a) FILTER (r) FROM {profile.picked(a=money(profile, name), r=rows)}"
    )
    return bool(filled >= _MOST * of_these)


def _counts_pieces(profile: SourceProfile, name: str) -> bool:
    rows, whole, middle = profile.database.row(
        f"""SELECT count(a), count(*) FILTER (a = trunc(a)), coalesce(quantile_cont(a, 0.9), 0)
            FROM {profile.picked(a=money(profile, name))}"""
    )
    return bool(rows >= _MANY and whole == rows and 0 < middle <= _PIECES)


def _is_hundredfold(profile: SourceProfile, name: str, other: str) -> bool:
    """Whether a column says in cents what another says in whole."""
    if name == other:
        return False
    rows, same = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (abs(a - 100 * b) < 0.5)
            FROM {profile.picked(a=money(profile, name), b=money(profile, other))} WHERE a <> 0 AND b <> 0"""
    )
    return bool(rows and same >= 0.98 * rows)


def _may_be_cents(profile: SourceProfile, name: str) -> bool:
    """Whole numbers in the hundreds and more that seldom end in 0, as prices in cents do and large sums do not."""
    if re.search(_YEN_AND_WON, " ".join(profile.raw.columns)):
        return False
    rows, whole, even, middle = profile.database.row(
        f"""SELECT count(a), count(*) FILTER (a = trunc(a)), count(*) FILTER (a % 10 = 0), coalesce(median(abs(a)), 0)
            FROM {profile.picked(a=money(profile, name))} WHERE a <> 0"""
    )
    if not (rows >= _MANY and whole == rows and even < 0.6 * rows and middle >= _LEAST_IN_CENTS):
        return False
    signed = f"regexp_matches(CAST({identifier(name)} AS VARCHAR), '\\p{{Sc}}|\\p{{L}}|\\d[,.]\\d{{3}}')"
    (marked,) = profile.database.row(f"SELECT count(*) FILTER (s) FROM {profile.picked(s=signed)}")
    return bool(2 * marked <= rows)  # nobody writes a sign of money beside cents, nor groups them


def named_like_amounts(names: Mapping[str, str]) -> list[str]:
    """The source's columns whose name says an amount; `names` are plain names → columns."""
    listed = (names[word] for word in COLUMNS["amount"] if word in names)
    return list(dict.fromkeys((*listed, *abroad("amount", names))))
