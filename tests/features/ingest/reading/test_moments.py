"""Moments as systems write them, in whole columns."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.features.ingest.exports import HEADER, opened, rows

BEGIN = datetime(2024, 3, 1, 0, 5, 9)
MOMENTS = [BEGIN + timedelta(days=3 * number, hours=number % 24, minutes=7 * number) for number in range(60)]


def chinese(moment, morning="上午", evening="下午"):
    half = evening if moment.hour >= 12 else morning
    return f"{moment.year}/{moment.month}/{moment.day} {half}{moment.hour % 12 or 12}:{moment:%M:%S}"


ARABIC = ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"]


def ordinal(day):
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


WIDE, INDIC = str.maketrans("0123456789", "０１２３４５６７８９"), str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WRITINGS = {
    "iso": lambda m: m.isoformat(" "),
    "mail": lambda m: format_datetime(m.replace(tzinfo=UTC)),
    "mail, GMT": lambda m: f"{m:%a, %d %b %Y %H:%M:%S} GMT",
    "year first, two digits": lambda m: f"{m:%y/%m/%d %H:%M:%S}",
    "day first": lambda m: f"{m:%d.%m.%Y %H:%M:%S}",
    "American": lambda m: f"{m:%m/%d/%Y %I:%M:%S %p}",
    "Chinese": lambda m: f"{m.year}年{m.month}月{m.day}日 {m:%H:%M:%S}",
    "Chinese halves": chinese,
    "Chinese signs": lambda m: f"{m.year}年{m.month}月{m.day}日 {m.hour}时{m.minute}分{m.second}秒",
    "Chinese, full width": lambda m: f"{m:%Y－%m－%d %H：%M：%S}".translate(WIDE),
    "Arabic": lambda m: f"{m:%d}\u200f/{m:%m}\u200f/{m:%Y %I:%M:%S} {'صم'[m.hour // 12]}".translate(INDIC),
    "Arabic words": lambda m: f"{m.day} {ARABIC[m.month - 1]} {m:%Y %H:%M:%S}",
    "Japanese": lambda m: f"{m:%Y年%m月%d日 %H時%M分%S秒}",
    "Hungarian": lambda m: f"{m:%Y.%m.%d. %H:%M:%S}",
    "Korean": lambda m: (
        f"{m.year}. {m.month}. {m.day}. {'오후' if m.hour >= 12 else '오전'} {m.hour % 12 or 12}:{m:%M:%S}"
    ),
    "Croatian": lambda m: f"{m:%d.%m.%Y. %H:%M:%S}",
    "Danish": lambda m: f"{m:%d-%m-%Y %H.%M.%S}",
    "ordinal days": lambda m: f"{ordinal(m.day)} of {m:%B %Y, %H:%M:%S}",
    "compact, Z": lambda m: f"{m:%Y%m%dT%H%M%SZ}",
    "compact, offset": lambda m: f"{m + timedelta(hours=8):%Y%m%dT%H%M%S}+0800",
    "seconds": lambda m: f"{m.replace(tzinfo=UTC).timestamp():.0f}",
    "seconds and a fraction": lambda m: f"{m.replace(tzinfo=UTC).timestamp():.3f}",
}


def read(folder, texts, timezone="UTC"):
    lines = "".join(f'{number},c{number},"{text}",9.50\n' for number, text in enumerate(texts))
    toml = f'timezone = "{timezone}"\n[orders]\nsource = "o.csv"\n'
    shop = opened(folder, o__csv=f"{HEADER}\n{lines}", shop__toml=toml)
    return [row["happened_at"] for row in sorted(rows(shop), key=lambda row: int(row["order_id"]))]


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_is_read(writing, tmp_path):
    assert read(tmp_path, [WRITINGS[writing](moment) for moment in MOMENTS]) == MOMENTS


def test_a_mail_date_becomes_the_shop_s_wall_clock(tmp_path):
    texts = ["Tue, 02 Sep 2025 12:26:04 +0200", "Tue, 02 Dec 2025 12:26:04 -0500"]
    assert read(tmp_path, texts, "Asia/Shanghai") == [datetime(2025, 9, 2, 18, 26, 4), datetime(2025, 12, 3, 1, 26, 4)]


def test_days_of_a_single_year_stay_day_first(tmp_path):
    texts = [f"{1 + number % 28:02}/{1 + number % 12:02}/24" for number in range(60)]
    assert read(tmp_path, texts)[:2] == [datetime(2024, 1, 1), datetime(2024, 2, 2)]
