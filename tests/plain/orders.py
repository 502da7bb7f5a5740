"""Plain definitions over orders: recency, frequency, money, rhythm, channels, returns."""

from datetime import datetime, timedelta

from tests.oracle import Row, Seen, favourite, latest, mean, midnight_of, over, place, plain, silence, spread

ONLINE = {"web", "app", "mini_program", "live", "social", "marketplace"}


def shopping_dates(rows: list[Row]) -> list[datetime]:
    return sorted({midnight_of(row["happened_at"]) for row in rows})


@plain
def days_since_order(seen: Seen) -> float | None:
    return silence(seen, seen.orders())


@plain
def days_since_first_order(seen: Seen) -> float | None:
    dates = shopping_dates(seen.orders())
    return (seen.cutoff - dates[0]).days if dates else None


@plain
def orders(seen: Seen) -> float:
    return len(seen.orders())


@plain
def shopping_days(seen: Seen) -> float:
    return len(shopping_dates(seen.orders()))


@plain
def active_weeks(seen: Seen) -> float:
    return len({row["happened_at"].isocalendar()[:2] for row in seen.orders()})


@plain
def orders_trend(seen: Seen) -> float | None:
    return place(seen, seen.orders())


@plain
def order_rate(seen: Seen) -> float | None:
    known_for = days_since_first_order(seen)
    return len(seen.orders()) / known_for * 30 if known_for else None


@plain
def spend(seen: Seen) -> float:
    return float(sum(row["amount"] for row in seen.rows("orders")))


@plain
def order_value(seen: Seen) -> float | None:
    return mean([row["amount"] for row in seen.orders()])


@plain
def order_value_spread(seen: Seen) -> float | None:
    return spread([row["amount"] for row in seen.orders()])


@plain
def order_value_max(seen: Seen) -> float | None:
    return max((float(row["amount"]) for row in seen.orders()), default=None)


@plain
def order_value_last(seen: Seen) -> float | None:
    return latest(seen.orders(), "amount")


@plain
def spend_trend(seen: Seen) -> float | None:
    return place(seen, seen.orders(), lambda row: row["amount"])


@plain
def discount_share(seen: Seen) -> float | None:
    discount = [float(row["discount"]) for row in seen.orders() if row["discount"] is not None]
    if not discount:
        return None
    return over(sum(discount), sum(float(row["amount"]) for row in seen.orders()) + sum(discount))


@plain
def discounted_orders_share(seen: Seen) -> float | None:
    discounted = [row for row in seen.orders() if row["discount"] is not None and row["discount"] > 0]
    return over(len(discounted), len(seen.orders()))


def usual_gap(seen: Seen) -> float | None:
    dates = shopping_dates(seen.orders())
    return over((dates[-1] - dates[0]).days, len(dates) - 1) if len(dates) > 1 else None


@plain
def gap_mean(seen: Seen) -> float | None:
    return usual_gap(seen)


@plain
def overdue_ratio(seen: Seen) -> float | None:
    gap = usual_gap(seen)
    return silence(seen, seen.orders()) / gap if gap else None


@plain
def weekend_share(seen: Seen) -> float | None:
    return over(len([row for row in seen.orders() if row["happened_at"].weekday() in (5, 6)]), len(seen.orders()))


@plain
def weekday_concentration(seen: Seen) -> float | None:
    weekdays = [row["happened_at"].weekday() for row in seen.orders()]
    return sum((weekdays.count(day) / len(weekdays)) ** 2 for day in range(7)) if weekdays else None


@plain
def morning_share(seen: Seen) -> float | None:
    return over(len([row for row in seen.orders() if row["happened_at"].hour < 12]), len(seen.orders()))


@plain
def evening_share(seen: Seen) -> float | None:
    return over(len([row for row in seen.orders() if row["happened_at"].hour >= 18]), len(seen.orders()))


@plain
def payday_share(seen: Seen) -> float | None:
    around = [row for row in seen.orders() if row["happened_at"].day in (25, 26, 27, 28, 29, 30, 31, 1, 2, 3, 4, 5)]
    return over(len(around), len(seen.orders()))


@plain
def online_share(seen: Seen) -> float | None:
    return over(len([row for row in seen.orders() if row["channel"] in ONLINE]), len(seen.orders()))


@plain
def channel_variety(seen: Seen) -> float:
    return len({row["channel"] for row in seen.orders()} - {None})


@plain
def channel_concentration(seen: Seen) -> float | None:
    year = [row for row in seen.known("orders") if row["happened_at"] >= seen.cutoff - timedelta(days=365)]
    used = [row["channel"] for row in year if row["kind"] == "order" and row["channel"] is not None]
    return sum((used.count(name) / len(used)) ** 2 for name in set(used)) if used else None


@plain
def last_order_online(seen: Seen) -> float | None:
    with_channel = [row for row in seen.orders() if row["channel"] is not None]
    if not with_channel:
        return None
    moment = max(row["happened_at"] for row in with_channel)
    return max(row["channel"] in ONLINE for row in with_channel if row["happened_at"] == moment)


@plain
def online_drift(seen: Seen) -> float | None:
    online = [row for row in seen.orders() if row["channel"] in ONLINE]
    return place(seen, online) - place(seen, seen.orders()) if online else None


@plain
def pick_up_share(seen: Seen) -> float | None:
    return over(len([row for row in seen.orders() if row["fulfilment"] == "pick_up"]), len(seen.orders()))


@plain
def late_deliveries(seen: Seen) -> float:
    """A promise at midnight is a day, kept by what comes on it; what comes after the cutoff has not come."""
    late = 0
    for row in seen.known("orders"):
        promised, came = row["promised_at"], row["delivered_at"]
        if row["kind"] != "order" or row["fulfilment"] == "in_store" or promised is None or came is None:
            continue
        since = seen.cutoff - timedelta(days=seen.days or 0)
        sound = min(promised, came).date() >= row["happened_at"].date()
        over_day = came.date() > promised.date() if promised == midnight_of(promised) else came > promised
        late += sound and over_day and since <= came < seen.cutoff
    return late


@plain
def shipping_mean(seen: Seen) -> float | None:
    return mean([row["shipping"] for row in seen.orders() if row["shipping"] is not None])


@plain
def stores_visited(seen: Seen) -> float:
    return len({row["store_id"] for row in seen.orders()} - {None})


def given_back(seen: Seen) -> list[Row]:
    return [row for row in seen.rows("orders") if row["kind"] == "return"]


@plain
def returns(seen: Seen) -> float:
    return len(given_back(seen))


@plain
def return_rate(seen: Seen) -> float | None:
    return over(len(given_back(seen)), len(seen.orders()))


@plain
def returned_spend_share(seen: Seen) -> float | None:
    back = -sum(float(row["amount"]) for row in given_back(seen))
    return over(back, sum(float(row["amount"]) for row in seen.orders()))


@plain
def days_since_return(seen: Seen) -> float | None:
    return silence(seen, given_back(seen))


@plain
def channel_orders(seen: Seen, channel: str) -> float:
    return len([row for row in seen.orders() if row["channel"] == channel])


@plain
def top_store_share(seen: Seen) -> float | None:
    year = [row for row in seen.orders() if row["happened_at"] >= seen.cutoff - timedelta(days=365)]
    return favourite([row["store_id"] for row in year])
