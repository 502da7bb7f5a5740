"""However a column of money, moments or ids is written: read as it was meant, or refused, or doubted – never else."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ingest.reading.casts import cast
from features.ingest.reading.casts import given as filled
from features.ingest.reading.profile import SourceProfile
from features.ingest.reading.texts import CLIPPED, id_text
from features.ingest.source.database import Database
from features.ingest.source.load import Raw

QUICK = settings(max_examples=25, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("writings")
    with Database([folder], folder) as opened:
        yield opened


def column(database: Database, texts: Sequence[str]) -> SourceProfile:
    database.run("CREATE OR REPLACE TABLE written (place INTEGER, v VARCHAR)")
    database.rows(
        "INSERT INTO written SELECT unnest(range(?)), unnest(?::VARCHAR[]) RETURNING 1", [len(texts), list(texts)]
    )
    return SourceProfile(database, Raw("written", {"v": "VARCHAR"}, len(texts)))


def read(profile: SourceProfile, sql: str) -> list[object]:
    return [value for (value,) in profile.database.rows(f"SELECT {sql} FROM written ORDER BY place")]


GROUPS = ("", ",", ".", " ", "\u00a0", "\u202f", "'", "’")
CURRENCIES = (
    "{}",
    "€{}",
    "{} €",
    "$ {}",
    "USD {}",
    "{} EUR",
    "CHF {}",
    "R$ {}",
    "{} zł",
    "kr {}",
    "Rp {}",
    "¥{}",
    "{}元",
    "₹{}",
    "£{}",
)
# Signs that come with one way of writing: (thousands, decimals).
OF_COUNTRIES = {"Rp": (".", ","), "R$": (".", ","), "¥": (",", "."), "元": (",", ".")}
MINUSES = ("-{}", "{}-", "({})", "−{}")


@st.composite
def money(draw: st.DrawFn) -> tuple[list[Decimal], list[str]]:
    currency, minus = draw(st.sampled_from(CURRENCIES)), draw(st.sampled_from(MINUSES))
    country = next((way for sign, way in OF_COUNTRIES.items() if sign in currency), None)
    places = draw(st.sampled_from((0, 2) if country else (0, 1, 2, 2, 2, 3)))
    group, decimal = country or draw(st.sampled_from([(g, d) for g in GROUPS for d in ",." if g != d]))
    whole = st.one_of(st.integers(0, 999), st.integers(0, 99_999), st.integers(0, 90_000_000))
    values, texts = [], []
    for amount, negative in draw(st.lists(st.tuples(whole, st.integers(0, 9)), min_size=1, max_size=12)):
        value = Decimal(amount) / 10**places
        text = f"{value:,.{places}f}".translate({ord(","): group, ord("."): decimal})
        written = currency.format(text)
        values.append(-value if negative == 0 else value)
        texts.append(minus.format(written) if negative == 0 else written)
    return values, texts


@QUICK
@given(made=money())
def test_money_is_read_or_doubted(database, made):
    values, texts = made
    profile = column(database, texts)
    style = profile.numbers("v")
    found = read(profile, cast(filled("v", "VARCHAR"), "VARCHAR", "money", "UTC", style.style))
    wrong = [
        (text, value, got) for text, value, got in zip(texts, values, found, strict=True) if got not in (None, value)
    ]
    assert not wrong or style.ambiguous, wrong


MOMENTS = {
    "iso": lambda m: f"{m:%Y-%m-%d %H:%M:%S}",
    "iso, T and Z": lambda m: f"{m:%Y-%m-%dT%H:%M:%SZ}",
    "iso, offset": lambda m: f"{m + timedelta(hours=2):%Y-%m-%dT%H:%M:%S+02:00}",
    "offset apart": lambda m: f"{m - timedelta(hours=5):%Y-%m-%d %H:%M:%S} -0500",
    "slashes, year first": lambda m: f"{m:%Y/%m/%d %H:%M:%S}",
    "British": lambda m: f"{m:%d/%m/%Y %H:%M:%S}",
    "American": lambda m: f"{m:%m/%d/%Y %I:%M:%S %p}",
    "German": lambda m: f"{m:%d.%m.%Y %H:%M:%S}",
    "two digits": lambda m: f"{m:%d/%m/%y %H:%M:%S}",
    "two digits, American": lambda m: f"{m:%m/%d/%y %H:%M:%S}",
    "year first, two digits": lambda m: f"{m:%y/%m/%d %H:%M:%S}",
    "dashes": lambda m: f"{m:%d-%m-%Y %H:%M:%S}",
    "words": lambda m: f"{m:%d %b %Y %H:%M:%S}",
    "words, American": lambda m: f"{m:%b %d, %Y, %I:%M:%S %p}",
    "words with dashes": lambda m: f"{m:%d-%b-%Y %H:%M:%S}",
    "mail": lambda m: format_datetime(m.replace(tzinfo=UTC)),
    "Chinese": lambda m: f"{m.year}年{m.month}月{m.day}日 {m:%H:%M:%S}",
    "compact": lambda m: f"{m:%Y%m%d%H%M%S}",
    "seconds": lambda m: f"{m.replace(tzinfo=UTC).timestamp():.0f}",
    "milliseconds": lambda m: f"{m.replace(tzinfo=UTC).timestamp() * 1000:.0f}",
    "a spreadsheet's days": lambda m: f"{(m - datetime(1899, 12, 30)).total_seconds() / 86400:.6f}",
}
SOME = st.lists(
    st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1)).map(lambda m: m.replace(microsecond=0)),
    min_size=1,
    max_size=12,
)


def moments_wrong(database: Database, moments: Sequence[datetime], texts: Sequence[str]) -> list[object]:
    profile = column(database, texts)
    found = read(profile, profile.moment("v"))
    pairs = zip(texts, moments, found, strict=True)
    wrong = [(text, moment, got) for text, moment, got in pairs if got not in (None, moment)]
    return [] if profile.dates("v").ambiguous else wrong


@QUICK
@given(moments=SOME, writing=st.sampled_from(list(MOMENTS)))
def test_moments_are_read_or_doubted(database, moments, writing):
    assert not moments_wrong(database, moments, [MOMENTS[writing](moment) for moment in moments])


@QUICK
@given(
    rows=st.lists(st.tuples(SOME.map(lambda some: some[0]), st.sampled_from(list(MOMENTS))), min_size=2, max_size=12)
)
def test_moments_of_several_writings_are_read_or_doubted(database, rows):
    assert not moments_wrong(database, [m for m, _ in rows], [MOMENTS[writing](m) for m, writing in rows])


@QUICK
@given(
    moments=st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2025, 1, 1)), min_size=2, max_size=90),
    last=st.integers(1, 60),
    pair=st.sampled_from(
        [("British", "American"), ("dashes", "American"), ("German", "American"), ("German", "British")]
    ),
)
def test_another_writing_of_the_last_rows_is_told_however_few(database, moments, last, pair):
    moments = [moment.replace(microsecond=0) for moment in moments]
    texts = [MOMENTS[pair[place >= len(moments) - last]](moment) for place, moment in enumerate(moments)]
    assert not moments_wrong(database, moments, texts)


IDS = {
    "bare": "{}", "formula": '="{}"', "apostrophe": "'{}", "tab": "{}\t", "blanks": "  {} ", "narrow": "\u202f{}",
    "float": "{}.0", "cut": "{:.2E}",
}  # fmt: skip


@QUICK
@given(
    numbers=st.lists(st.integers(0, 10**14), min_size=1, max_size=12, unique=True),
    width=st.integers(1, 14),
    writing=st.sampled_from(list(IDS)),
)
def test_ids_stay_apart_or_are_refused(database, numbers, width, writing):
    """An id keeps its zeros; one that a spreadsheet has cut is told by its form."""
    if writing == "cut":
        ids, texts = [f"{n:.2E}" for n in numbers], [f"{n:.2E}" for n in numbers]
    else:
        ids = [f"{number:0{width}}" for number in numbers]
        texts = [IDS[writing].format(one) for one in ids]
    profile = column(database, texts)
    found = read(profile, id_text(filled("v", "VARCHAR"), "VARCHAR"))
    cut = read(profile, f"regexp_full_match(v, '{CLIPPED}')")
    assert all(got == one or told for got, one, told in zip(found, ids, cut, strict=True))
    assert writing != "cut" or all(cut)
