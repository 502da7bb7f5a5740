"""What the words of an export say about its rows: sold, called off, given back, nobody's."""

import re
from collections.abc import Iterable
from typing import Final

from features.ingest.guessing.headers.vocabulary import unmarked

# What never became an order: called off, not paid, not finished, made to try the shop.
_NOT_SOLD = re.compile(
    r"cancel|\bvoid|\bfail(ed)?\b|failure|\bwc pending$"
    r"|trash|draft|abandon|declin|incomplete|expired|reject|\bdenied\b|\btest\b"
    r"|\bquote\b"
    r"|\bquotations?\b|\bdeleted\b|\bfraud|chargeback|not completed|timed? ?out"
    r"|(await|pending|waiting|wait for|to be|due).{0,12}pa(y|id)|(payment|paid).{0,12}(pending|awaited|due|missing)"
    r"|unpaid|not paid|auto.?closed|no payment|payment (was )?not|not (yet )?(been )?(paid|captured|authori[sz]ed)"
    r"|storn|abgebrochen|abgelehnt|unbezahlt|offene? zahlung|warte.{0,12}zahlung"
    r"|zahlung.{0,12}(ausstehend|erwartet|offen)|entwurf|verfallen|gelöscht"
    r"|testbestell"
    r"|\bangebot\b|fehlgeschlagen|ungültig"
    r"|annul|abandonn|refus|brouillon|expir|en attente.{0,20}(paiement|pago|virement)|impay|échou|supprim|\bdevis\b"
    r"|cancelad|anulad|rechazad|borrador|pendiente de pago|vencid|aguardando pagamento|recusad|no pagad|não pag"
    r"|rascunho|eliminad|fallid|caducad|pagamento pendente"
    r"|bozza|rifiutat|scadut|non pagat|attesa.{0,12}pagamento|fallit|geannuleer|geweigerd|concept|verlopen"
    r"|onbetaald|mislukt"
    r"|wacht\w* op betaling|väntar på betalning|a[fv]venter betaling|odottaa maksua|čeká na platbu"
    r"|fizetésre vár|oczek\w* .{0,12}(płatno|wpłat)"
    r"|anulowan|odrzucon|nieopłacon|avbrut|avvist|annuller|mislykk|peruttu|peruutettu|hylätty|zrušen|storno|nezaplacen"
    r"|iptal|reddedil|ödenmedi|ödeme bekl|отмен|отказ|отклон|не оплач|неоплач|ожида\w* оплат|черновик|удал[её]н"
    r"|batal|gagal|belum (di)?bayar|kedaluwarsa|menunggu pembayaran|hủy|chưa thanh toán|ยกเลิก"
    r"|ملغ|ألغ|بانتظار الدفع|غير مدفوع|בוטל|취소"
    r"|makuler|kasser(t|et|ad)|(o|ej |inte |u|ikke )betal|maksamatta|neuhrazen|neplatn|čeká na úhradu"
    r"|sztorn|törölt|törölve|lemond|meghiúsult|kifizetetlen|nincs fizetve|anulat"
    r"|neachitat|neplătit|eșuat|în așteptarea plății"
    r"|ακυρ|απληρ|απέτυχε|απορρίφ|αναμονή πληρωμ|скасован|відхилен|не ?сплачен|очіку\w* оплат|анульован"
    r"|otkazan|preklican|tühistat|atšaukt|atcelt|thất bại|chờ thanh toán|đã huỷ|da huy|מבוטל|לא שולם|ממתין לתשלום|נכשל"
    r"|रद्द|असफल|भुगतान (लंबित|प्रतीक्षा)|ไม่สำเร็จ|ล้มเหลว|ที่ต้องชำระ|รอ(การ)?ชำระ|ยังไม่(ได้)?ชำระ"
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
# Words of orders that stand, whatever became of them since.
_SOLD = re.compile(
    r"complet|closed|\bdone\b|finish|deliver|\bship|\bsent\b|dispatch|fulfil|unshipped|\bpaid\b"
    r"|paym\w* (accept|receiv|confirm)"
    r"|captur|success|settled|process|in progress|confirm|accept|approv|invoic|\bsales?\b|\bsold\b|\border(ed)?\b"
    r"|\bopen\b|\bnew\b|\bactive\b|\bready\b|pick.?up|picked|picking|pack(ed|ing)|prepar|partial|refund|return"
    r"|back.?order|(await|pending)\w*.(ship|fulfil|pick|collect|deliver)|in transit|\bposted\b|receiv|archived|exchang"
    r"|abgeschloss|versand|versend|verschick|geliefert|zugestellt|(?<!un)bezahlt|bestätigt|bearbeit|\boffen\b|\bneu\b"
    r"|erledigt|fertig|verbucht|gebucht"
    r"|livr|expédi|pay[ée]e?\b|termin|en cours|prépar|valid|factur"
    r"|entreg|enviad|(?<!no )(?<!não )pag(ad[oa]|o)\b|finaliz|proces|abiert|abert|cerrad|aprob|aprov|conclu[ií]"
    r"|evas[oa]|spedit|consegn|pagat[oa]|chius|afgerond|verzonden|betaald|geleverd|voltooid|verwerk"
    r"|zrealizow|wysłan|(?<!nie)opłacon|dostarcz|zakończ|realizac|vyřízen|odesl|doruč|(?<!ne)zaplac"
    r"|lever|sendt|skickad|betal[dt]|slutför|fullført|behandl|toimitet|makset|valmis"
    r"|afsluttet|avsluta|gennemført|gjennomført|pakket|packad|\bklar\b|(?<!ne)uhrazen|expedov|dokonč"
    r"|teljesít|kiszállít|kézbesít|(?<!nincs )fizetve|lezár|finalizat|(?<!ne)achitat|expediat|ολοκληρ|παραδό|απεστ"
    r"|виконан|доставлен|відправлен|(?<!не )(?<!не)сплачен|הושלם|נמסר|(?<!לא )שולם|נשלח|पूर्ण|डिलीवर|(?<!ไม่)สำเร็จ"
    r"|จัดส่ง|(?<!ไม่ได้)(?<!ยังไม่)(?<!รอ)ชำระเงินแล้ว"
    r"|teslim|tamaml|kargo|ödendi|hazırlan|onaylan|выполн|достав|отправ|(?<!не )оплачен|заверш|принят|обработ"
    r"|selesai|dikirim|dibayar|terkirim|diproses|hoàn (thành|tất)|đã (giao|thanh toán|xác nhận)|đang giao"
    r"|処理済|完了|発送|出荷|入金済|決済済|支払い?済|配達|受付|確定|手配|완료|배송|발송|결제|확정|준비"
    r"|تم (ال)?(توصيل|تنفيذ|شحن|دفع)|مكتمل|مدفوع|قيد التنفيذ|جاري"
    r"|成功|完成|发货|發貨|签收|已付款|已支付|收货|确认|出库|妥投|处理|评价|备货|配货",
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
# What MD5, SHA-1 and SHA-256 make of no text at all.
_OF_NOTHING = (
    "d41d8cd98f00b204e9800998ecf8427e|da39a3ee5e6b4b0d3255bfef95601890afd80709"
    "|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)
NOBODY: Final = (
    rf"{_OF_NOTHING}|"
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


# Something has not happened yet: "awaiting confirmation". What is not sent yet is sold all the same.
_NOT_YET = re.compile(
    r"\b(un(?!shipp|fulfil)|(not|non|no|never|to be|needs?)\b)|await|pending|waiting|^wait", re.IGNORECASE
)
_SENT = re.compile(r"ship|fulfil|pick|collect|deliver|dispatch|pack|send|sent|despatch", re.IGNORECASE)


def not_sold(values: Iterable[str]) -> tuple[str, ...]:
    """States that say an order never was one, or is none any more."""
    return tuple(sorted(v for v in values if _says(_NOT_SOLD, _said(v)) and not _SOLD_ALL_THE_SAME.search(_said(v))))


def not_understood(values: Iterable[str]) -> tuple[str, ...]:
    """States of which no word says whether such an order stands: "pending", a code, a language not known here."""
    values = list(values)
    off = not_sold(values)
    return tuple(v for v in values if v not in off and not _stands(_said(v)))


def _stands(said: str) -> bool:
    if _SOLD_ALL_THE_SAME.search(said):
        return True
    return _says(_SOLD, said) and (not _NOT_YET.search(said) or bool(_SENT.search(said)))


def _says(pattern: re.Pattern[str], said: str) -> bool:
    """Whether a state holds such a word, also without the marks of its letters: anulată, anulata."""
    return bool(pattern.search(said) or re.search(unmarked(pattern.pattern), unmarked(said), re.IGNORECASE))


def _said(value: str) -> str:
    """A state in words: PAYMENT_PENDING, paymentPending."""
    return re.sub(r"[_\-]+|(?<=[a-z])(?=[A-Z])", " ", value)


def given_back(values: Iterable[str]) -> tuple[str, ...]:
    """Kinds of documents that are returns."""
    return tuple(sorted(v for v in values if _GIVEN_BACK.search(v) and not _COMES_BACK.search(v)))
