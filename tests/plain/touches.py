"""Plain definitions over touchpoints, and over touchpoints beside orders."""

from tests.oracle import Row, Seen, mean, midnight_of, over, place, plain, silence


def of_kind(seen: Seen, *kinds: str) -> list[Row]:
    return [row for row in seen.rows("touchpoints") if row["kind"] in kinds]


@plain
def touches(seen: Seen) -> float:
    return len(seen.rows("touchpoints"))


@plain
def days_since_touch(seen: Seen) -> float | None:
    return silence(seen, seen.rows("touchpoints"))


@plain
def touch_days(seen: Seen) -> float:
    return len({midnight_of(row["happened_at"]) for row in seen.rows("touchpoints")})


@plain
def touches_trend(seen: Seen) -> float | None:
    return place(seen, seen.rows("touchpoints"))


@plain
def sessions(seen: Seen) -> float:
    return len({row["session_id"] for row in seen.rows("touchpoints")} - {None})


@plain
def touch_channels(seen: Seen) -> float:
    return len({row["channel"] for row in seen.rows("touchpoints")} - {None})


@plain
def views(seen: Seen) -> float:
    return len(of_kind(seen, "view"))


@plain
def view_variety(seen: Seen) -> float:
    return len({row["product_id"] for row in of_kind(seen, "view")} - {None})


@plain
def searches(seen: Seen) -> float:
    return len(of_kind(seen, "search"))


@plain
def cart_additions(seen: Seen) -> float:
    return len(of_kind(seen, "add_to_cart"))


@plain
def abandonments(seen: Seen) -> float:
    return len(of_kind(seen, "abandon"))


@plain
def days_since_abandonment(seen: Seen) -> float | None:
    return silence(seen, of_kind(seen, "abandon"))


@plain
def shipping_abandon_share(seen: Seen) -> float | None:
    given_up = of_kind(seen, "abandon")
    return over(len([row for row in given_up if "shipping" in (row["reason"] or "").lower()]), len(given_up))


@plain
def payment_failures(seen: Seen) -> float:
    return len(of_kind(seen, "payment_failed"))


@plain
def dwell_mean(seen: Seen) -> float | None:
    return mean([row["dwell_seconds"] for row in seen.rows("touchpoints") if row["dwell_seconds"] is not None])


@plain
def bounce_share(seen: Seen) -> float | None:
    timed = [row for row in of_kind(seen, "visit") if row["dwell_seconds"] is not None]
    return over(len([row for row in timed if row["dwell_seconds"] < 10]), len(timed))


@plain
def slow_share(seen: Seen) -> float | None:
    timed = [row for row in seen.rows("touchpoints") if row["load_ms"] is not None]
    return over(len([row for row in timed if row["load_ms"] > 3000]), len(timed))


@plain
def reads(seen: Seen) -> float:
    return len(of_kind(seen, "read"))


@plain
def try_ons(seen: Seen) -> float:
    return len(of_kind(seen, "try_on", "consult"))


@plain
def advocacy(seen: Seen) -> float:
    return len(of_kind(seen, "review", "share", "invite"))


@plain
def views_per_purchase(seen: Seen) -> float | None:
    return over(len(of_kind(seen, "view")), len(of_kind(seen, "purchase")))


def split_at_last_order(seen: Seen) -> tuple[list[Row], list[Row]]:
    """Touches up to the latest order ever known, and touches after it."""
    bought = [row["happened_at"] for row in seen.known("orders") if row["kind"] == "order"]
    touched = [row for row in seen.rows("touchpoints") if row["kind"] != "purchase"]
    before = [row for row in touched if bought and row["happened_at"] <= max(bought)]
    return before, [row for row in touched if row not in before]


@plain
def touches_per_order(seen: Seen) -> float | None:
    return over(len(split_at_last_order(seen)[0]), len(seen.orders()))


@plain
def touches_since_order(seen: Seen) -> float:
    return len(split_at_last_order(seen)[1])


@plain
def views_since_order(seen: Seen) -> float:
    return len([row for row in split_at_last_order(seen)[1] if row["kind"] == "view"])


@plain
def cart_additions_since_order(seen: Seen) -> float:
    return len([row for row in split_at_last_order(seen)[1] if row["kind"] == "add_to_cart"])


@plain
def channel_touch_share(seen: Seen, channel: str) -> float:
    through = [row for row in seen.rows("touchpoints") if row["channel"] == channel]
    return (len(through) + 1) / (len(seen.rows("touchpoints")) + 8)


@plain
def device_touches(seen: Seen, device: str) -> float:
    return len([row for row in seen.rows("touchpoints") if row["device"] == device])


def days_ago(seen: Seen, rows: list[Row]) -> float | None:
    return (seen.cutoff - max(row["happened_at"] for row in rows)).total_seconds() / 86400 if rows else None


@plain
def channel_silence(seen: Seen, channel: str) -> float | None:
    return days_ago(seen, [row for row in seen.rows("touchpoints") if row["channel"] == channel])


@plain
def kind_recency(seen: Seen, kind: str) -> float | None:
    return days_ago(seen, of_kind(seen, kind))
