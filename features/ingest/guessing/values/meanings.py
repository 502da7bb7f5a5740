"""Which columns mean a customer, a moment, an amount or an order's number where only their values can tell."""

import re
from collections.abc import Mapping, Sequence

from features.ingest.guessing.headers.vocabulary import unmarked
from features.ingest.guessing.headers.wordings import no_amount, words
from features.ingest.guessing.values.amount_parts import money
from features.ingest.guessing.values.id_values import id_rank
from features.ingest.guessing.values.people import serves
from features.ingest.reading.casts import given
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import is_number, is_text
from features.ingest.source.database import identifier

_ROWS = 20  # fewer rows show nothing
_NEARLY, _MOST, _SOME = 0.98, 0.8, 0.5
_DAYS, _YEARS = 10, 25  # so many different days at least; dates of birth spread over more years
_BACK = 1.1  # orders a customer at least: some come back
_APART = 0.9  # share of a customer's orders that have a day of their own
_VARIED = 0.6  # different amounts an order of one customer: a product has one price
_MANY = 20  # different values of codes, of amounts
# Names of columns that are something else however their values look.
_NOT_WHEN = (
    r"birth|geburt|naiss|nacim|nascit|born|ship|deliver|liefer|versand|entreg|due|fallig|expir|updat|modif|chang"
    r"|cancel|refund|regist|member|since|sync|export|import|load"
)
_NOT_WHO = (
    r"product|produkt|item|article|artikel|sku|\bean\b|gtin|barcode|store|shop|branch|filial|register|\bkass|till"
    r"|terminal|cashier|seller|\breps?\b|sales ?person|verkaufer|vendedor|vendeur|staff|employee|mitarbeiter|agent"
    r"|\bzip|postal|\bplz\b|post ?code|tracking|coupon|voucher|gutschein|promo|discount|\bip\b|\bvat\b|\btax|address"
    r"|adress|street|\bcity|country|supplier|lieferant|vendor|warehouse|\blager|batch|campaign|session|payment|\bbank"
    r"|iban|\burl|invoice|order|operator|waiter|kellner|driver|courier"
)


