"""Columns that no list foresees, known by the words their names are made of: "Order Total Amount", "N. ordine"."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from features.ingest.guessing.headers.vocabulary import unmarked

_ORDER = (
    r"order|invoice|receipt|transaction|purchase|sales?|ticket|bon|beleg|verkaufsbeleg|auftrag\w*|bestell\w*"
    r"|rechnung\w*|"
    r"commande|facture|pedido|venta|venda|compra|ordine|bestel\w*|zam[oó]wieni\w*|ordre|注文|订单|單號|주문"
    r"|pesanan|заказ\w*|"
    r"don hang|hoa don|objednavk\w*|tilau\w*|rendeles\w*|comanda|comenzii|paragon\w*"
    r"|замовлен\w*|παραγγελ\w*|الطلب"
    r"|הזמנה|faktura\w*|encomenda|nota fiscal|"
    r"sipari[sş]\w*|document|doc|check|bill|memo"
)
_NUMBER = (
    r"#|id|no|nr|n|num|numm?er\w*|n[uú]mero|number|ref|reference|code|codice|cod|kod|код|номер|№"
    r"|cislo|numer|nro|nomor|kode|szama?|azonosito|رقم|מספר|เลขที่|αριθμος|κωδικος"
)
_BUYER = (
    r"customer|client|buyer|member|user|shopper|patron|contact|kunden?|debitor|deb|auftraggeber\w*|klant\w*|klient\w*|"
    r"clientes?|comprador|acheteur|会員|会员|客户|客戶|买家|顾客|用户|고객|pembeli|pelanggan|покупател\w*|клиент\w*|"
    r"m[uü][sş]teri|kupując\w*|kund|asiakas|asiakkaan|zakaznika?|kontrahenta?|ugyfel|vevo|khach hang|клієнта?|"
    r"покупця|πελατη|kupac|kupca|pirkej\w*|العميل|לקוח"
)
_DAY = (
    r"date|datum|data|fecha|time|timestamp|zeit|zeitpunkt|dato|日時|日期|时间|時間|waktu|tanggal|дата|tarihi?|ngày|"
    r"일시|날짜|datetime|am|paiva\w*|pvm|thoi gian|ngay|ημερομηνια|تاريخ|תאריך|dt|dato"
)
_PLACED = (
    rf"{_ORDER}|created|creation|placed|submitted|added|entered|posting|buchung|kauf|zakupu|erstell\w*|cr[eé]ation|sold"
)
_MONEY = (
    r"total\w*|gesamt\w*|sum|summe|amount|\w*betrag|revenue|umsatz|sales|turnover|paid|gross|brutto\w*|montant"
    r"|importe|"
    r"valor|importo|\w*bedrag|warto[sś][cć]|kwota|\w*wert|netto\w*|net|\w*金额|\w*金額|合計|\w*금액|합계|сумма"
    r"|tutar\w*|jumlah|"
    r"pembayaran|do zapłaty|zapłacono|spent|spend|value|charged|collected|ingresos|cobrado|belopp|beløb|summa"
    r"|totaal\w*|totale|celkem|razem|toplam|összesen|yhteensä|итого|tổng tiền|tổng cộng"
    r"|tong thanh toan|celkova|castka|vegosszeg|osszeg|loppusumma|"
    r"συνολο|ποσο|المبلغ|اجمالي|סכום|разом|сума|valoare|vlr"
    r"|price paid|order price|(sale|selling) price"
)
_TAX = r"tax|vat|mwst|ust|iva|tva|btw|moms|mva|dph|alv|afa|kdv|ндс|пдв|φπα"
_WITH_TAX = (
    rf"\b(incl|inc|inkl|including|with|con|ttc|avec|mit|cu|s|z|sis|с|з|με|ink)\b\.?.*?\b({_TAX})\b|\bttc\b"
    r"|(?<!不)含税|税込み?"
)
_PHONE = r"phone|mobile|telefon\w*|tel|handy|cell|手机|手机号|电话|電話|whatsapp|celular|t[eé]l[eé]phone|телефон"

# Meaning → ranks of names, the likeliest first: what they say, and what they must not.
_RANKS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "order_id": (
            (
                rf"\b({_ORDER})\b.*?(\b({_NUMBER})\b|#|№)|(\b({_NUMBER})\b|#|№).*?\b({_ORDER})\b|(订单|交易"
                rf"|单据?|주문)(编号|号码?|번호)"
                r"|注文(番号|id)|(bon|beleg|auftrags?|bestell?|rechnungs?|ordre|sales?|order|receipt)(nr|no"
                r"|nummer|number|id)\b",
                r"item|line|lineitem|customer|parent|original|store|tracking|date|status|total|type|position|merchant|"
                r"子订单|payment|address|of|count|kunden?\w*|client|items|quantity|discount|coupon|phone|user|校验",
            ),
            (r"^(nr|no|number|nummer|verkaufsbeleg|vkbeleg|vbeln|beleg|bon|number id|order|pedido|commande|id)$", "$^"),
        ),
        "customer_id": (
            (
                rf"\b({_BUYER})\b.*?\b({_NUMBER}|account|username|login|nick\w*|hash|uuid|guid|pseudonym|key|token)\b|\b({_NUMBER}|login"
                rf"|username)\b.*?\b({_BUYER})\b"
                r"|(会员|会員|客户|买家|顾客|用户|고객)(编号|号|id|账号|帐号|昵称|番号|번호)|(kunden?|kund|klant|asiakas"
                r"|debitoren?|client|medlems)(nr|no|nro|nummer|numero|id|code|tunnus)\b",
                r"mail|e mail|phone|tel|type|group|zip|postal|vat|tax|address|note|birth|count|since|order"
                r"|orders|name|service",
            ),
            (
                rf"^({_BUYER}|kunnr|username|auftraggeb|nick\w*|member|loyalty card|card number"
                rf"|carte fid[eé]lit[eé])$",
                "$^",
            ),
        ),
        "person": (
            (
                rf"^(customer|buyer|billing|contact|client)? ?({_PHONE})( (number|no|nr))?$|手机号|电话号码",
                "seller|store|shop",
            ),
            (rf"^({_BUYER}|billing|bill to|full) ?(name|full name)$|^name$", "$^"),
        ),
        "happened_at": (
            (
                rf"\b({_PLACED})\b.*?\b({_DAY})\b|\b({_DAY})\b.*?\b({_PLACED})\b|(下单|成交|付款|提交|创建"
                rf"|支付)(时间|日期)"
                r"|注文(日時|日)|주문(일시|일|날짜)|(bestell|erstell|auftrags?|beleg|buchungs?|rechnungs?|kauf|bestel"
                r"|order|transaktions?|verkaufs?)(datum|zeit|date|tag)\b"
                r"|订单提交时间|waktu pesanan dibuat",
                r"ship\w*|deliver\w*|due|updated?|modif\w*|chang\w*|cancel\w*|birth|refund\w*|expir\w*"
                r"|dispatch\w*|versand|liefer\w*|"
                r"valid|login|regist\w*|last|member|customer|zone|estimated|required|发货|更新|结束",
            ),
            (
                r"^(created|creation|placed|submitted|sold|ordered|processed|erstellt|erstellt am|angelegt am"
                r"|created on|"
                r"date (created|added|time|utc|ordered)|datum zeit|dato|data|tanggal|ngày|дата|日時|日付|tarih"
                r"|audat|erdat|"
                r"order created|bestilt|buchung|datetime|zeitstempel|local time|date time)$",
                "$^",
            ),
        ),
        "email": (
            (
                r"\be ?mail\b|\bmail\b|メール|邮箱|郵箱|correo|courriel",
                r"accepts?|marketing|to|seller|shop|store|consent|opt|sent|status|campaign|subscri\w*|newsletter"
                r"|staff",
            ),
        ),
        "amount": (
            (
                rf"\b(total\w*|gesamt\w*|grand|order|paid|collected|brutto\w*|gross|charged|spent)\b.*\b({_MONEY})\b|"
                rf"\b({_MONEY})\b.*\b(total\w*|gesamt\w*|order|paid|collected|brutto|gross|ordine|zam[oó]wienia"
                rf"|pesanan)\b|"
                r"(实付|应付|支付|订单|成交|应收|实收).*(金额|款)|合計金額|결제금액|^(gross|paid|brutto|totalt?"
                r"|totaal\w*|totale)$"
                r"|\w*betrag withtax",
                "",
            ),
            (rf"\b({_MONEY})\b|\w*(betrag|summe|umsatz|wert|金额|金額|合計)$", ""),
        ),
        "status": (
            (
                r"\b(status\w*|state|stato|estado|statut|stat[uü]s[uü]|stav|tila|durum\w*|статус)\b"
                r"|^(payment |transaction )?result$|状況|حالة|状态|狀態|ステータス|상태"
                r"|trạng thái",
                r"ship\w*|fulfil\w*|deliver\w*|marketing|customer|country|billing|address|province|tax|united"
                r"|loyalty|item|email|"
                r"subscri\w*|refund|发货|物流|退款|售后|envio|versand|liefer\w*|member|vip",
            ),
        ),
        "unit_price": (
            (
                r"\b(unit|item|piece|st[uü]ck|einzel\w*)\b.*\b(price|cost|preis|net)\b|单价|単価"
                r"|(precio|prezzo|prix) unit\w*",
                "total|tax|shipping",
            ),
        ),
        "quantity": (
            (
                r"\b(quantity|qty|menge|cantidad|quantit\w*|aantal|ilo[sś][cć]|jumlah)\b|数量|件数|個数",
                "total|order|refunded|shipped",
            ),
        ),
        "product_id": (
            (
                r"\bsku\b|\b(item|product|article|artikel|variant|material|art)\b.*\b(id|no|nr|number|code)\b"
                r"|artikelnr|货号|商品(编码|编号|id)|matnr",
                "order|name",
            ),
        ),
    }
)  # fmt: skip
_NO_AMOUNT = (
    r"\b(tax\w*|vat|mwst|ust|iva|tva|btw|moms|mva|dph|alv|afa|kdv|ндс|пдв|ship\w*|versand\w*|deliver\w*|handling|freight|frete|postage|discount\w*"
    r"|rabatt\w*"
    r"|descuento|desconto|"
    r"refund\w*|fee|fees|tip|tips|quantity|qty|items?|units?|count|points?|weight|cost|costs|margin|profit"
    r"|balance|due|line|"
    r"credit|gift|deposit|anzahl|ratio|rate|percent|id|number|date|time|status|type|method|currency|code|tender"
    r"|cash|card|"
    r"channel|name|rep|person|record|tender\w*|lifetime|average|avg|previous|payout|rounding|commission|coupon"
    r"|no|nr)\b"
    r"|运费|邮费|优惠|税|退|数量|积分|运營|手续费|佣金|折扣|送料|消費税|배송"
)


def words(name: str) -> str:
    """A name as words in small letters: camel case parted, signs other than # as blanks, brackets left out."""
    bare = re.sub(r"[(\[（].*?[)\]）]", " ", name)
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", bare)
    return " ".join(re.sub(r"[^\w#№]+|_", " ", parted).lower().split())


