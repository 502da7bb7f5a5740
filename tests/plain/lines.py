"""Plain definitions over order lines: products and promotions."""

from datetime import timedelta

from tests.oracle import Row, Seen, favourite, over, place, plain, silence, spread

KINDS = ("on_display", "in_mailer", "with_coupon")


def promoted(seen: Seen) -> list[Row]:
    return [row for row in seen.lines() if any(row[kind] for kind in KINDS)]


def credit(seen: Seen, kind: str) -> float:
    return sum(1 / sum(bool(row[each]) for each in KINDS) for row in seen.lines() if row[kind])


def variety(seen: Seen, name: str) -> float:
    return len({row[name] for row in seen.lines()} - {None})


def share_with(seen: Seen, kind: str) -> float | None:
    return over(len([row for row in seen.lines() if row[kind]]), len(seen.lines()))


@plain
def lines(seen: Seen) -> float:
    return len(seen.lines())


@plain
def items(seen: Seen) -> float:
    return sum(row["quantity"] for row in seen.lines())


@plain
def lines_trend(seen: Seen) -> float | None:
    return place(seen, seen.lines())


@plain
def basket_size(seen: Seen) -> float | None:
    return over(len(seen.lines()), len({row["order_id"] for row in seen.lines()}))


@plain
def product_variety(seen: Seen) -> float:
    return variety(seen, "product_id")


@plain
def repeat_share(seen: Seen) -> float | None:
    return over(len(seen.lines()) - variety(seen, "product_id"), len(seen.lines()))


@plain
def category_variety(seen: Seen) -> float:
    return variety(seen, "category")


@plain
def department_variety(seen: Seen) -> float:
    return variety(seen, "department")


@plain
def brand_variety(seen: Seen) -> float:
    return variety(seen, "brand")


@plain
def item_price(seen: Seen) -> float | None:
    paid = [row["amount"] for row in seen.lines() if row["amount"] is not None]
    return over(sum(paid), sum(row["quantity"] for row in seen.lines())) if paid else None


@plain
def line_value_spread(seen: Seen) -> float | None:
    return spread([row["amount"] for row in seen.lines() if row["amount"] is not None])


@plain
def display_share(seen: Seen) -> float | None:
    return share_with(seen, "on_display")


@plain
def mailer_share(seen: Seen) -> float | None:
    return share_with(seen, "in_mailer")


@plain
def coupon_share(seen: Seen) -> float | None:
    return share_with(seen, "with_coupon")


@plain
def promoted_share(seen: Seen) -> float | None:
    return over(len(promoted(seen)), len(seen.lines()))


@plain
def promoted_spend_share(seen: Seen) -> float | None:
    paid = [row["amount"] for row in promoted(seen) if row["amount"] is not None]
    whole = sum(row["amount"] for row in seen.lines() if row["amount"] is not None)
    return over(sum(paid), whole) if paid else None


@plain
def promoted_lines(seen: Seen) -> float:
    return len(promoted(seen))


@plain
def display_credit(seen: Seen) -> float:
    return credit(seen, "on_display")


@plain
def mailer_credit(seen: Seen) -> float:
    return credit(seen, "in_mailer")


@plain
def coupon_credit(seen: Seen) -> float:
    return credit(seen, "with_coupon")


@plain
def days_since_coupon(seen: Seen) -> float | None:
    return silence(seen, [row for row in seen.lines() if row["with_coupon"]])


@plain
def top_department_share(seen: Seen) -> float | None:
    year = [row for row in seen.lines() if row["happened_at"] >= seen.cutoff - timedelta(days=365)]
    return favourite([row["department"] or row["category"] for row in year])
