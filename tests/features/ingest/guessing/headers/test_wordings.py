"""Names of columns that no list has, known by their words; and names that only sound alike."""

import pytest

from features.ingest.guessing.headers.wordings import worded, words

HEADERS = {
    "WooCommerce, a plugin": (
        "Order Number|Order Status|Order Date|Email (Billing)|Order Subtotal Amount|Order Shipping Amount|"
        "Order Refund Amount|Order Total Amount|SKU|Item #|Quantity (- Refund)|Item Cost",
        {"order_id": "Order Number", "happened_at": "Order Date", "unit_price": "Item Cost"},
    ),
    "Navision": (
        "Nr.|Verk. an Deb.-Nr.|Verk. an Name|Buchungsdatum|Betrag inkl. MwSt.|Währungscode",
        {
            "order_id": "Nr.", "customer_id": "Verk. an Deb.-Nr.", "happened_at": "Buchungsdatum",
            "amount": "Betrag inkl. MwSt.",
        },
    ),
    "Shopee": (
        "No. Pesanan|Status Pesanan|Waktu Pesanan Dibuat|Total Pembayaran|Username (Pembeli)|Kota/Kabupaten",
        {
            "order_id": "No. Pesanan", "status": "Status Pesanan", "happened_at": "Waktu Pesanan Dibuat",
            "amount": "Total Pembayaran", "customer_id": "Username (Pembeli)",
        },
    ),
    "Rakuten": (
        "注文番号|注文日時|会員ID|ステータス|合計金額|送料",
        {"order_id": "注文番号", "happened_at": "注文日時", "customer_id": "会員ID", "amount": "合計金額"},
    ),
    "an Italian list": (
        "N. ordine|Codice cliente|Data ordine|Totale ordine|Stato",
        {"order_id": "N. ordine", "customer_id": "Codice cliente", "happened_at": "Data ordine"},
    ),
    "PayPal": (
        "Date|Time|TimeZone|Name|Type|Status|Gross|Fee|Net|From Email Address|To Email Address|Transaction ID",
        {"order_id": "Transaction ID", "email": "From Email Address", "amount": "Gross", "person": "Name"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", HEADERS)
def test_a_system_s_columns_are_known_by_their_words(system):
    header, meant = HEADERS[system]
    assert {meaning: worded(meaning, header.split("|"))[0] for meaning in meant} == meant


@pytest.mark.parametrize(
    ("meaning", "name"),
    [
        ("amount", "Tax Amount"), ("amount", "Total Quantity"), ("amount", "Discount Total"),
        ("amount", "Refund Amount"),
        ("amount", "Total Items"), ("happened_at", "Date Shipped"), ("happened_at", "Order Updated Date"),
        ("customer_id", "Customer Email"), ("customer_id", "Customer Order Count"), ("order_id", "Order Item ID"),
        ("order_id", "子订单编号"), ("status", "Shipping Status"), ("status", "物流状态"),
        ("email", "Accepts Email Marketing"),
    ],
)  # fmt: skip
def test_a_name_that_sounds_alike_is_not_taken(meaning, name):
    assert worded(meaning, [name]) == []


def test_a_name_is_read_as_words():
    assert words("invoiceAmount (EUR)") == "invoice amount" and words("Order_#") == "order #"
