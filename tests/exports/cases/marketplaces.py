"""Marketplaces of the West and the East, as sellers download their orders."""

from tests.exports.cases.situation import (
    at,
    by_line,
    by_order,
    code,
    goods,
    grouped,
    iso,
    name,
    share,
    situation,
    sku,
    text,
    truth,
)


@situation
def amazon_all_orders(sales):
    """Tab-separated; an item's price is of its quantity; cancelled rows have neither."""

    def gone(s):
        return share(s, 11)

    rows = by_line(
        sales,
        {
            "amazon-order-id": lambda s: f"028-{s.number:07}-1234567",
            "merchant-order-id": lambda s: f"028-{s.number:07}-1234567",
            "purchase-date": lambda s: at(s, "%Y-%m-%dT%H:%M:%S+00:00"),
            "last-updated-date": lambda _: "2026-11-19T00:00:00+00:00",
            "order-status": lambda s: "Cancelled" if gone(s) else "Shipped",
            "sales-channel": lambda _: "Amazon.de",
            "buyer-email": lambda s: f"x{s.customer:06}@marketplace.amazon.de",
        },
        {
            "product-name": lambda _, n: name(n),
            "sku": lambda _, n: sku(n),
            "asin": lambda _, n: f"B0{sku(n)}",
            "quantity": lambda s, n: 0 if gone(s) else n.quantity,
            "currency": lambda s, _: "" if gone(s) else "EUR",
            "item-price": lambda s, n: "" if gone(s) else round(n.quantity * n.price, 2),
            "item-tax": lambda *_: "0.0",
            "shipping-price": lambda *_: "",
        },
    )
    return {"orders.txt": text(rows, "\t")}, truth([s for s in sales if not gone(s)], worth=goods)


@situation
def ebay_orders(sales):
    """A blank line above the header; of several items the order's row has the total; a count below all."""
    rows = []
    for sale in sales:
        head = {
            "Sales Record Number": sale.number - 1000,
            "Order Number": f"12-{sale.number:05}-77",
            "Buyer Username": f"bay{sale.customer}",
            "Buyer Name": "A B",
            "Item Number": "",
            "Item Title": "",
            "Custom Label": "",
            "Quantity": sum(n.quantity for n in sale.lines),
            "Sold For": f"${goods(sale):,.2f}",
            "Shipping And Handling": f"${sale.shipping:.2f}",
            "Total Price": f"${sale.total:,.2f}",
            "Sale Date": at(sale, "%b-%d-%y"),
            "Paid On Date": at(sale, "%b-%d-%y"),
        }
        items = [
            {
                "Item Number": sku(n),
                "Item Title": name(n),
                "Custom Label": sku(n),
                "Quantity": n.quantity,
                "Sold For": f"${n.quantity * n.price:,.2f}",
            }
            for n in sale.lines
        ]
        if len(items) == 1:
            rows.append(head | items[0])
        else:
            rows += [
                head,
                *(
                    dict.fromkeys(head, "")
                    | {k: head[k] for k in ("Sales Record Number", "Order Number", "Buyer Username", "Sale Date")}
                    | item
                    for item in items
                ),
            ]
    body = b"\r\n" + text(rows) + f"\r\n{len(sales)},record(s) downloaded\r\nSeller ID : shop\r\n".encode()
    return {"eBay-OrdersReport.csv": body}, truth(sales)


@situation
def etsy_orders(sales):
    """Net of fees and adjusted totals beside the order's; days in two digits a year; guests of Etsy have no number."""
    rows = by_order(
        sales,
        {
            "Sale Date": lambda s: at(s, "%m/%d/%y"),
            "Order ID": lambda s: 3_000_000_000 + s.number,
            "Buyer User ID": lambda s: f"buyer{s.customer}",
            "Full Name": lambda _: "A B",
            "Number of Items": lambda s: len(s.lines),
            "Payment Method": lambda _: "Credit Card",
            "Date Shipped": lambda s: at(s, "%m/%d/%y"),
            "Currency": lambda _: "USD",
            "Order Value": goods,
            "Discount Amount": lambda s: s.discount,
            "Shipping": lambda s: s.shipping,
            "Sales Tax": lambda _: 0,
            "Order Total": lambda s: s.total,
            "Card Processing Fees": lambda _: 0.5,
            "Order Net": lambda s: round(s.total - 0.5, 2),
            "Adjusted Order Total": lambda _: 0,
            "Buyer": lambda s: f"buyer{s.customer}",
            "Order Type": lambda _: "online",
        },
    )
    return {"EtsySoldOrders2026.csv": text(rows)}, truth(sales)


@situation
def mercado_libre(sales):
    """Sales below a title; months in Spanish words."""
    months = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ]
    rows = by_order(
        sales,
        {
            "# de venta": lambda s: 2_000_000_000 + s.number,
            "Fecha de venta": lambda s: f"{s.moment.day} de {months[s.moment.month - 1]} de {at(s, '%Y %H:%M')} hs.",
            "Estado": lambda s: "Venta cancelada" if share(s, 8) else "Entregado",
            "Unidades": lambda s: sum(n.quantity for n in s.lines),
            "Total (ARS)": lambda s: grouped(s.total * 1000, ".", ","),
            "Comprador": lambda s: f"COMPRADOR{s.customer}",
        },
    )
    kept = [s for s in sales if not share(s, 8)]
    return {"ventas.csv": b"Ventas de Mercado Libre\r\n" + text(rows, ";")}, truth(kept, worth=lambda s: s.total * 1000)


