"""Headers of exports in further languages, as their programs write them: each names one meaning alone."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from features.ingest.guessing.headers.vocabulary import plain, unmarked

# Compared without case, marks above letters, spaces and signs; a column is taken by its whole name.
HEADERS_ABROAD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_id": (
            "Mã đơn hàng", "Mã đơn", "Số đơn hàng", "Mã hóa đơn", "Số hóa đơn",
            "Ordernr", "Beställningsnummer", "Bestillingsnummer", "Ordrenummer", "Ordrenr", "Kvittonummer", "Fakturanr",
            "Tilausnumero", "Tilausnro", "Kuittinumero", "Číslo objednávky", "Číslo dokladu",
            "Numer zamówienia", "Nr zamówienia", "Numer paragonu", "Rendelésszám", "Rendelés azonosító",
            "Bizonylatszám", "Număr comandă", "Nr. comandă", "ID comandă", "Sipariş No", "Sipariş Numarası",
            "Αριθμός παραγγελίας", "Κωδικός παραγγελίας", "Αρ. παραγγελίας", "Номер заказа", "№ заказа", "Номер чека",
            "Номер замовлення", "№ замовлення", "رقم الطلب", "رقم الفاتورة", "מספר הזמנה", "מס' הזמנה", "מספר חשבונית",
            "ऑर्डर नंबर", "ऑर्डर संख्या", "ऑर्डर आईडी", "बिल नंबर", "หมายเลขคำสั่งซื้อ", "เลขที่คำสั่งซื้อ", "เลขที่ใบเสร็จ",
            "Nomor Pesanan", "Nomor Invoice", "No. Pesanan", "주문번호", "주문 번호", "注文番号", "伝票番号",
            "Nº Pedido", "Núm. pedido", "Nº do Pedido", "Cód. Pedido", "Nº Encomenda", "Nº Factura",
            "Номер на поръчка", "Broj narudžbe", "Številka naročila", "Tellimuse number", "Užsakymo numeris",
            "Pasūtījuma numurs", "Pöntunarnúmer",
        ),
        "customer_id": (
            "Mã khách hàng", "Mã KH", "Mã khách", "Số điện thoại", "SĐT khách hàng", "Số điện thoại khách hàng",
            "Kundnr", "Kundnummer", "Kund-ID", "Kundid", "Kundenr", "Kundenummer", "Kunde-id", "Medlemsnummer",
            "Medlemsnr", "Asiakasnumero", "Asiakasnro", "Asiakastunnus", "Asiakas", "Číslo zákazníka", "ID zákazníka",
            "Kód zákazníka", "Zákazník", "Zákaznícke číslo", "Numer klienta", "Nr klienta", "ID klienta", "Kod klienta",
            "Kontrahent", "Ügyfélszám", "Ügyfélkód", "Ügyfél azonosító", "Vevőkód", "Vevő azonosító", "Vevő",
            "Cod client", "ID client", "Nr. client", "Müşteri No", "Müşteri Kodu", "Müşteri ID", "Müşteri",
            "Κωδικός πελάτη", "Πελάτης", "Αρ. πελάτη", "Код клиента", "ID клиента", "Номер клиента", "Покупатель",
            "Контрагент", "Номер карты", "Код клієнта", "Номер клієнта", "Клієнт", "Покупець",
            "رقم العميل", "كود العميل", "معرف العميل", "رقم الزبون", "رقم الجوال",
            "מספר לקוח", "מזהה לקוח", "קוד לקוח", "ग्राहक आईडी", "ग्राहक संख्या", "ग्राहक कोड",
            "รหัสลูกค้า", "หมายเลขลูกค้า", "เบอร์โทรลูกค้า", "รหัสสมาชิก", "ชื่อผู้ใช้ (ผู้ซื้อ)",
            "ID Pelanggan", "Kode Pelanggan", "Nomor Pelanggan", "No. Pelanggan", "고객번호", "고객ID", "고객코드",
            "회원번호", "顧客番号", "顧客コード", "会員番号", "得意先コード", "Cód. Cliente", "Código do Cliente",
            "Cód. Cli.", "Código cliente", "Nº Cliente", "CPF do cliente", "CPF", "Клиентски номер", "Šifra kupca",
            "Kupac", "Kliendi number", "Kliento kodas", "Klienta kods", "Viðskiptamaður", "Klantnr", "Klantnummer",
        ),
        "happened_at": (
            "Ngày đặt hàng", "Ngày đặt", "Thời gian đặt hàng", "Ngày tạo đơn", "Ngày mua", "Ngày bán", "Ngày giao dịch",
            "Ngày", "Orderdatum", "Beställningsdatum", "Köpdatum", "Bestillingsdato", "Ordredato", "Kjøpsdato",
            "Købsdato", "Salgsdato", "Tilauspäivä", "Tilauspvm", "Ostopäivä", "Myyntipäivä", "Päivämäärä", "Pvm",
            "Datum objednávky", "Datum vytvoření", "Datum prodeje", "Dátum objednávky", "Data zamówienia",
            "Data sprzedaży", "Data zakupu", "Rendelés dátuma", "Rendelés ideje", "Vásárlás dátuma", "Dátum",
            "Data comenzii", "Data comandă", "Sipariş Tarihi", "Satış Tarihi", "Ημερομηνία παραγγελίας", "Ημερομηνία",
            "Ημ/νία", "Дата заказа", "Дата покупки", "Дата продажи", "Дата и время", "Дата замовлення", "Дата продажу",
            "تاريخ الطلب", "تاريخ الشراء", "التاريخ", "תאריך הזמנה", "תאריך", "תאריך רכישה", "ऑर्डर तिथि",
            "ऑर्डर की तारीख", "दिनांक", "तारीख", "วันที่สั่งซื้อ", "วันที่ทำการสั่งซื้อ", "วันที่ขาย", "วันที่",
            "Tanggal Pesanan", "Tanggal Pembelian", "Tanggal Transaksi", "Waktu Transaksi", "주문일자", "주문일시",
            "구매일", "구매일자", "거래일자", "판매일자", "注文日", "購入日", "購入日時", "売上日", "取引日時",
            "Data do pedido", "Data da venda", "Dt. Pedido", "Dt. Venda", "Dt. Emissão", "Data de emissão",
            "Fecha pedido", "Fecha venta", "Дата на поръчка", "Datum narudžbe", "Datum naročila", "Tellimuse kuupäev",
            "Užsakymo data", "Pasūtījuma datums", "Dagsetning",
        ),
        "amount": (
            "Tổng tiền", "Tổng cộng", "Thành tiền", "Tổng giá trị đơn hàng", "Tổng thanh toán", "Doanh thu",
            "Summa inkl moms", "Totalbelopp", "Orderbelopp", "Ordersumma", "Totalsumma", "Belopp", "Totalbeløp",
            "Totalbeløb", "Beløb inkl. moms", "Beløp inkl. mva", "Beløb", "Beløp", "Ordretotal", "Sum inkl. mva",
            "Loppusumma", "Tilauksen summa", "Yhteensä", "Summa", "Cena celkem", "Celkem s DPH", "Celková cena",
            "Celkem", "Částka", "Celková cena s DPH", "Spolu s DPH", "Suma s DPH", "Wartość brutto", "Kwota brutto",
            "Wartość zamówienia", "Suma zamówienia", "Végösszeg", "Bruttó végösszeg", "Összesen", "Fizetendő",
            "Bruttó összeg", "Összeg", "Total comandă", "Valoare totală", "Total cu TVA", "Valoare", "Toplam Tutar",
            "Genel Toplam", "Sipariş Tutarı", "Tutar", "Σύνολο", "Συνολικό ποσό", "Γενικό σύνολο", "Ποσό",
            "Сумма заказа", "Сумма", "Итого", "Стоимость заказа", "Сума замовлення", "Сума", "Разом", "Всього",
            "إجمالي الطلب", "المبلغ الإجمالي", "الإجمالي", "المجموع", "إجمالي المبلغ", "סה\"כ", "סכום", "סה\"כ לתשלום",
            "סכום כולל", "कुल राशि", "राशि", "कुल", "ยอดรวม", "ยอดรวมทั้งหมด", "ยอดรวมสุทธิ", "จำนวนเงินทั้งหมด",
            "จำนวนเงิน", "Total Bayar", "Total Harga", "Jumlah Bayar", "Total Pembayaran", "총금액", "총 결제금액",
            "결제금액", "합계금액", "판매금액", "매출액", "合計", "合計金額", "税込合計", "売上金額", "請求金額",
            "Vlr. Total", "Vl. Total", "Valor total", "Total do pedido", "Valor do pedido", "Imp. Total",
            "Обща сума", "Ukupno", "Ukupan iznos", "Skupaj", "Kokku", "Iš viso", "Kopā", "Samtals",
        ),
        "quantity": (
            "Số lượng", "SL", "Antal", "Antall", "Kpl", "Määrä", "Množství", "Počet kusů", "Ilość", "Liczba sztuk",
            "Mennyiség", "Darabszám", "Cantitate", "Adet", "Miktar", "Ποσότητα", "Количество", "Кол-во", "Кількість",
            "К-сть", "الكمية", "כמות", "मात्रा", "จำนวน", "จำนวนสินค้า", "Jumlah Produk", "Kuantitas", "Qty", "수량",
            "数量", "個数", "Quantidade", "Qtd", "Qtde", "Qtd.", "Cant.", "Količina", "Kogus", "Kiekis", "Daudzums",
            "Magn",
        ),
        "unit_price": (
            "Đơn giá", "Giá bán", "Styckpris", "Á-pris", "Apris", "Enhetspris", "Enhedspris", "Stykpris",
            "Yksikköhinta",
            "À-hinta", "Cena za kus", "Jednotková cena", "Cena jednostkowa", "Egységár", "Bruttó egységár",
            "Preț unitar", "Birim Fiyat", "Birim Fiyatı", "Τιμή μονάδας", "Цена за единицу", "Цена", "Ціна за одиницю",
            "Ціна", "سعر الوحدة", "السعر", "מחיר ליחידה", "מחיר יחידה", "इकाई मूल्य", "ราคาต่อหน่วย", "ราคาต่อชิ้น",
            "Harga Satuan", "단가", "판매단가", "単価", "Preço unitário", "Vlr. Unit.", "Vl. Unitário",
            "Valor unitário",
            "P. Unit.", "Единична цена", "Jedinična cijena", "Cena na enoto",
        ),
        "product_id": (
            "Mã sản phẩm", "Mã hàng", "Artikelnr", "Varenummer", "Varenr", "Tuotenumero", "Tuotekoodi", "Kód produktu",
            "Kód zboží", "Kod produktu", "Indeks", "Cikkszám", "Termékkód", "Cod produs", "Ürün Kodu", "Stok Kodu",
            "Κωδικός προϊόντος", "Артикул", "Код товара", "Код товару", "رمز المنتج", "كود المنتج", "קוד מוצר", "מק\"ט",
            "उत्पाद कोड", "รหัสสินค้า", "Kode Produk", "Kode Barang", "상품코드", "상품번호", "商品コード", "商品番号",
            "Cód. Produto", "Código do produto", "Cód. Artículo", "Šifra artikla", "Ref. Produto",
        ),
        "promised_at": (
            "Date de livraison prévue", "Livraison prévue", "Livraison estimée", "Date de livraison estimée",
            "Fecha estimada de entrega", "Fecha de entrega estimada", "Fecha prevista de entrega", "Entrega estimada",
            "Fecha prometida", "Previsão de entrega", "Data prevista de entrega", "Data estimada de entrega",
            "Prazo de entrega", "Data di consegna prevista", "Consegna prevista", "Verwachte leverdatum",
            "Verwachte levering", "Przewidywana data dostawy", "Planowana data dostawy", "Beräknad leverans",
            "Beräknat leveransdatum", "Forventet levering", "Arvioitu toimituspäivä", "Předpokládané doručení",
            "Várható szállítás", "Data estimată a livrării", "Tahmini Teslimat Tarihi", "Tahmini Teslim Tarihi",
            "Εκτιμώμενη παράδοση", "Плановая дата доставки", "Ожидаемая дата доставки", "Очікувана дата доставки",
            "تاريخ التسليم المتوقع", "תאריך אספקה משוער", "अनुमानित डिलीवरी तिथि", "วันที่คาดว่าจะได้รับ",
            "Ngày giao dự kiến", "Ngày giao hàng dự kiến", "Estimasi Tiba", "Perkiraan Tiba",
            "배송예정일", "도착예정일", "お届け予定日", "配達予定日", "配送予定日", "到着予定日",
        ),
        "delivered_at": (
            "Livré le", "Livrée le", "Date de livraison réelle", "Date de livraison effective", "Entregado el",
            "Fecha de entrega real", "Entregue em", "Data da entrega realizada", "Consegnato il",
            "Data di consegna effettiva", "Bezorgd op", "Geleverd op", "Dostarczono", "Data doręczenia",
            "Levererad", "Levererat", "Leveret", "Levert", "Toimitettu", "Doručeno", "Kiszállítva", "Livrat la",
            "Teslim Edildi", "Teslim Edilme Tarihi", "Παραδόθηκε", "Дата вручения", "Доставлено", "Дата вручення",
            "تاريخ التسليم الفعلي", "נמסר בתאריך", "डिलीवर किया गया", "วันที่จัดส่งสำเร็จ", "Ngày giao thành công",
            "Waktu Pesanan Diterima", "배송완료일", "배송완료일시", "배송완료일자", "配達完了日", "配達完了日時",
        ),
        "email": (
            "E-post", "Epost", "E-postadress", "Kundens e-post", "Sähköposti", "Adres e-mail", "E-mail cím", "E-posta",
            "Müşteri E-posta", "Ηλεκτρονικό ταχυδρομείο", "Эл. почта", "Электронная почта", "Електронна пошта",
            "البريد الإلكتروني", "דוא\"ל", "אימייל", "ईमेल", "อีเมล", "อีเมลลูกค้า", "이메일", "구매자 이메일",
            "メールアドレス", "E-mail do cliente", "Имейл", "E-pošta",
        ),
        "status": (
            "Trạng thái", "Trạng thái đơn hàng", "Tình trạng", "Orderstatus", "Ordrestatus", "Tila", "Tilauksen tila",
            "Stav", "Stav objednávky", "Status zamówienia", "Stan", "Állapot", "Rendelés állapota", "Státusz",
            "Stare", "Stare comandă", "Status comandă", "Durum", "Sipariş Durumu", "Κατάσταση", "Κατάσταση παραγγελίας",
            "Статус", "Статус заказа", "Состояние", "Статус замовлення", "Стан", "حالة الطلب", "الحالة", "סטטוס",
            "סטטוס הזמנה", "מצב הזמנה", "स्थिति", "ऑर्डर स्थिति", "สถานะ", "สถานะคำสั่งซื้อ", "สถานะการสั่งซื้อ",
            "Status Pesanan", "주문상태", "처리상태", "ステータス", "注文状態", "Situação", "Situação do pedido",
            "Estado del pedido", "Състояние", "Stanje", "Olek", "Būsena", "Statuss", "Staða",
        ),
    }
)  # fmt: skip


def abroad(meaning: str, columns: Mapping[str, str]) -> list[str]:
    """The columns whose whole header another language has for a meaning, the likeliest first.

    Parameters
    ----------
    columns : mapping       name without case, spaces and signs → column
    """
    bare = {plain(unmarked(name)): column for name, column in columns.items()}
    return [bare[header] for header in _bare_headers(meaning) if header in bare]


@cache
def _bare_headers(meaning: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(unmarked(header)) for header in HEADERS_ABROAD.get(meaning, ())))
