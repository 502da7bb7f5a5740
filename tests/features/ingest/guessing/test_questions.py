"""What an export leaves open is asked, with what each answer would give; an answer is taken, none leaves it open."""

from features.ingest.guessing.draft_toml import write_draft
from tests.features.ingest.exports import write
from tests.features.ingest.guessing.drafts import CUSTOMERS, ORDERS, by_line, customer_of, day_of


def test_answers_of_a_person_are_taken(tmp_path):
    header = ("order_id", "customer_id", "date", "sku", "quantity", "price")
    rows_of = by_line(header, lambda o, sku, price, n: (o, customer_of(o), day_of(o), sku, 1, price))
    folder = write(tmp_path / "shop", {"orders.csv": rows_of})
    asked = []

    def choose(asks, told):
        asked.append((asks, told))
        return 1

    text = write_draft(folder, choose).read_text()
    ((asks, told),) = asked
    assert asks == "is a price of one piece or of the row?"
    assert all(f"{ORDERS} orders of {CUSTOMERS} people" in one and "2025-01-01 to" in one for one in told)
    assert 'amount = "price"' in text and "(chosen)" in text and "# question" not in text
