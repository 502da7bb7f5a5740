"""Small exports of known orders, drafted and opened."""

from decimal import Decimal

from features.ingest.guessing.draft_toml import write_draft
from features.shop import open_shop
from tests.features.ingest.exports import rows, write

ORDERS = 120
CUSTOMERS = 24


def lines_of(order):
    """(product, price, pieces) of an order's lines; a product has one price."""
    return [
        (f"P{(order + 3 * at) % 7}", Decimal(5 + (order + 3 * at) % 7), 1 + (order + at) % 3)
        for at in range(1 + order % 3)
    ]


def total_of(order):
    return sum(price * pieces for _, price, pieces in lines_of(order))


def day_of(order):
    return f"2025-{1 + order // 28 % 12:02}-{1 + order % 28:02} 1{order % 10}:00:00"


def customer_of(order):
    return f"C{order % CUSTOMERS}"


TOTAL = sum(total_of(order) for order in range(ORDERS))


def table(header, *parts):
    return "\n".join([",".join(header), *(",".join(map(str, part)) for part in parts)]) + "\n"


def by_order(header, make, orders=range(ORDERS)):
    return table(header, *(make(order) for order in orders))


def by_line(header, make):
    return table(header, *(make(order, *line) for order in range(ORDERS) for line in lines_of(order)))


def drafted(tmp_path, files):
    folder = write(tmp_path / "shop", files if isinstance(files, dict) else {"orders.csv": files})
    text = write_draft(folder).read_text().replace("\n#   ", " ")  # comments as they are before they wrap
    return text, open_shop(folder, home=tmp_path / "home")


def seen(shop):
    found = rows(shop)
    people = {row["customer_id"] for row in found} - {None}
    return len(found), sum(row["amount"] for row in found), len(people)


PLAIN = ("order_id", "customer_id", "date", "total")


def plain(order):
    return (order, customer_of(order), day_of(order), total_of(order))
