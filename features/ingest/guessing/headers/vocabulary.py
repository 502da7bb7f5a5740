"""What columns and files of retailers' exports are usually called, in order of how likely each name means it."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from features.ingest.source.database import identifier

# Names without case, spaces and signs. The first that a source has is taken.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_id": (
            "orderid", "orderno", "ordernumber", "ordernr", "invoiceno", "invoice", "invoiceid", "invoicenumber",
            "basketid", "transactionid", "receiptid", "receiptno", "saleid", "billno", "ticketno", "order",
            "bestellnummer", "bestellnr", "auftragsnummer", "belegnummer", "rechnungsnummer", "bonnummer",
            "numerocommande", "numeropedido", "订单号", "订单编号", "订单id", "交易号", "小票号", "receiptnumber",
            "receipt", "orderref", "orderreference", "reference", "référence", "incrementid", "shoppurchaseid",
            "saleno", "salenumber", "checkid", "documentno", "documentnumber", "orderidentifier", "amazonorderid",
            "訂單編號", "訂單號", "單號", "受注番号", "주문번호", "主订单编号", "订单流水号", "单号", "流水号",
            "ordername", "رقمالطلب", "id",
        ),
        "customer_id": (
            "customerid", "customeruniqueid", "customerno", "customernumber", "custid", "clientid", "userid",
            "memberid", "householdid", "buyerid", "shopperid", "visitorid", "accountid", "cardid", "loyaltyid",
            "customer", "user", "kundennummer", "kundennr", "kundenid", "kunde", "idclient", "numeroclient",
            "client", "idcliente", "cliente", "会员号", "会员编号", "会员id", "会员卡号", "客户编号", "客户id",
            "用户id", "用户编号", "买家id", "顾客编号", "householdkey", "customercode", "customerref",
            "buyeruserid", "buyernick", "memberno", "membernumber", "membercode", "contactid",
            "partnerid", "guestid", "买家会员名", "买家昵称", "下单帐号", "下单账号", "会员名", "买家", "顾客id",
            "customerkey", "會員編號", "會員帳號", "買家帳號", "客戶編號", "주문자id", "구매자id", "회원id", "会員id",
            "会員番号", "顧客id", "手机号", "收货人手机号", "partneridid", "userpseudoid", "رقمالعميل", "رقمالجوال",
        ),
        "happened_at": (
            "happenedat", "orderdate", "ordertime", "orderedat", "orderpurchasetimestamp", "purchasedate",
            "purchasedat", "invoicedate", "transactiondate", "transactiontimestamp", "transactiontime", "saledate",
            "soldat", "tdat", "createdat", "timestamp", "datetime", "eventtime", "sentat", "date", "time", "day",
            "ordereddate", "createddate", "bestelldatum", "bestellzeit", "rechnungsdatum", "belegdatum",
            "kaufdatum", "datum", "datecommande", "fechapedido", "fecha", "transactiondt", "下单时间", "订单时间",
            "支付时间", "交易时间", "日期", "时间", "datetimeofsale", "orderplaced", "placedat", "closedat",
            "salestime", "completedat", "dataordine", "datacompra", "订单创建时间", "订单付款时间", "付款时间",
            "买家付款时间",
            "訂單日期", "訂單成立時間", "下單時間", "訂購日期", "受注日", "受注日時", "주문일시", "주문일",
            "결제일", "결제일시", "dateadd", "createtime", "createdtime", "tscreatediso", "opened",
            "datazłożenia", "创建时间", "下单日期", "订单日期", "成交时间", "eventtimestamp", "تاريخالطلب",
            "processedat", "paymentdate",
        ),
        "known_at": ("knownat", "receivedat", "loadedat", "importedat", "etlloadedat"),
        "amount": (
            "amount", "totalamount", "ordertotal", "orderamount", "ordervalue", "basegrandtotal", "grandtotal",
            "totalprice", "total",
            "paymentvalue", "salesvalue", "netamount", "revenue", "sales", "turnover", "subtotal", "linetotal",
            "spend", "invoiceamount", "amounttotal", "totalpaid", "gesamtbetrag", "gesamtsumme", "bruttobetrag",
            "rechnungsbetrag", "gesamtbrutto", "brutto", "betrag", "summe", "umsatz", "montant", "montanttotal",
            "importe", "实付款", "支付总额", "实付金额", "订单金额", "支付金额", "金额", "总价", "basegrandtotal",
            "grandtotalbase", "ordertotalinctax", "ordertotalincltax", "totalinctax", "totalincltax",
            "ordertotalprice", "ordergrandtotal", "netsales", "grosssales", "totalcollected", "totalttc",
            "totalpaidtaxincl",
            "totalgeneral", "结算金额", "买家实际支付金额", "实际支付金额", "实付", "应付金额", "订单实付金额",
            "总金额", "订单总额", "商品总价", "成交金额", "إجماليالطلب", "اجماليالطلب",
        ),
        "quantity": (
            "quantity", "qty", "units", "quantityordered", "pieces", "menge", "anzahl", "quantite", "cantidad",
            "数量", "件数", "itemquantity", "orderlinesquantity", "productquantity", "订购数量", "购买数量",
            "宝贝总数量", "商品数量",
        ),
        "unit_price": (
            "unitprice", "priceeach", "itemprice", "priceperunit", "price", "einzelpreis", "stueckpreis",
            "prixunitaire", "precio", "单价", "价格", "orderlinesunitprice", "productprice", "京东价", "商品单价",
            "商品价格",
        ),
        "product_id": (
            "productid", "stockcode", "sku", "skuid", "articleid", "articleno", "itemid", "itemno", "upc", "ean",
            "gtin", "productcode", "product", "artikelnummer", "商品编号", "商品id", "货号", "orderlinesproduct",
            "asin", "productsku", "itemsku", "variantsku", "宝贝标题", "商品编码", "sku编码", "商品名称",
            "productname", "itemname",
        ),
        "product_name": ("productname", "itemname", "itemdescription", "lineitemname", "商品名称", "宝贝标题"),
        "kind": ("kind",),
        "of_order_id": ("oforderid", "originalorderid"),
        "discount": ("discount", "discountamount", "discounttotal", "rabatt", "优惠金额", "折扣金额"),
        "shipping": (
            "shipping", "shippingcost", "shippingfee", "freight", "freightvalue", "deliveryfee", "shippingtotal",
            "shippingprice", "versandkosten", "versand", "fraisdeport", "运费",
        ),
        "promised_at": (
            "promisedat", "promisedate", "promiseddate", "promiseddeliverydate", "promiseddelivery",
            "estimateddeliverydate", "estimateddeliveryat", "estimateddelivery", "orderestimateddeliverydate",
            "expecteddeliverydate", "expecteddelivery", "expectedarrivaldate", "scheduleddeliverydate",
            "planneddeliverydate", "latestdeliverydate", "requireddate", "commitmentdate", "deliverby",
            "liefertermin", "zugesagterliefertermin", "voraussichtlicheslieferdatum", "geplanteslieferdatum",
            "预计送达时间", "预计送达日期", "承诺送达时间", "承诺送达日期", "预计到货时间",
            "约定送达时间", "应送达时间", "預計送達時間", "預計到貨日", "預計送達日期",
        ),
        "delivered_at": (
            "deliveredat", "deliveredon", "delivereddate", "deliveredtime", "deliveredts", "datedelivered",
            "orderdeliveredcustomerdate", "actualdeliverydate", "actualdelivery", "actualdeliveryat",
            "actualarrivaldate", "zugestelltam", "geliefertam", "ausgeliefertam", "zustelldatum",
            "送达时间", "送达日期", "实际送达时间", "签收时间", "签收日期", "妥投时间", "送達時間", "簽收時間",
        ),
        "channel": ("channel", "saleschannel", "saleschannelid", "orderchannel", "kanal", "渠道"),
        "store_id": ("storeid", "store", "storeno", "shopid", "branchid", "branch", "filiale", "门店", "门店编号"),
        "benefit": (
            "benefit", "memberbenefit", "memberright", "membershipbenefit", "loyaltybenefit", "mitgliedsvorteil",
            "会员权益", "会员优惠", "会员优惠类型", "使用权益", "會員權益", "會員優惠",
        ),
        "category": (
            "category", "categoryname", "productcategory", "productcategoryname", "producttypename", "品类", "类目",
            "商品类目",
        ),
        "department": ("department", "departmentname", "indexgroupname", "warengruppe", "部门"),
        "brand": ("brand", "brandname", "manufacturer", "marke", "品牌"),
        "price": ("price", "listprice", "unitprice", "verkaufspreis", "价格", "售价"),
        "joined_at": (
            "joinedat", "signupdate", "registeredat", "registrationdate", "createdat", "membersince", "注册时间",
        ),
        "birth_year": ("birthyear", "yearofbirth", "出生年份"),
        "gender": ("gender", "sex", "性别"),
        "region": (
            "region", "state", "city", "customerstate", "country", "postalcode", "defaultaddresscity",
            "defaultaddresscountrycode", "plz", "ort", "省份", "城市",
        ),
        "tier": ("tier", "loyaltytier", "clubmemberstatus", "memberlevel", "会员等级"),
        "points": ("points", "loyaltypoints", "积分"),
        "session_id": ("sessionid", "usersession", "session", "visitid", "会话id"),
        "message_id": ("messageid", "sendid", "mailid"),
        "campaign_id": ("campaignid", "campaign"),
        "ticket_id": ("ticketid", "caseid", "ticket"),
        "name": ("name", "storename"),
        "latitude": ("latitude", "lat"),
        "longitude": ("longitude", "lng", "lon"),
        "email": (
            "email", "emailaddress", "billingemail", "customeremail", "buyeremail", "mail", "邮箱",
            "buyeremailaddress", "customeremailaddress", "emailcustomer", "e-mail", "contactemail", "电子邮箱",
            "邮件",
        ),
        "status": (
            "status", "orderstatus", "financialstatus", "bestellstatus", "state", "orderstate", "salestatus",
            "orderstatusname", "état", "etat", "estado", "stato", "situação", "订单状态", "交易状态",
            "订单交易状态", "訂單狀態", "주문상태", "注文ステータス", "対応状況", "対応状況名", "statusname",
            "状态",
        ),
        "type": (
            "type", "ordertype", "transactiontype", "documenttype", "doctype", "salestype", "belegart",
            "vorgangsart", "单据类型", "订单类型", "交易类型", "kind", "linetype", "recordtype",
            "transactionkind", "行类型",
        ),
        "event": ("eventtype", "eventname", "event", "behaviortype", "behavior", "activity", "行为", "行为类型"),
        "time": (
            "time", "ordertime", "saletime", "transactiontime", "uhrzeit", "zeit", "heure", "hora", "时间",
            "ordertimeofday", "saletimeofday",
        ),
        "refunded": (
            "refundedamount", "refundamount", "amountrefunded", "totalrefunded", "erstattung", "erstattungsbetrag",
            "退款金额",
        ),
        "called_off_at": (
            "cancelledat", "canceledat", "cancellationdate", "cancelleddate", "voidedat", "storniertam", "取消时间",
        ),
        "currency": (
            "basecurrencycode", "shopcurrency", "currency", "currencycode", "waehrung", "währung", "devise",
            "moneda", "币种", "ordercurrency", "ordercurrencycode", "currencyiso", "transactioncurrency",
            "paymentcurrency", "货币", "订单币种",
        ),
    }
)  # fmt: skip

# Where columns speak of line items, other names are plain too: a shop system writes an order's number as its name.
LINE_ITEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_id": ("name",),
        "product_id": ("lineitemsku", "lineitemproductid"),
        "quantity": ("lineitemquantity",),
        "unit_price": ("lineitemprice",),
    }
)

# What an event says that was a purchase, and what the others are called here.
BOUGHT = r"purchase|transaction|^(buy|bought|order|sale|sold)$|order[ _-]?(completed|placed)|购买|支付|下单"
EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "add_to_cart": r"cart|basket|加购|加入购物车",
        "view": r"view|^pv$|detail|浏览|点击",
        "wishlist": r"^fav|wish|like|收藏",
        "search": r"search|搜索",
    }
)

# Tables whose files are known by their names; orders, lines, products and customers show by what they hold.
FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_lines": ("orderlines", "orderitems", "lineitems", "basketitems", "orderdetails"),
        "products": ("products", "articles", "items", "catalog", "catalogue", "skus"),
        "customers": ("customers", "users", "members", "households", "demographics"),
        "identities": ("identities",),
        "touchpoints": ("touchpoints", "events", "clickstream", "visits", "sessions", "pageviews"),
        "messages": ("messages", "sends", "mailings", "campaignsends"),
        "responses": ("responses", "opens", "redemptions"),
        "tickets": ("tickets", "cases", "complaints"),
        "consents": ("consents", "optins"),
        "stores": ("stores", "branches", "shops"),
        "stock": ("stock", "inventory"),
    }
)


# Letters that are other letters with a stroke, which taking marks away does not part.
_STROKES = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae"})


def plain(name: str) -> str:
    """A name without case, spaces and signs."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def unmarked(name: str) -> str:
    """A name in small letters without the marks above and below them: mã đơn hàng, ma don hang."""
    apart = unicodedata.normalize("NFD", name.lower()).translate(_STROKES)
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if unicodedata.category(sign) != "Mn"))


def named(column: str) -> str:
    """A column as expressions write it: quoted where it is no plain name."""
    return column if re.fullmatch(r"[A-Za-z_]\w*", column, re.ASCII) else identifier(column)
