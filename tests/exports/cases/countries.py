"""Shops of many countries: their words, code pages and money."""

from tests.exports.cases.situation import (
    PLAIN,
    at,
    by_line,
    by_order,
    code,
    goods,
    grouped,
    iso,
    mail,
    share,
    situation,
    sku,
    text,
    truth,
)  # fmt: skip


def _kept(sales):
    return [s for s in sales if not share(s, 9)]


def _local(sales, columns, states, worth, encoding, delimiter=";"):
    """One row an order; every ninth is called off; `states` are the column, the word of such orders and of others."""
    column, off, done = states
    rows = by_order(sales, {**columns, column: lambda s: off if share(s, 9) else done})
    return {"orders.csv": text(rows, delimiter, encoding)}, truth(_kept(sales), worth)


@situation
def russian_code_page(sales):
    columns = {
        "Номер заказа": lambda s: s.number,
        "Дата": lambda s: at(s, "%d.%m.%Y %H:%M:%S"),
        "Код клиента": code,
        "Сумма": lambda s: grouped(s.total * 90, "\u00a0", ","),
    }
    return _local(sales, columns, ("Статус", "Отменён", "Выполнен"), lambda s: round(s.total * 90, 2), "cp1251")


@situation
def turkish_code_page(sales):
    columns = {
        "Sipariş No": lambda s: s.number,
        "Sipariş Tarihi": lambda s: at(s, "%d.%m.%Y %H:%M"),
        "Müşteri No": code,
        "Toplam Tutar": lambda s: grouped(s.total * 40, ".", ",") + " TL",
    }
    states = ("Sipariş Durumu", "İptal Edildi", "Teslim Edildi")
    return _local(sales, columns, states, lambda s: round(s.total * 40, 2), "cp1254")


@situation
def polish_code_page(sales):
    """In the wrong code page nobody would read nieopłacone."""
    columns = {
        "Numer zamówienia": lambda s: s.number,
        "Data złożenia": iso,
        "Klient": code,
        "Wartość brutto": lambda s: grouped(s.total * 4, " ", ",") + " zł",
    }
    return _local(sales, columns, ("Status", "nieopłacone", "zrealizowane"), lambda s: round(s.total * 4, 2), "cp1250")


@situation
def czech_with_and_without_vat(sales):
    columns = {
        "date": iso,
        "email": mail,
        "totalPriceWithoutVat": lambda s: grouped(s.total * 25 / 1.21, "", ","),
        "totalPriceWithVat": lambda s: grouped(s.total * 25, "", ","),
        "currency": lambda _: "CZK",
    }
    return _local(sales, columns, ("statusName", "Stornována", "Vyřízena"), lambda s: round(s.total * 25, 2), "cp1250")


@situation
def taiwanese(sales):
    columns = {
        "訂單編號": lambda s: s.number,
        "訂單日期": lambda s: at(s, "%Y/%m/%d %H:%M"),
        "會員編號": code,
        "訂單金額": lambda s: f"NT${round(s.total * 30):,}",
    }
    return _local(sales, columns, ("訂單狀態", "已取消", "已完成"), lambda s: round(s.total * 30), "big5", ",")


@situation
def korean_shop(sales):
    columns = {
        "주문번호": lambda s: f"2026-{s.number}",
        "주문일시": iso,
        "주문자ID": lambda s: f"id{s.customer}",
        "총 결제금액": lambda s: round(s.total * 1300),
        "배송비": lambda s: round(s.shipping * 1300),
    }
    return _local(sales, columns, ("주문상태", "취소완료", "배송완료"), lambda s: round(s.total * 1300), "cp949", ",")


@situation
def korean_marketplace(sales):
    def won(line):
        return round(line.price * 1300)

    rows = by_line(
        sales,
        {"주문번호": lambda s: f"20260{s.number}"},
        {
            "상품주문번호": lambda s, n: f"20260{s.number}{n.product:02}",
            "주문상태": lambda s, _: "취소" if share(s, 9) else "구매확정",
            "구매자ID": lambda s, _: f"u{s.customer}***",
            "결제일": lambda s, _: iso(s),
            "상품번호": lambda _, n: sku(n),
            "수량": lambda _, n: n.quantity,
            "상품가격": lambda _, n: won(n),
            "총 주문금액": lambda _, n: won(n) * n.quantity,
        },
    )
    files = {"스마트스토어.csv": text(rows, encoding="cp949")}
    return files, truth(_kept(sales), lambda s: sum(won(n) * n.quantity for n in s.lines))


