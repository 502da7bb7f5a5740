"""`perennial report` writes a page for a shop of orders alone, and answers what cannot be with a sentence."""

from pathlib import Path

import pytest

from tests.perennial.conftest import Perennial


def test_orders_alone_get_a_page_worth_reading(perennial: Perennial, shop: Path, home: Path) -> None:
    ended = perennial("report", "--shop", shop, "--lang", "zh", "--out", home / "page.html")
    assert ended.code == 0, ended.err
    assert str(home / "page.html") in ended.out.replace("\n", "")
    page = (home / "page.html").read_text()
    for told in ("谁有流失风险", "净销售额为", "阶段之间的流转", "同期群", "请补充 touchpoints 表"):
        assert told in page


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--lang", "fr"), "--lang fr is not known"),
        (("--since", "2030-01-01"), "is not before --at"),
        (("--since", "soon"), "'soon' is no date"),
        (("--at", "2030-01-01"), "lies after the data"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    perennial: Perennial, shop: Path, options: tuple[str, str], sentence: str
) -> None:
    ended = perennial("report", "--shop", shop, *options)
    assert ended.code == 2
    assert sentence in ended.err
    assert "Traceback" not in ended.err
