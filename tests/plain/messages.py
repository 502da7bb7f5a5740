"""Plain definitions over messages and responses: campaigns, contact channels, consents."""

from tests.oracle import Row, Seen, mean, over, plain, silence

ANSWERS = ("open", "click", "convert")


def answers(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["kind"] in ANSWERS and not row["is_machine"]]


def of_kind(seen: Seen, *kinds: str) -> list[Row]:
    return [row for row in seen.rows("responses") if row["kind"] in kinds]


def smoothed(seen: Seen, kinds: tuple[str, ...]) -> float:
    answered = {row["message_id"] for row in answers(seen.known("responses")) if row["kind"] in kinds}
    sends = seen.rows("messages")
    return (len([row for row in sends if row["message_id"] in answered]) + 1) / (len(sends) + 10)


@plain
def messages(seen: Seen) -> float:
    return len(seen.rows("messages"))


@plain
def days_since_message(seen: Seen) -> float | None:
    return silence(seen, seen.rows("messages"))


@plain
def campaigns(seen: Seen) -> float:
    return len({row["campaign_id"] for row in seen.rows("messages")} - {None})


@plain
def conversions(seen: Seen) -> float:
    return len([row for row in of_kind(seen, "convert") if not row["is_machine"]])


@plain
def clicks(seen: Seen) -> float:
    return len([row for row in of_kind(seen, "click") if not row["is_machine"]])


@plain
def bounces(seen: Seen) -> float:
    return len(of_kind(seen, "bounce"))


@plain
def days_since_response(seen: Seen) -> float | None:
    return silence(seen, answers(seen.rows("responses")))


@plain
def evening_response_share(seen: Seen) -> float | None:
    answered = answers(seen.rows("responses"))
    return over(len([row for row in answered if row["happened_at"].hour >= 18]), len(answered))


@plain
def response_delay(seen: Seen) -> float | None:
    timed = [row for row in answers(seen.rows("responses")) if row["sent_at"] is not None]
    return mean([(row["happened_at"] - row["sent_at"]).total_seconds() / 3600 for row in timed])


@plain
def open_rate(seen: Seen) -> float:
    return smoothed(seen, ("open",))


@plain
def click_rate(seen: Seen) -> float:
    return smoothed(seen, ("click",))


@plain
def conversion_rate(seen: Seen) -> float:
    return smoothed(seen, ("convert",))


@plain
def objection_rate(seen: Seen) -> float:
    words = [row for row in seen.known("responses") if row["kind"] in ("unsubscribe", "complaint")]
    objected = {row["message_id"] for row in words}
    sends = seen.rows("messages")
    return (len([row for row in sends if row["message_id"] in objected]) + 1) / (len(sends) + 10)


@plain
def sends_since_response(seen: Seen) -> float:
    answered = [row["happened_at"] for row in answers(seen.known("responses"))]
    return len([row for row in seen.rows("messages") if not answered or row["happened_at"] > max(answered)])


@plain
def channel_messages(seen: Seen, channel: str) -> float:
    return len([row for row in seen.rows("messages") if row["channel"] == channel])


@plain
def channel_answers(seen: Seen, channel: str) -> float:
    answered = {row["message_id"] for row in answers(seen.known("responses"))}
    return len([row for row in seen.rows("messages") if row["channel"] == channel and row["message_id"] in answered])


def refused(seen: Seen) -> list[Row]:
    return [row for row in seen.rows("consents") if not row["granted"]]


@plain
def withdrawals(seen: Seen) -> float:
    return len(refused(seen))


@plain
def days_since_withdrawal(seen: Seen) -> float | None:
    return silence(seen, refused(seen))


@plain
def contact_channels(seen: Seen) -> float:
    allowed = 0
    words = [row for row in seen.known("consents") if row["purpose"] == "contact"]
    for channel in {row["channel"] for row in words}:
        spoken = [row for row in words if row["channel"] == channel]
        last = max(row["happened_at"] for row in spoken)
        allowed += all(row["granted"] for row in spoken if row["happened_at"] == last)
    return allowed
