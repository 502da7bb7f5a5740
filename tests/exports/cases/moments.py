"""Dates as countries and programs write them; the truth counts days, so the draft's first and last are compared too."""

from datetime import datetime

from tests.exports.cases.situation import PLAIN, at, by_order, share, situation, text, truth


def _of(sales, write, column="date", said="", **more):
    rows = by_order(sales, {k if k != "date" else column: write if k == "date" else v for k, v in PLAIN.items()} | more)
    return {"orders.csv": text(rows)}, truth(sales, said=said)


@situation
def rfc_2822(sales):
    return _of(sales, lambda s: at(s, "%a, %d %b %Y %H:%M:%S +0000"))


@situation
def epoch_with_fraction(sales):
    return _of(sales, lambda s: f"{(s.moment - datetime(1970, 1, 1)).total_seconds():.3f}", "created_at")


@situation
def epoch_milliseconds(sales):
    return _of(sales, lambda s: int((s.moment - datetime(1970, 1, 1)).total_seconds() * 1000), "timestamp")


@situation
def half_days_in_chinese(sales):
    return _of(sales, lambda s: at(s, "%Y/%-m/%-d ") + ("上午" if s.moment.hour < 12 else "下午") + at(s, "%-I:%M:%S"))


@situation
def chinese_words(sales):
    return _of(sales, lambda s: at(s, "%Y年%-m月%-d日 %H:%M"))


@situation
def years_first_in_two_digits(sales):
    return _of(sales, lambda s: at(s, "%y/%m/%d"))


@situation
def british_and_american(sales):
    """The last months were exported by another program: days to twelve could be either."""
    late = datetime(2026, 4, 1)
    return _of(
        sales,
        lambda s: at(s, "%m/%d/%Y %H:%M") if s.moment >= late else at(s, "%d/%m/%Y %H:%M"),
        said="two ways|day first|month first",
    )


@situation
def iso_and_german(sales):
    """Two styles that no row confuses."""
    late = datetime(2026, 4, 1)
    return _of(sales, lambda s: at(s, "%d.%m.%Y %H:%M:%S") if s.moment >= late else at(s, "%Y-%m-%d %H:%M:%S"))


@situation
def zone_on_some(sales):
    return _of(sales, lambda s: at(s, "%Y-%m-%dT%H:%M:%SZ") if share(s, 2) else at(s, "%Y-%m-%d %H:%M:%S"), said="zone")


@situation
def american_half_days(sales):
    return _of(sales, lambda s: at(s, "%-m/%-d/%Y %-I:%M:%S %p"))


@situation
def american_dots(sales):
    return _of(sales, lambda s: at(s, "%b %-d, %Y at %-I:%M %p").replace("AM", "a.m.").replace("PM", "p.m."))


@situation
def german_words(sales):
    months = ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."]
    return _of(sales, lambda s: f"{s.moment.day}. {months[s.moment.month - 1]} {at(s, '%Y %H:%M')}")


@situation
def french_words(sales):
    months = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    return _of(sales, lambda s: f"{s.moment.day} {months[s.moment.month - 1]} {at(s, '%Y %H:%M')}")


@situation
def load_day(sales):
    """When the rows were loaded is neither when it happened nor when it was known."""
    return _of(
        sales,
        lambda s: at(s, "%Y-%m-%d %H:%M:%S"),
        "order_date",
        loaded_at=lambda _: "2026-07-01 03:00:00",
        updated_at=lambda _: "2026-07-01 03:00:00",
    )


@situation
def updated_first(sales):
    """The date of the last change stands before the date of the order."""
    rows = by_order(
        sales,
        {
            "updated_at": lambda _: "2026-07-01 03:00:00",
            "order_id": PLAIN["order_id"],
            "customer_id": PLAIN["customer_id"],
            "order_created": lambda s: at(s, "%Y-%m-%d %H:%M:%S"),
            "total": PLAIN["total"],
        },
    )
    return {"orders.csv": text(rows)}, truth(sales)


@situation
def spreadsheet_serials(sales):
    return _of(sales, lambda s: f"{(s.moment - datetime(1899, 12, 30)).total_seconds() / 86400:.6f}")


@situation
def comma_before_the_hour(sales):
    return _of(sales, lambda s: at(s, "%d/%m/%Y, %H:%M:%S"))


@situation
def compact(sales):
    return _of(sales, lambda s: at(s, "%Y%m%d %H%M%S"))
