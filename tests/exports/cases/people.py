"""Who an export's rows belong to, and who is nobody."""

from tests.exports.cases.situation import PLAIN, by_order, code, iso, mail, share, situation, text, truth


def _of(sales, who, nobody=lambda _: False, said="", **more):
    rows = by_order(sales, {**PLAIN, "customer_id": who, **more})
    return {"orders.csv": text(rows)}, truth(sales, nobody=nobody, said=said)


def _guests(word):
    return lambda sales: _of(sales, lambda s: word if share(s, 4) else code(s), lambda s: share(s, 4))


for _name, _word in {
    "guest_zero_uuid": "00000000-0000-0000-0000-000000000000",
    "guest_consumidor_final": "Consumidor Final",
    "guest_cliente_varios": "CLIENTES VARIOS",
    "guest_cash_sale": "CASH SALE",
    "guest_diverse": "Diverse Kunden",
    "guest_passage": "Client de passage",
    "guest_walk_in": "Walk-in",
    "guest_nines": "99999999",
    "guest_sanke": "散客",
    "guest_none": "(none)",
    "guest_not_set": "not set",
    "guest_general_public": "PUBLICO EN GENERAL",
    "guest_one_time": "One Time Customer",
    "guest_cpd": "CPD-Kunde",
}.items():
    _make = _guests(_word)
    _make.__name__ = _name
    situation(_make)


@situation
def crowd_without_a_word(sales):
    """A number that a quarter of all orders have is no person, though no word says so."""
    return _of(sales, lambda s: "K7781" if share(s, 4) else code(s), lambda s: share(s, 4), said="K7781|many people")


@situation
def zero_beside_email(sales):
    return _of(sales, lambda s: 0 if share(s, 3) else s.customer + 1, billing_email=mail)


@situation
def sci_ids(sales):
    return _of(sales, lambda s: f"{8_613_000_000_000 + s.customer * 1_234_567:.5E}", said="scientific notation")


@situation
def sci_ids_of_some(sales):
    """Short ids stay as they are, long ones are cut."""
    return _of(
        sales,
        lambda s: f"{8_613_000_000_000 + s.customer * 1_234_567:.2E}" if share(s, 3) else code(s),
        said="scientific notation",
    )


@situation
def formula_ids(sales):
    return _of(sales, lambda s: f'="{s.customer:05}"')


@situation
def lost_zeros(sales):
    """One file keeps 00123, another has lost its zeros: the same people."""
    half = len(sales) // 2
    first = by_order(sales[:half], {**PLAIN, "customer_id": lambda s: f"{s.customer + 100:06}"})
    second = by_order(sales[half:], {**PLAIN, "customer_id": lambda s: s.customer + 100})
    return {"orders_2025.csv": text(first), "orders_2026.csv": text(second)}, truth(sales, said="zeros")


@situation
def cashier_before_customer(sales):
    rows = by_order(sales, {"User": lambda s: f"Kasse {s.number % 3}", **PLAIN})
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def name_before_number(sales):
    rows = by_order(
        sales,
        {
            "Order ID": PLAIN["order_id"],
            "Customer": lambda _: "Anna Smith",
            "Customer Number": code,
            "Date": iso,
            "Total": PLAIN["total"],
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def id_changes_each_order(sales):
    """A marketplace names the buyer anew each time, and an e-mail tells who it is."""
    return _of(sales, lambda s: f"b{s.number}", email=mail)


@situation
def id_changes_and_nothing_else(sales):
    rows = by_order(sales, {**PLAIN, "customer_id": lambda s: f"b{s.number}"})
    made = truth(sales)
    return {"orders.csv": text(rows)}, type(made)(
        made.orders, made.amount, made.people, 0, "changes? with|single order"
    )


@situation
def person_by_phone(sales):
    rows = by_order(
        sales,
        {
            "Order No": PLAIN["order_id"],
            "Phone": lambda s: f"+49 170 {s.customer:07}",
            "Order Date": iso,
            "Total": PLAIN["total"],
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def email_in_two_cases(sales):
    rows = by_order(
        sales,
        {
            "Order No": PLAIN["order_id"],
            "E-Mail": lambda s: mail(s).upper() if share(s, 3) else f" {mail(s)}",
            "Order Date": iso,
            "Total": PLAIN["total"],
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)
