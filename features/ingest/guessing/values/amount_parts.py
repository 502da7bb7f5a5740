"""Which other columns of money leave the amount taken in no doubt: they say the same, or it is made of them."""

import itertools
import re
from collections.abc import Sequence

from features.ingest.guessing.headers.wordings import words
from features.ingest.reading.casts import cast, given
from features.ingest.reading.profile import SourceProfile
from features.ingest.source.database import identifier

_MOST, _ALL, _SHOWS = 0.95, 0.98, 0.1
_AT_TIMES = 0.3  # a part is more than the whole where a discount is larger than what is added
_CLOSE = 0.02  # what is added up of three roundings may be off by so much
_ADDED = (
    r"\b(ship\w*|versand\w*|freight|frete|postage|porto|delivery|livraison|env[ií]o|handling|fracht\w*|tax\w*|vat|mwst"
    r"|ust|iva|tva|btw|gst|duty|tip|tips)\b|运费|邮费|送料|税|배송비|消費税"
)
_TAKEN_OFF = (
    r"\b(discount\w*|rabatt\w*|descuento\w*|desconto\w*|remise\w*|coupon\w*|voucher\w*|sconto)\b"
    r"|优惠|折扣|割引|クーポン|할인"
)
_NO_MONEY = (
    r"\b(method|code|name|type|status|percent|rate|date|class|number|id|label|zone|address|country|city)\b|方式|时间"
)


def money(profile: SourceProfile, name: str) -> str:
    """SQL of a column's values as amounts."""
    kind = profile.raw.columns[name]
    value = given(identifier(name), kind)
    style = profile.numbers(name).style if kind == "VARCHAR" else None
    return cast(value, kind, "money", "UTC", style) if style else cast(value, kind, "money", "UTC")


def doubtful(profile: SourceProfile, total: str, others: Sequence[str], partial: Sequence[str], kept: str) -> list[str]:
    """Those of the other columns that could be the amount as well.

    No doubt is left by one that says the same in nearly every row; by one that leaves something out by its name and is
    seldom more; and by one that comes to the total with shipping and tax added and discounts taken off.

    Parameters
    ----------
    partial : sequence of str       others whose names say that they leave something out
    kept : str                      SQL: the rows that are orders
    """
    added, off = beside_goods(profile, (total, *others)) if others else ([], [])
    return [name for name in others if not _explained(profile, total, name, added, off, name in partial, kept)]


def whole(profile: SourceProfile, taken: str, others: Sequence[str], kept: str) -> str:
    """The column that what was taken comes to with shipping and tax added and discounts taken off; else what was taken.

    Where nothing is added or taken off in most orders, that shows in a tenth of them.
    """
    added, off = beside_goods(profile, (taken, *others)) if others else ([], [])
    if not (added or off):
        return taken
    for name in others:
        rows, _, *sums = _compared(profile, name, taken, added, off, kept)
        if rows and max(sums) >= _MOST * rows and rows - sums[0] >= _SHOWS * rows:
            return name
    return taken


def beside_goods(profile: SourceProfile, but: Sequence[str]) -> tuple[list[str], list[str]]:
    """The first columns of money that are added to goods (shipping, taxes), and the first that is taken off."""
    return _extras(profile, _ADDED, but)[:3], _extras(profile, _TAKEN_OFF, but)[:1]


def _extras(profile: SourceProfile, pattern: str, but: Sequence[str]) -> list[str]:
    return [
        name
        for name in profile.raw.columns
        if name not in but
        and re.search(pattern, words(name))
        and not re.search(_NO_MONEY, words(name))
        and _is_money(profile, name)
    ]


def differences(added: Sequence[str], off: Sequence[str]) -> list[str]:
    """SQL of every sum by which an amount and what it is made of may differ."""
    signed = [*(f"coalesce({name}, 0)" for name in added), *(f"-abs(coalesce({name}, 0))" for name in off)]
    chosen = (some for size in range(1, len(signed) + 1) for some in itertools.combinations(signed, size))
    return ["0", *(" + ".join(some) for some in chosen)]


def _explained(
    profile: SourceProfile, total: str, other: str, added: Sequence[str], off: Sequence[str], partial: bool, kept: str
) -> bool:
    rows, more, alike, *sums = _compared(profile, total, other, added, off, kept)
    if not rows:
        return True
    return bool(alike >= _ALL * rows or (partial and more <= _AT_TIMES * rows) or max(sums, default=0) >= _MOST * rows)


def _compared(
    profile: SourceProfile, total: str, other: str, added: Sequence[str], off: Sequence[str], kept: str
) -> tuple[int, ...]:
    """Rows, those where the other is more, and how often it comes to the total by each sum that may lie between."""
    columns = {f"x{place}": money(profile, name) for place, name in enumerate((*added, *off))}
    names = list(columns)
    ways = differences(names[: len(added)], names[len(added) :])
    made = ", ".join(f"count(*) FILTER (abs(t - b - ({way})) <= {_CLOSE})" for way in ways)
    return profile.database.row(
        f"""SELECT count(*), count(*) FILTER (abs(b) > abs(t) + 0.005), {made}
            FROM {profile.picked(t=money(profile, total), b=money(profile, other), kept=kept, **columns)}
            WHERE t IS NOT NULL AND b IS NOT NULL AND kept"""
    )


def _is_money(profile: SourceProfile, name: str) -> bool:
    filled, read = profile.database.row(
        f"SELECT count(v), count(a) FROM {profile.picked(v=identifier(name), a=money(profile, name))}"
    )
    return bool(filled and read >= _MOST * filled)