def worded(meaning: str, names: Iterable[str]) -> list[str]:
    """The columns whose names could mean it, the likeliest first."""
    ranks = _RANKS.get(meaning, ())
    found: dict[str, None] = {}
    said = {name: _plain_of_tax(words(name), meaning) for name in names}
    for fits, never in ranks:
        never = _NO_AMOUNT if meaning == "amount" else rf"(?<![a-zà-ÿ])({never})(?![a-zà-ÿ])"
        for name, text in said.items():
            ways = (text, unmarked(text))  # with the marks of its letters, and as those write who leave them out
            if any(re.search(fits, way) for way in ways) and not any(re.search(never, way) for way in ways):
                found.setdefault(name)
    return list(found)


def no_amount(name: str) -> bool:
    """Whether a name says that a column of numbers is no order's amount: a tax, a discount, a count, an id."""
    said = _plain_of_tax(words(name), "amount")
    return bool(re.search(rf"(?<![a-zà-ÿ])({_NO_AMOUNT})(?![a-zà-ÿ])", f"{said} {unmarked(said)}"))


def _plain_of_tax(text: str, meaning: str) -> str:
    """An amount with tax, or after a discount, names it and is an amount; one without it is part of an amount."""
    if meaning != "amount":
        return text
    text = re.sub(_WITH_TAX, "withtax", text)
    text = re.sub(r"\b(after|less|minus|nach|après|con)\b( \w+)? (discount|rabatt|remise|descuento)\w*", "paid", text)
    text = re.sub(r"不含税|未税|税抜き?", "net", text)
    without = r"excl?|exkl|eks|ohne|zzgl|hors|ht|before|without|sin|senza|sem|bez|fara|uten|uden|ilman|без"
    return re.sub(rf"\b({without})\b.*?(\b({_TAX})\b|$)", "net", text)
