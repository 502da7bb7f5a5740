"""The page people read: whole in both languages, for a shop of orders alone and for one that gives every table."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from decisions.stages import STAGES
from features.errors import PerennialError
from features.shop import Shop
from insights.known import known_shop
from insights.lifecycle.stages import StageTable
from insights.lifecycle.stakes import Stake
from insights.report.facts import Facts, gather
from insights.report.page import LARGEST, render
from insights.report.words import words_of
from tests.insights.kpi_shop import drawn
from tests.shops import make_shop

AT = datetime(2026, 5, 1)
EVERY, ORDERS = "every table", "orders alone"
SPANS = (28, 60)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shop]:
    tables = drawn(3)
    for row in tables["orders"][::2]:
        row["happened_at"] -= timedelta(days=150)
        row["known_at"] -= timedelta(days=150)
    for number, row in enumerate(tables["touchpoints"]):
        row["device"], row["reason"] = "phone", "shipping_cost" if number % 9 == 0 else None
    bare = [
        {name: row[name] for name in ("order_id", "customer_id", "happened_at", "amount")} for row in tables["orders"]
    ]
    return {
        EVERY: make_shop(tmp_path_factory.mktemp("every"), **tables),
        ORDERS: make_shop(tmp_path_factory.mktemp("orders"), orders=bare),
    }


@pytest.fixture(scope="module")
def facts(shops: dict[str, Shop]) -> dict[str, Facts]:
    found = {}
    for name, shop in shops.items():
        with known_shop(shop, AT) as known:
            found[name] = gather(known, None, *SPANS)
    return found


def pages(facts: dict[str, Facts]) -> Iterator[tuple[str, str, str]]:
    for name, one in facts.items():
        for language in ("en", "zh"):
            yield name, language, render(one, language, *SPANS, 0.3)


class Reader(HTMLParser):
    """What the page asks of a browser: tags that are open at the end, addresses, and its words."""

    VOID = ("meta", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += [] if tag in self.VOID else [tag]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)


def test_one_small_file_that_fetches_nothing_and_runs_nothing(facts: dict[str, Facts]) -> None:
    for _, _, page in pages(facts):
        read = Reader(page)
        assert len(page.encode()) <= LARGEST
        assert read.open == []
        assert all(address.startswith("#s") for address in read.addresses)
        assert "<script" not in page and "http" not in page.replace("http-equiv", "")


def test_the_first_screen_answers_three_questions_in_sentences_with_numbers(facts: dict[str, Facts]) -> None:
    for name, language, page in pages(facts):
        leads = re.findall(r'<section class="lead">.*?</section>', page, re.DOTALL)
        assert len(leads) == 3
        for lead in leads:
            sentences = re.findall("<li>(.*?)</li>", lead)
            assert sentences, (name, language)
            assert re.search(r"\d", lead)


def test_each_language_speaks_for_itself(facts: dict[str, Facts]) -> None:
    for _, language, page in pages(facts):
        text = " ".join(Reader(page).words)
        chinese = len(re.findall("[\u4e00-\u9fff]", text))
        assert chinese == 0 if language == "en" else chinese > 500
        assert "{" not in text and "None" not in text and "nan" not in text.split()


def test_what_the_data_lack_is_left_out_with_a_line(facts: dict[str, Facts]) -> None:
    page = render(facts[ORDERS], "en", *SPANS, None)
    assert "Add a table touchpoints." in page and "Add orders.channel." in page
    assert "Drop-off, in money" not in page and "shop's margin" not in page
    whole = render(facts[EVERY], "en", *SPANS, None)
    assert "Drop-off, in money" in whole and "By channel" in whole
    assert "Add a table touchpoints." not in whole


def test_both_languages_have_the_same_words() -> None:
    en, zh = words_of("en", "EUR"), words_of("zh", "EUR")
    for part in ("say", "lacks", "head", "kpis"):
        told = getattr(en, part), getattr(zh, part)
        assert told[0].keys() == told[1].keys()
        for key in told[0]:
            assert sorted(re.findall(r"\{\w+\}", told[0][key])) == sorted(re.findall(r"\{\w+\}", told[1][key])), key
    assert en.names.keys() <= zh.names.keys()


def test_a_language_nobody_speaks_is_refused() -> None:
    with pytest.raises(PerennialError, match="--lang fr is not known"):
        words_of("fr", "EUR")


def test_a_shops_name_cannot_become_markup(facts: dict[str, Facts], tmp_path: Path) -> None:
    page = render(replace(facts[ORDERS], shop="<b>&"), "en", *SPANS, None)
    assert "<b>" not in page and "&lt;b&gt;&amp;" in page


@pytest.mark.parametrize(
    ("at", "since", "sentence"),
    [
        (datetime(2025, 1, 1), None, "has no order known before 2025-01-01"),
        (AT, AT, "--since 2026-05-01 is not before --at 2026-05-01"),
    ],
)
def test_a_period_without_data_is_a_sentence(
    shops: dict[str, Shop], at: datetime, since: datetime | None, sentence: str
) -> None:
    with known_shop(shops[ORDERS], at) as known, pytest.raises(PerennialError, match=sentence):
        gather(known, since, *SPANS)


def test_a_period_that_begins_before_the_data_is_told_from_where_they_begin(shops: dict[str, Shop]) -> None:
    with known_shop(shops[ORDERS], AT) as known:
        found = gather(known, datetime(2024, 1, 1), *SPANS)
    assert found.period.since == known.first.replace(hour=0, minute=0, second=0)
    page = render(found, "en", *SPANS, None)
    assert "asked to begin on 1 January 2024, but the data begin on" in page and "a later --since" in page
    assert "Cohorts" in page  # the rest is there


def test_a_week_of_orders_gets_a_page(tmp_path: Path) -> None:
    rows = [{"order_id": f"o{i}", "customer_id": f"c{i % 7}", "amount": 5, "happened_at": AT - timedelta(hours=9 * i)}
            for i in range(1, 16)]  # fmt: skip
    with known_shop(make_shop(tmp_path, orders=rows), AT) as known:
        facts = gather(known, None, *SPANS)
    page = render(facts, "en", *SPANS, None)
    assert "So few customers are at risk or dormant that their number is not told." in page
    assert "Next month cannot be forecast yet" in page


def test_no_month_of_a_stage_is_drawn_for_fewer_than_twenty(facts: dict[str, Facts]) -> None:
    one = facts[EVERY]
    ends = [place for place, cutoff in enumerate(one.standing.cutoffs) if cutoff in one.ends]
    counts = one.standing.counts[ends]
    few = sorted({int(count) for count in counts[(counts > 0) & (counts < 20)].tolist()})
    assert few  # else the test would hold nothing
    page = render(one, "en", *SPANS, None)
    chart = page.split("<h2>Stages</h2>", 1)[-1] if "<h2>Stages</h2>" in page else page
    drawn = re.search(r"<svg[^>]*stage.*?</svg>", chart, re.DOTALL | re.IGNORECASE)
    assert drawn is not None
    told = [int(count.replace(",", "")) for count in re.findall(r"<title>[^<]*: ([\d,]+)</title>", drawn[0])]
    assert told and min(told) >= 20


def test_what_was_measured_stands_beside_what_is_credited(facts: dict[str, Facts]) -> None:
    one = facts[EVERY]
    assert one.increment is not None
    for language, words in (("en", "Measured beside credited"), ("zh", "实测与归因对照")):
        assert words in render(one, language, *SPANS, None)
        assert words not in render(replace(one, increment=None), language, *SPANS, None)
    apart = replace(one.increment, low=-5.0, high=5.0, added=0.0, credited=90.0)
    page = render(replace(one, increment=apart), "en", *SPANS, None)
    assert "credits messages with 90 orders more than they were measured to bring" in page
    assert "more" in page and "caused by" not in page
    page = render(facts[ORDERS], "en", *SPANS, None)
    assert "No send was withheld" not in page  # it has no messages at all


def test_the_map_tells_ways_of_each_stage(facts: dict[str, Facts]) -> None:
    mapped = facts[EVERY].mapped
    assert len(mapped["stage"]) > 1 and all(people.every >= 20 for people, _ in mapped["stage"].values())
    for language, words in (("en", "most frequent, with an order"), ("zh", "最常见（有订单）")):
        assert words in render(facts[EVERY], language, *SPANS, None)
        assert words not in render(facts[ORDERS], language, *SPANS, None)


def test_the_first_screen_tells_no_stage_that_the_stages_hide(facts: dict[str, Facts]) -> None:
    """22 at risk and 14 new: were the 22 told, the whole less what is shown would tell of the 14."""
    counts = {"loyal": 200, "at_risk": 22, "new": 14}
    codes = np.repeat([STAGES.index(one) for one in counts], [*counts.values()]).astype(np.int8)
    who = pa.array([f"c{number}" for number in range(len(codes))])
    standing = StageTable(who, (AT,), codes[None])
    risk = Stake("at_risk", 22, 91, 1_000.0, None, None, None, None, None)
    one = replace(facts[ORDERS], standing=standing, stakes=[risk])
    for language in ("en", "zh"):
        assert "22 " not in " ".join(Reader(render(one, language, *SPANS, None)).words).split("Stages")[0][:2_000]
    large = replace(one, standing=replace(standing, codes=np.where(codes == codes[-1], codes[0], codes)[None]))
    assert "22 customers are at risk" in render(large, "en", *SPANS, None)


def test_only_what_the_page_tells_is_defined(facts: dict[str, Facts]) -> None:
    page = render(facts[ORDERS], "en", *SPANS, None)
    assert "Mean amount of an order" in page and "searches that find nothing" not in page
    assert "searches that find nothing" in render(facts[EVERY], "en", *SPANS, None)