def recognised(profile: SourceProfile, found: Mapping[str, str], passed: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Meaning → the columns whose values bear it out, the likeliest first; only what no name gave.

    Parameters
    ----------
    passed : sequence of str        columns named like customers that cannot be them
    """
    if profile.raw.rows < _ROWS:
        return {}
    known, by_values = dict(found), dict[str, tuple[str, ...]]()

    def take(meaning: str, columns: Sequence[str]) -> None:
        if columns:
            by_values[meaning] = tuple(columns)
            known[meaning] = columns[0]

    def free() -> list[str]:
        taken = {name for meaning, name in known.items() if meaning != "name"}
        return [name for name in profile.raw.columns if name not in taken]

    if "happened_at" not in known:
        take("happened_at", _moments(profile, free(), known.get("customer_id")))
    priced = "unit_price" in known and not {"quantity", "product_id"} & known.keys()  # no line: the order's price
    if "amount" not in known and (priced or "unit_price" not in known):
        take("amount", _amounts(profile, [*free(), *([known["unit_price"]] if priced else [])]))
    if not {"customer_id", "email"} & known.keys() and "happened_at" in known:
        take("customer_id", _customers(profile, [name for name in free() if name not in passed], known))
    if "order_id" not in known and {"customer_id", "happened_at"} <= known.keys():
        take("order_id", _numbers(profile, free(), known)[:1])
    return by_values


def numbering(profile: SourceProfile, found: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The same of an order's number alone, where names tell customer and moment: two orders of a day stay two."""
    if "order_id" in found or not {"customer_id", "happened_at"} <= found.keys() or profile.raw.rows < _ROWS:
        return {}
    free = [name for name in profile.raw.columns if name not in found.values()]
    numbers = _numbers(profile, free, found)[:1]
    return {"order_id": tuple(numbers)} if numbers else {}


def _said(name: str) -> str:
    return unmarked(words(name))


def _moments(profile: SourceProfile, names: Sequence[str], customer: str | None) -> list[str]:
    """Columns of dates, the earliest of those that spread widely first: what follows an order comes after it."""
    spread: dict[str, tuple[float, float]] = {}
    for name in names:
        kind = profile.raw.columns[name]
        if re.search(_NOT_WHEN, _said(name)) or not (is_text(kind) or is_number(kind) or re.match("DATE|TIMES", kind)):
            continue
        text = f"CAST({given(identifier(name), kind)} AS VARCHAR)"
        who = identifier(customer) if customer else "NULL"
        read = "CASE WHEN NOT regexp_full_match(trim(v), '\\d{1,7}|\\d+[.,]\\d+|\\d{9}|\\d{11}') THEN m END"
        rows, dates, days, years, middle, several, changing = profile.database.row(
            f"""WITH seen AS (SELECT {read} AS m, c FROM {profile.picked(v=text, m=profile.moment(name), c=who)})
                SELECT (SELECT count(*) FROM seen), count(m), count(DISTINCT CAST(m AS DATE)),
                       coalesce(date_diff('year', min(m), max(m)), 0), coalesce(avg(epoch(m)), 0),
                       (SELECT count(*) FROM (SELECT 1 FROM seen WHERE c IS NOT NULL GROUP BY c HAVING count(*) > 1)),
                       (SELECT count(*) FROM (SELECT 1 FROM seen WHERE c IS NOT NULL GROUP BY c
                                              HAVING count(*) > 1 AND count(DISTINCT m) > 1))
                FROM seen WHERE m IS NULL OR year(m) BETWEEN 1990 AND 2100"""
        )
        if dates >= _NEARLY * rows and days >= _DAYS and years <= _YEARS and changing >= _SOME * several:
            spread[name] = (days, middle)
    widest = max((days for days, _ in spread.values()), default=0)
    wide = [name for name, (days, _) in spread.items() if days >= _SOME * widest]
    return sorted(wide, key=lambda name: spread[name][1])


def _customers(profile: SourceProfile, names: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Columns of ids whose orders have days of their own, and of which some come back."""
    ranked = {
        name: rank
        for name in names
        if not re.search(_NOT_WHO, _said(name)) and (rank := id_rank(profile, name)) is not None
        and serves(profile, name) and _come_back(profile, name, known) and _one_an_order(profile, name, known)
    }  # fmt: skip
    return sorted(ranked, key=lambda name: ranked[name])


def _come_back(profile: SourceProfile, name: str, known: Mapping[str, str]) -> bool:
    when = profile.moment(known["happened_at"])
    order = f"CAST({identifier(known['order_id'])} AS VARCHAR)" if "order_id" in known else f"CAST({when} AS VARCHAR)"
    amount = money(profile, known["amount"]) if "amount" in known else "NULL"
    ids, visits, days, again, others, rows, filled, often, amounts = profile.database.row(
        f"""WITH seen AS (SELECT * FROM {profile.picked(c=identifier(name), o=order, h=when, a=amount)}),
                 each AS (SELECT c, count(DISTINCT o) AS visits, count(DISTINCT CAST(h AS DATE)) AS days,
                                 count(DISTINCT a) AS amounts
                          FROM seen WHERE c IS NOT NULL GROUP BY c
                          ORDER BY visits DESC OFFSET 1)  -- without the busiest, whom guests may share
            SELECT count(*), sum(visits), sum(days), count(*) FILTER (visits > 1),
                   count(*) FILTER (visits > 1 AND days > 1), (SELECT count(*) FROM seen),
                   (SELECT count(c) FROM seen), sum(visits) FILTER (visits > 2), sum(amounts) FILTER (visits > 2)
            FROM each"""
    )
    if ids < _MANY or filled < _SOME * rows or visits < _BACK * ids or days < _APART * visits:
        return False
    varied = "amount" not in known or not often or amounts >= _VARIED * often
    return bool(others >= _MOST * again and varied)


def _one_an_order(profile: SourceProfile, name: str, known: Mapping[str, str]) -> bool:
    if "order_id" not in known:
        return True
    picked = profile.picked(o=identifier(known["order_id"]), c=identifier(name))
    orders, one = profile.database.row(
        f"""SELECT count(*), count(*) FILTER (people <= 1)
            FROM (SELECT count(DISTINCT c) AS people FROM {picked} WHERE o IS NOT NULL GROUP BY o)"""
    )
    return bool(one >= _NEARLY * orders)


def _amounts(profile: SourceProfile, names: Sequence[str]) -> list[str]:
    """Columns of money, the one with the largest sum first: what an order came to holds its parts."""
    sums: dict[str, float] = {}
    for name in names:
        kind = profile.raw.columns[name]
        if no_amount(name) or not (is_text(kind) or is_number(kind)):
            continue
        if is_text(kind) and profile.numbers(name).reading is None:
            continue
        with_sign = f"regexp_matches(CAST({given(identifier(name), kind)} AS VARCHAR), '\\p{{Sc}}')"
        rows, filled, paid, kinds, broken, fine, round_, signed, total = profile.database.row(
            f"""SELECT count(*), count(a), count(*) FILTER (a >= 0), count(DISTINCT a),
                       count(*) FILTER (a <> trunc(a)), count(*) FILTER (a * 100 <> trunc(a * 100)),
                       count(*) FILTER (a % 10 = 0 AND a >= 100), count(*) FILTER (s), coalesce(sum(a), 0)
                FROM {profile.picked(a=money(profile, name), s=with_sign)}"""
        )
        like_money = signed >= _SOME * rows or broken >= _SOME * rows or round_ >= _MOST * rows
        if filled >= _APART * rows and paid >= _APART * filled and kinds >= _MANY and like_money and fine < 0.1 * rows:
            sums[name] = float(total)
    return sorted(sums, key=lambda name: -sums[name])


def _numbers(profile: SourceProfile, names: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Columns with one value for each customer's moment, and another for each other: they number orders."""
    when, who = profile.moment(known["happened_at"]), identifier(known["customer_id"])
    numbering = []
    for name in names:
        if not id_rank(profile, name) or re.search(r"track|phone|telef|\bip\b", _said(name)):
            continue
        rows, filled, values, visits, both = profile.database.row(
            f"""SELECT count(*), count(o), count(DISTINCT o), count(DISTINCT (c, h)), count(DISTINCT (o, c, h))
                FROM {profile.picked(o=identifier(name), c=who, h=when)}"""
        )
        if filled == rows and both == values and values <= visits / _APART and values >= _APART * visits:
            numbering.append(name)
    return numbering
