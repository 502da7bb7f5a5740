"""The code page of a text is told by its letters, and a Western text stays Western."""

import pytest

from features.ingest.source.encodings import code_page

TEXTS = {
    "gb18030": [
        "订单编号,买家会员名,总金额,订单状态\n1,tb1,¥5,交易关闭\n", "下单时间\n2020年1月3日,上海\n", "订单号\n1,2\n",
    ],
    "cp932": ["注文番号,会員ID,ステータス,合計金額\n1,C1,キャンセル,1,234円\n", "注文番号,金額\n1,2\n"],
    "cp949": ["주문번호,주문일시,구매자ID,결제금액\n1,2,a,1,000원\n취소완료\n"],
    "big5hkscs": ["訂單編號,訂單日期,會員編號,訂單金額,狀態\n1,2,3,4,已取消\n"],
    "cp1251": ["Номер заказа,Клиент,Сумма,Статус\n1,Иван,5,Отменён\n", "order,status\n1,Отменен\n"],
    "cp1253": ["Αριθμός παραγγελίας;Πελάτης;Ποσό\n"],
    "cp1250": ["Numer zamówienia;Wartość zamówienia;Status\n1;2;nieopłacone\n"],
    "cp1254": ["Sipariş No;Müşteri;Tutar;Durum\n1;2;3;İptal edildi\n4;5;6;Tamamlandı\n"],
    None: [
        "Auftrags-Nr.;Kunde\n1;Müller;12,50 €\n2;Größe;3\n",
        "Numéro;État\n1;Zoë;Annulée\n", "Código;Situação\n1;Ação\n",
        "Förnamn;Ärende\nÅsa;é\n", "name\nJosé Muñoz\n", "a;b\n1;5 €\n2;£3\n", "a;b\n1\xa0234,50;\n",
        "Þór;Ísland;ð;Guðrún;Páll\n",
    ],
}  # fmt: skip
CASES = [(page, text) for page, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("page", "text"), CASES)
def test_the_page_is_told_by_the_letters(page, text):
    assert code_page(text.encode(page or "cp1252")) == page


def test_a_beginning_that_ends_within_a_character_tells_the_same():
    text = "注文番号,会員ID,ステータス,合計金額\n".encode("cp932")
    assert {code_page(text[:end]) for end in range(12, len(text))} == {"cp932"}
