"""What no name tells, values do: taken as a question with alternatives, never where they may be something else."""

import re

import pytest

from features.errors import ShopError
from features.ingest.guessing.draft_toml import write_draft
from tests.features.ingest.exports import write
from tests.features.ingest.guessing.drafts import CUSTOMERS, ORDERS, TOTAL, by_order, day_of, drafted, seen, total_of

_RECOGNISED = "was recognised by its values, not its name"


def code(order):
    return f"K{order % CUSTOMERS:03}"


def made(**columns):
    return by_order(tuple(columns), lambda order: tuple(make(order) for make in columns.values()))


def test_everything_is_told_by_values_and_asked(tmp_path):
    text, shop = drafted(
        tmp_path, made(f1=lambda o: 9000 + o, f2=day_of, f3=code, f4=lambda o: f"{total_of(o) + o}.25")
    )
    assert seen(shop) == (ORDERS, TOTAL + sum(range(ORDERS)) + ORDERS // 4, CUSTOMERS)
    asked = re.findall("# question: .*", text)
    assert [f"{name} {_RECOGNISED}" in said for name, said in zip(("f4", "f3", "f2"), asked, strict=True)] == [True] * 3
    assert "# look: f1 numbers orders by its values, not its name" in text


def test_a_single_answer_is_not_asked_on_a_terminal(tmp_path):
    folder = write(tmp_path / "shop", {"orders.csv": made(order_id=int, f2=day_of, customer_id=code, total=total_of)})

    def choose(asks, told):
        raise AssertionError(asks)

    assert f"# question: when was an order? f2 {_RECOGNISED}" in write_draft(folder, choose).read_text()


def test_the_alternative_a_person_names_is_taken(tmp_path):
    folder = write(
        tmp_path / "shop",
        {
            "orders.csv": made(
                nr=int, date=day_of, f3=code, f4=lambda o: f"X{o % 30:03}", total=lambda o: f"{total_of(o)}.5"
            )
        },
    )
    told = []
    text = write_draft(folder, lambda asks, options: told.extend(options) or 1).read_text()
    assert len(told) == 2
    assert 'customer_id = "f4"' in text


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(lambda o: f"S{o % 5:02}", id="a cashier"),
        pytest.param(lambda o: f"P{total_of(o) % 23:02}", id="a product of one price"),
        pytest.param(lambda o: f"T{o:05}", id="another every order"),
        pytest.param(lambda o: f"{total_of(o)}.50", id="money"),
        pytest.param(lambda o: ("Berlin", "Bonn")[o % 2], id="a town"),
        pytest.param(lambda o: f"C{day_of(o)[5:7]}{day_of(o)[8:10]}", id="one a day"),
    ],
)
def test_no_such_column_is_a_customer(tmp_path, who):
    folder = write(tmp_path / "shop", {"orders.csv": made(order_id=int, date=day_of, f3=who, total=total_of)})
    with pytest.raises(ShopError, match="no customer, date date, amount total"):
        write_draft(folder)


@pytest.mark.parametrize(
    "when",
    [
        pytest.param(lambda o: f"19{50 + o % CUSTOMERS * 2}-05-{1 + o % CUSTOMERS % 28:02}", id="a birthday"),
        pytest.param(lambda o: f"2025-01-{1 + o % CUSTOMERS:02}", id="one for each customer"),
        pytest.param(lambda o: 40000 + o, id="a postal code"),
        pytest.param(lambda o: day_of(o) if o % 3 else "", id="often blank"),
    ],
)
def test_no_such_column_is_a_moment(tmp_path, when):
    folder = write(tmp_path / "shop", {"orders.csv": made(order_id=int, customer_id=code, f2=when, total=total_of)})
    with pytest.raises(ShopError, match="customer customer_id, no date, amount total"):
        write_draft(folder)


def test_of_two_moments_the_earlier_is_the_order(tmp_path):
    def later(order):
        return f"2025-{1 + order // 28 % 12:02}-{1 + order % 28:02} 23:00:00"

    text, _ = drafted(tmp_path, made(order_id=int, customer_id=code, f1=later, f2=day_of, total=total_of))
    assert 'happened_at = "f2"' in text
    assert "else: happened_at = f1" in text


@pytest.mark.parametrize(
    "amount",
    [
        pytest.param(lambda o: o % 7, id="pieces"),
        pytest.param(lambda o: f"5{o % 9}.{o:04}1", id="a place on earth"),
        pytest.param(lambda o: f"{o % 9}.5", id="few different"),
    ],
)
def test_no_such_column_is_an_amount(tmp_path, amount):
    folder = write(tmp_path / "shop", {"orders.csv": made(order_id=int, customer_id=code, date=day_of, f4=amount)})
    with pytest.raises(ShopError, match="customer customer_id, date date, no amount"):
        write_draft(folder)


def test_names_come_first(tmp_path):
    """Where names tell an order, no value is asked, whatever else could be."""
    text, _ = drafted(tmp_path, made(order_id=int, customer_id=code, f3=code, date=day_of, f4=day_of, total=total_of))
    assert _RECOGNISED not in text


def test_a_state_under_an_unknown_name_is_asked(tmp_path):
    text, shop = drafted(
        tmp_path,
        made(
            order_id=int,
            customer_id=code,
            date=day_of,
            total=total_of,
            f5=lambda o: "cancelled" if o % 4 == 0 else "paid",
        ),
    )
    assert seen(shop)[0] == ORDERS - ORDERS // 4
    assert f"# question: f5 cancelled: orders, or none? It {_RECOGNISED}" in text


def twice(order):
    return order - order % 2 if order < 12 else order


def test_two_orders_of_one_day_stay_two_where_a_column_numbers_them(tmp_path):
    text, shop = drafted(
        tmp_path,
        made(
            f1=lambda o: f"N{o:04}",
            customer_id=lambda o: code(twice(o)),
            date=lambda o: day_of(twice(o))[:10],
            total=total_of,
        ),
    )
    assert seen(shop)[:2] == (ORDERS, TOTAL)
    assert "# look: f1 numbers orders by its values, not its name" in text
