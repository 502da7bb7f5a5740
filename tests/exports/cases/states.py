"""Words of many languages for orders that are none, and for some that are."""

from tests.exports.cases.situation import PLAIN, by_order, share, situation, text, truth


def _undone(word, done="Completed", column="status"):
    def make(sales):
        rows = by_order(sales, {**PLAIN, column: lambda s: word if share(s, 4) else done})
        return {"orders.csv": text(rows)}, truth([s for s in sales if not share(s, 4)])

    return make


def _sold(word, column="status"):
    def make(sales):
        rows = by_order(sales, {**PLAIN, column: lambda s: word if share(s, 4) else "Completed"})
        return {"orders.csv": text(rows)}, truth(sales)

    return make


_UNDONE = {
    "expired": "Expired",
    "draft": "Draft",
    "payment_declined": "Payment declined",
    "test_order": "Test order",
    "awaiting": "Awaiting payment",
    "on_hold_unpaid": "Unpaid",
    "bozza": "Annullato",
    "geannuleerd": "Geannuleerd",
    "anulowane": "Anulowane",
    "avbruten": "Avbruten",
    "peruttu": "Peruttu",
    "iptal": "İptal edildi",
    "otmenen": "Отменён",
    "canceled_ja": "キャンセル",
    "canceled_ko": "주문취소",
    "batal": "Dibatalkan",
    "huy": "Đã hủy",
    "zruseno": "Zrušeno",
    "deleted": "Deleted",
    "void": "VOIDED",
    "failed": "wc-failed",
    "no_pagado": "No pagado",
    "pendente": "Aguardando pagamento",
    "brouillon": "Brouillon",
    "geloescht": "gelöscht",
    "wartet": "Warten auf Zahlung",
    "yiquxiao": "已取消",
    "daifukuan": "待付款",
    "guanbi": "交易关闭",
    "ceshi": "测试订单",
}
_SOLD = {
    "resent": "Delivery failed, sent again",
    "refused": "Cancellation refused",
    "pending_shipment": "Pending shipment",
    "awaiting_pickup": "Awaiting pickup",
    "contest": "Contest winner",
    "partially_shipped": "Partially shipped",
    "processing": "In Bearbeitung",
    "latest": "Latest",
}
for _name, _word in _UNDONE.items():
    _make = _undone(_word)
    _make.__name__ = f"undone_{_name}"
    situation(_make)
for _name, _word in _SOLD.items():
    _make = _sold(_word)
    _make.__name__ = f"sold_{_name}"
    situation(_make)


@situation
def cancelled_flag(sales):
    """No word, a flag: true where the order was cancelled."""
    rows = by_order(sales, {**PLAIN, "is_cancelled": lambda s: "true" if share(s, 5) else "false"})
    return {"orders.csv": text(rows)}, truth([s for s in sales if not share(s, 5)])


@situation
def test_flag(sales):
    rows = by_order(sales, {**PLAIN, "test": lambda s: "1" if share(s, 5) else "0"})
    return {"orders.csv": text(rows)}, truth([s for s in sales if not share(s, 5)])


@situation
def two_states(sales):
    """Payment and order have a state each: either may undo it."""
    rows = by_order(
        sales,
        {
            **PLAIN,
            "order_status": lambda s: "cancelled" if share(s, 5) else "closed",
            "payment_status": lambda s: "failed" if share(s, 7) else "paid",
        },
    )
    return {"orders.csv": text(rows)}, truth([s for s in sales if not share(s, 5) and not share(s, 7)])


@situation
def refunds_as_positive_rows(sales):
    rows = by_order(
        sales, {**PLAIN, "order_id": lambda s: s.number, "type": lambda s: "Credit Memo" if share(s, 6) else "Invoice"}
    )
    return {"orders.csv": text(rows)}, truth(sales, lambda s: -s.total if share(s, 6) else s.total)


@situation
def refund_rows_by_status(sales):
    """Each refund is a row of its own with a number of its own, positive, told by its state alone: a question."""
    rows = by_order(sales, {**PLAIN, "transaction_type": lambda s: "REFUND" if share(s, 6) else "SALE"})
    return {"orders.csv": text(rows)}, truth(sales, lambda s: -s.total if share(s, 6) else s.total)


@situation
def returning_customers(sales):
    return _sold("returning customer", "customer_type")(sales)
