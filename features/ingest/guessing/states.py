"""What the words of an export say about its rows: sold, called off, given back, nobody's."""

import re
from collections.abc import Iterable
from typing import Final

# What never became an order: called off, not paid, not finished, made to try the shop.
_NOT_SOLD = re.compile(
    r"cancel|\bvoid|\bfailed\b|failure|trash|draft|abandon|declin|incomplete|expired|reject|\bdenied\b|\btest\b|\bquote\b"
    r"|(await|pending|waiting|wait for|to be|due).{0,12}pa(y|id)|(payment|paid).{0,12}(pending|awaited|due|missing)"
    r"|unpaid|not paid|auto.?closed"
    r"|storn|abgebrochen|abgelehnt|unbezahlt|offene? zahlung|warte.{0,12}zahlung|entwurf|verfallen"
    r"|annul|abandonn|refus|brouillon|expir|en attente.{0,20}(paiement|pago|virement)|impay"
    r"|cancelad|anulad|rechazad|borrador|pendiente de pago|vencid|aguardando pagamento|recusad"
    r"|取消|交易关闭|已关闭|作废|测试|待付款|等待买家付款|未付款|待支付|未支付|删除|付款失败|支付失败",
    re.IGNORECASE,
)
# What takes that back: the order stands although such a word occurs.
_SOLD_ALL_THE_SAME = re.compile(
    r"(cancel|storn|annul|void)\w*[ _-]*(request\w*)?[ _-]*(refused|rejected|declined|denied|withdrawn|abgelehnt|refus)"
    r"|(deliver|shipping|shipment|dispatch|pick.?up|zustell|livraison|entrega|配送|派送|投递)\w*.{0,12}"
    r"(fail|attempt|fehlgeschlagen|échou|refus|失败)"
    r"|(sent|shipped|delivered|versandt|zugestellt) (again|anew|anyway)|uncancel|reinstat"
    r"|return.{0,12}(refused|rejected|declined)|取消失败|拒绝取消|取消申请被拒",
    re.IGNORECASE,
)
_GIVEN_BACK = re.compile(
    r"\breturn(ed|s)?\b(?!ing)|refund|retour|gutschrift|rückgabe|credit ?(note|memo)|\bavoir\b|rembours"
    r"|devoluci|devolu[cç]|reembols|退",
    re.IGNORECASE,
)
# "Returning customer" comes back himself.
_COMES_BACK = re.compile(
    r"return(ing|ed)?[ _-]*(customer|client|visitor|buyer|user|guest)|non?[ _-]?return", re.IGNORECASE
)
# Whole ids that stand for guests.
NOBODY: Final = (
    r"0+|-+|\.+|-?1|9{5,}|x+|n/?a|nil|"
    r"(the )?(guest|gast|anonymous|anonym|anonyme|unknown|unbekannt|inconnu|none|no customer|no name|laufkundschaft|"
    r"barverkauf|walk-?in|cash|counter|default|over the counter|pos|till)"
    r"([ _-]*(customer|client|sale|checkout|user|account|kunde|buyer))?|"
    r"(cliente|client)( (general|final|mostrador|passage|comptoir|anonyme))|散客|游客|非会员|普通顾客|零售客户|匿名"
)


def not_sold(values: Iterable[str]) -> tuple[str, ...]:
    """States that say an order never was one, or is none any more."""
    return tuple(sorted(v for v in values if _NOT_SOLD.search(v) and not _SOLD_ALL_THE_SAME.search(v)))


def given_back(values: Iterable[str]) -> tuple[str, ...]:
    """Kinds of documents that are returns."""
    return tuple(sorted(v for v in values if _GIVEN_BACK.search(v) and not _COMES_BACK.search(v)))
