"""What the words of an export say about its rows: sold, called off, given back, nobody's."""

import re
from collections.abc import Iterable
from typing import Final

# What never became an order: called off, not paid, not finished, made to try the shop.
_NOT_SOLD = re.compile(
    r"cancel|\bvoid|\bfailed\b|failure|trash|draft|abandon|declin|incomplete|expired|reject|\bdenied\b|\btest\b"
    r"|\bquote\b"
    r"|\bquotations?\b|\bdeleted\b|\bfraud|chargeback|not completed|timed? ?out"
    r"|(await|pending|waiting|wait for|to be|due).{0,12}pa(y|id)|(payment|paid).{0,12}(pending|awaited|due|missing)"
    r"|unpaid|not paid|auto.?closed"
    r"|storn|abgebrochen|abgelehnt|unbezahlt|offene? zahlung|warte.{0,12}zahlung|entwurf|verfallen|gelöscht"
    r"|testbestell"
    r"|\bangebot\b|fehlgeschlagen|ungültig"
    r"|annul|abandonn|refus|brouillon|expir|en attente.{0,20}(paiement|pago|virement)|impay|échou|supprim|\bdevis\b"
    r"|cancelad|anulad|rechazad|borrador|pendiente de pago|vencid|aguardando pagamento|recusad|no pagad|não pag"
    r"|rascunho|eliminad|fallid|caducad|pagamento pendente"
    r"|bozza|rifiutat|scadut|non pagat|attesa.{0,12}pagamento|fallit|geannuleer|geweigerd|concept|verlopen"
    r"|onbetaald|mislukt"
    r"|anulowan|odrzucon|nieopłacon|avbrut|avvist|annuller|mislykk|peruttu|peruutettu|hylätty|zrušen|storno|nezaplacen"
    r"|iptal|reddedil|ödenmedi|ödeme bekl|отмен|отказ|отклон|не оплач|неоплач|ожидает оплат|черновик|удал[её]н"
    r"|batal|gagal|belum (di)?bayar|kedaluwarsa|menunggu pembayaran|hủy|chưa thanh toán|ยกเลิก|ملغ|בוטל|취소"
    r"|결제 ?대기|미결제|실패"
    r"|キャンセル|取り?消|未入金|入金待ち|支払い?待ち|削除|失敗"
    r"|取消|交易关闭|已关闭|作废|测试|測試|待付款|等待买家付款|未付款|待支付|未支付|删除|付款失败|支付失败"
    r"|已失效|拒付|无效",
    re.IGNORECASE,
)
# What takes that back: the order stands although such a word occurs.
_SOLD_ALL_THE_SAME = re.compile(
    r"(cancel|storn|annul|void)\w*[ _-]*(request\w*)?[ _-]*(refused|rejected|declined|denied|withdrawn|abgelehnt"
    r"|refus)"
    r"|(deliver|shipping|shipment|dispatch|pick.?up|zustell|livraison|entrega|配送|派送|投递)\w*.{0,12}"
    r"(fail|attempt|fehlgeschlagen|échou|refus|失败)"
    r"|(sent|shipped|delivered|versandt|zugestellt) (again|anew|anyway)|uncancel|reinstat"
    r"|return.{0,12}(refused|rejected|declined)|retry (ok|succe)|取消失败|拒绝取消|取消申请被拒|(撤销|驳回)取消"
    r"|kein\w* (storn|abbruch)|non annul|not (cancel|void|declin|reject|expired)",
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
_NO_NAME = (
    r"guest|gast|anonym(ous|e|o|us)?|unknown|unbekannt|inconnu|none|no ?one|nobody|no customer|no name|not set"
    r"|not provided|"
    r"laufkundschaft|barverkauf|bar|walk[ _-]?in|cash|counter|default|over the counter|pos|till|one[ _-]?time"
    r"|retail|general|"
    r"generic|misc(ellaneous)?|various|divers\w*|sonstige|cpd|occasional|undefined|missing|house|dummy|casual|public"
)
_BUYER = r"customers?|clients?|sales?|checkout|users?|accounts?|kund\w*|buyer|shopper|visitor|person|public"
NOBODY: Final = (
    r"[0-]*0[0-]*|-+|\.+|-?1|9{5,}|x{2,}|\?+|n/?a|nil|"
    rf"[(\[<]?(the )?({_NO_NAME})([ _-]*({_BUYER}))?[)\]>]?|"
    r"(clientes?|clienti?) *(de |di |en )?"
    r"(general|finale?|finales|mostrador|passage|comptoir|anonym\w*|an[oó]nimo|varios|divers\w*|contado|gen[eé]rico|"
    r"occasionale?|eventual|balc[aã]o|n[aã]o identificado)|"
    r"consumidor(es)? final(es)?|consumatore finale|consommateur final|p[uú]blico (en )?general|venta p[uú]blico|"
    r"passant|klant|losse verkoop|kontant\w*|paragon|розничный покупатель|частное лицо|гость|аноним|"
    r"散客|游客|非会员|普通顾客|零售客户|匿名|匿名用户|临时客户|过路客|ゲスト|一般客|非会員|비회원|손님|khách lẻ"
    r"|pelanggan umum|umum"
)


def not_sold(values: Iterable[str]) -> tuple[str, ...]:
    """States that say an order never was one, or is none any more."""
    return tuple(sorted(v for v in values if _NOT_SOLD.search(v) and not _SOLD_ALL_THE_SAME.search(v)))


def given_back(values: Iterable[str]) -> tuple[str, ...]:
    """Kinds of documents that are returns."""
    return tuple(sorted(v for v in values if _GIVEN_BACK.search(v) and not _COMES_BACK.search(v)))