@situation
def shopee_indonesia(sales):
    """Rupiah, points between thousands and no cents; cancelled orders stay in the list."""
    rows = by_order(
        sales,
        {
            "No. Pesanan": lambda s: f"26{s.number}QK",
            "Status Pesanan": lambda s: "Batal" if share(s, 8) else "Selesai",
            "Waktu Pesanan Dibuat": lambda s: at(s, "%Y-%m-%d %H:%M"),
            "Total Pembayaran": lambda s: "Rp " + grouped(round(s.total) * 1000, ".", ",", 0),
            "Username (Pembeli)": lambda s: f"user{s.customer}",
            "Kota/Kabupaten": lambda _: "KOTA BANDUNG",
        },
    )
    return {"Order.all.csv": text(rows)}, truth(
        [s for s in sales if not share(s, 8)], worth=lambda s: round(s.total) * 1000
    )


@situation
def taobao(sales):
    """GBK, numbers as formulas; closed trades paid nothing."""
    rows = by_order(
        sales,
        {
            "订单编号": lambda s: f'="{3_000_000_000_000_000_000 + s.number}"',
            "买家会员名": lambda s: f"tb{s.customer}",
            "买家应付货款": goods,
            "买家应付邮费": lambda s: s.shipping,
            "总金额": lambda s: s.total,
            "买家实际支付金额": lambda s: 0 if share(s, 9) else s.total,
            "订单状态": lambda s: "交易关闭" if share(s, 9) else "交易成功",
            "订单创建时间": iso,
            "订单付款时间": lambda s: "" if share(s, 9) else iso(s),
            "宝贝标题": lambda _: "茶",
        },
    )
    return {"ExportOrderList.csv": text(rows, encoding="gbk")}, truth([s for s in sales if not share(s, 9)])


@situation
def youzan(sales):
    """A row a product with the order's payment on each; a member by telephone."""
    rows = by_line(
        sales,
        {
            "订单号": lambda s: f"E2026{s.number}",
            "订单状态": lambda s: "交易关闭" if share(s, 9) else "交易完成",
            "下单时间": iso,
            "买家姓名": lambda _: "某",
            "买家手机号": lambda s: f"138{s.customer:08}",
            "订单实付金额": lambda s: f"{s.total:.2f}",
        },
        {
            "商品名称": lambda _, n: name(n),
            "商品编码": lambda _, n: sku(n),
            "商品数量": lambda _, n: n.quantity,
            "商品单价": lambda _, n: n.price,
        },
    )
    return {"订单导出.csv": text(rows, bom=True)}, truth([s for s in sales if not share(s, 9)])


@situation
def jd(sales):
    """GB18030; a trade that was deleted unpaid is none; tabs behind numbers."""
    rows = by_line(
        sales,
        {
            "订单号": lambda s: f"{250_000_000_000 + s.number}\t",
            "下单时间": iso,
            "订单金额": lambda s: f"¥{s.total:.2f}",
            "结算金额": lambda s: f"¥{s.total:.2f}",
            "订单状态": lambda s: "(删除)等待付款" if share(s, 9) else "完成",
            "下单帐号": lambda s: f"jd_{s.customer}",
            "客户姓名": lambda _: "某",
        },
        {
            "商品ID": lambda _, n: sku(n),
            "商品名称": lambda _, n: name(n),
            "订购数量": lambda _, n: n.quantity,
            "京东价": lambda _, n: n.price,
        },
    )
    return {"jd.csv": text(rows, encoding="gb18030")}, truth([s for s in sales if not share(s, 9)])


@situation
def douyin(sales):
    """An order above and one a product below; amounts with their unit in the name."""
    rows = by_line(
        sales,
        {
            "主订单编号": lambda s: f"6{s.number}\t",
            "订单提交时间": iso,
            "订单状态": lambda s: "已关闭" if share(s, 9) else "已完成",
            "用户ID": lambda s: f"u{s.customer}",
            "订单应付金额(元)": lambda s: s.total,
        },
        {
            "子订单编号": lambda s, n: f"6{s.number}{sku(n)}\t",
            "选购商品": lambda _, n: name(n),
            "商品数量(件)": lambda _, n: n.quantity,
        },
    )
    return {"抖店订单.csv": text(rows)}, truth([s for s in sales if not share(s, 9)])


@situation
def rakuten(sales):
    """Japanese, Shift-JIS, whole yen with commas."""
    rows = by_order(
        sales,
        {
            "注文番号": lambda s: f"r-{s.number}",
            "注文日時": lambda s: at(s, "%Y/%m/%d %H:%M:%S"),
            "会員ID": code,
            "ステータス": lambda s: "キャンセル" if share(s, 9) else "処理済",
            "合計金額": lambda s: f"{round(s.total * 150):,}円",
            "送料": lambda _: "0",
        },
    )
    return {"注文.csv": text(rows, encoding="cp932")}, truth(
        [s for s in sales if not share(s, 9)], worth=lambda s: round(s.total * 150)
    )