@situation
def japanese_points_and_states(sales):
    """An order whose purchase is still going on: a question."""

    def state(s):
        return "注文取消し" if share(s, 9) else "購入処理中" if share(s, 13) else "発送済み"

    rows = by_order(
        sales,
        {
            "注文ID": lambda s: s.number,
            "会員ID": code,
            "小計": lambda s: round(goods(s) * 100),
            "送料": lambda s: round(s.shipping * 100),
            "合計": lambda s: round(s.total * 100),
            "受注日": iso,
            "対応状況名": state,
        },
    )
    return {"order.csv": text(rows, encoding="cp932")}, truth(sales, said="購入処理中")


@situation
def goods_before_what_was_paid(sales):
    """A Chinese marketplace: goods, discounts and postage beside what was paid."""
    rows = by_order(
        sales,
        {
            "订单号": lambda s: f"26{s.number}-123\t",
            "订单状态": lambda s: "已取消" if share(s, 9) else "已收货",
            "商品总价(元)": goods,
            "店铺优惠折扣(元)": lambda s: s.discount,
            "邮费(元)": lambda s: s.shipping,
            "用户实付金额(元)": lambda s: s.total,
            "手机": lambda s: f"139{s.customer:08}",
            "支付时间": iso,
        },
    )
    return {"orders.csv": text(rows, bom=True)}, truth(_kept(sales))


@situation
def row_of_explanations(sales):
    """A row that explains each column stands below the header; moments end in a tab."""
    rows = by_line(
        sales,
        {
            "Order ID": lambda s: f"57{s.number}0000000000\t",
            "Order Status": lambda s: "Canceled" if share(s, 9) else "Completed",
            "Created Time": lambda s: at(s, "%d/%m/%Y %H:%M:%S\t"),
            "Buyer Username": lambda s: f"user{s.customer}",
            "Order Amount": lambda s: s.total,
        },
        {
            "Seller SKU": lambda _, n: sku(n),
            "Quantity": lambda _, n: n.quantity,
            "SKU Subtotal After Discount": lambda _, n: round(n.price * n.quantity, 2),
        },
    )
    return {"skus.csv": text([{name: f"Explains {name}" for name in rows[0]}, *rows])}, truth(_kept(sales))


@situation
def euro_for_a_point(sales):
    """45€80 is no 4580."""
    rows = by_order(sales, {**PLAIN, "total": lambda s: f"{s.total:.2f}".replace(".", "€")})
    return {"orders.csv": text(rows)}, truth(sales, said="cannot be read")


@situation
def amounts_cut_by_a_spreadsheet(sales):
    rows = by_order(sales, {**PLAIN, "total": lambda s: f"{s.total * 1000:.1E}" if share(s, 2) else round(s.total)})
    return {"orders.csv": text(rows)}, truth(sales, said="scientific notation")


@situation
def before_and_after_a_discount(sales):
    rows = by_order(
        sales,
        {
            **{k: v for k, v in PLAIN.items() if k != "total"},
            "total_before_discount": goods,
            "discount": lambda s: s.discount,
            "shipping": lambda s: s.shipping,
            "total_after_discount": lambda s: s.total,
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def crowd_in_a_small_shop(sales):
    few = [s for s in sales if s.customer < 15]
    rows = by_order(few, {**PLAIN, "customer_id": lambda s: "K001" if share(s, 3) else code(s)})
    return {"orders.csv": text(rows)}, truth(few, said="K001")


@situation
def state_that_no_word_explains(sales):
    rows = by_order(sales, {**PLAIN, "status": lambda s: "Booking" if share(s, 5) else "Completed"})
    return {"orders.csv": text(rows)}, truth(sales, said="question: status Booking")


@situation
def web_and_till(sales):
    """Two files of orders, each with its own: only one can be a table's source."""
    half = len(sales) // 2
    till = {"Bon-Nr": lambda s: f"B{s.number}", "Kundennr": code, "Datum": iso, "Summe": lambda s: f"{s.total:.2f}"}
    files = {"web.csv": text(by_order(sales[:half], PLAIN)), "till.csv": text(by_order(sales[half:], till))}
    return files, truth(sales, said="till.csv looks like orders too|web.csv looks like orders too")
