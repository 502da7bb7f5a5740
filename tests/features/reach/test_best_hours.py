"""The best hour by weekday, against a plain recount in dictionaries."""

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.reach.best_hours import FEWEST_SENDS, NO_HOUR, OWN_PRIOR, SHOP_PRIOR, hours_by_weekday
from tests.shops import make_shop

CUTOFF = datetime(2026, 6, 1)
PEOPLE = [f"c{number:02d}" for number in range(30)]


def _sends(seed=0, count=1_500, late=0):
    """Sends at three hours and their answers; the first person answers at eight only."""
    rng = np.random.default_rng(seed)
    messages, responses = [], []
    for number in range(count):
        who = PEOPLE[int(rng.integers(len(PEOPLE)))]
        hour = int(rng.choice((8, 12, 20)))
        at = CUTOFF - timedelta(days=int(rng.integers(1, 360)), hours=-hour, minutes=-7)
        chance = (
            (0.6 if hour == 8 else 0.0)
            if who == "c00"
            else {8: 0.05, 12: 0.1, 20: 0.3 if at.weekday() < 5 else 0.05}[hour]
        )
        messages.append({"message_id": str(number), "customer_id": who, "happened_at": at, "channel": "push"})
        if rng.random() < chance:
            reply = {"message_id": str(number), "kind": "click", "happened_at": at + timedelta(minutes=5)}
            responses += [reply, {**reply, "kind": "open"}]
        elif rng.random() < 0.3:
            opened = {"message_id": str(number), "kind": "click", "happened_at": at, "is_machine": True}
            responses.append(opened)
    return messages, responses


def _plainly(messages, responses, who):
    answered = {one["message_id"] for one in responses if one["kind"] == "click" and not one.get("is_machine")}
    seen = defaultdict(lambda: [0, 0])
    for one in messages:
        at = one["happened_at"]
        for key in ((), (at.hour,), (at.weekday(), at.hour), (one["customer_id"], at.weekday(), at.hour)):
            seen[key][0] += 1
            seen[key][1] += one["message_id"] in answered

    def rate(day, hour):
        whole = seen[()][1] / seen[()][0]
        hourly = (seen[(hour,)][1] + SHOP_PRIOR * whole) / (seen[(hour,)][0] + SHOP_PRIOR)
        return (seen[(day, hour)][1] + SHOP_PRIOR * hourly) / (seen[(day, hour)][0] + SHOP_PRIOR)

    def own(hour):
        due = sum(seen[(who, day, hour)][0] * rate(day, hour) for day in range(7))
        return (sum(seen[(who, day, hour)][1] for day in range(7)) + OWN_PRIOR) / (due + OWN_PRIOR)

    hours = [hour for hour in range(24) if seen[(hour,)][0] >= FEWEST_SENDS]
    return [max(hours, key=lambda hour: rate(day, hour) * own(hour)) for day in range(7)]


def _found(folder, messages, responses, people):
    orders = [{"order_id": "1", "customer_id": "c00", "happened_at": datetime(2026, 1, 1), "amount": 5}]
    shop = make_shop(folder, orders=orders, messages=messages, responses=responses)
    return hours_by_weekday(shop, CUTOFF, pa.array(people), ("click", "convert"))


def test_few_answers_shrunk_on_the_shop_and_many_do_not(tmp_path: Path) -> None:
    messages, responses = _sends()
    found = _found(tmp_path, messages, responses, [*PEOPLE, "nobody"])
    assert found.tolist() == [_plainly(messages, responses, who) for who in [*PEOPLE, "nobody"]]
    assert found[0].tolist() == [8] * 7
    assert found[-1].tolist()[:5] == [20] * 5


def test_what_is_not_known_yet_and_too_few_sends_say_nothing(tmp_path: Path) -> None:
    messages, responses = _sends(count=FEWEST_SENDS - 1)
    later = [{**one, "message_id": f"later-{one['message_id']}", "known_at": CUTOFF} for one in _sends(1)[0]]
    found = _found(tmp_path, messages + later, responses, PEOPLE)
    assert (found == NO_HOUR).all()


def test_hours_at_which_nobody_may_be_written_to_do_not_come_into_question(tmp_path: Path) -> None:
    messages, responses = _sends()
    orders = [{"order_id": "1", "customer_id": "c00", "happened_at": datetime(2026, 1, 1), "amount": 5}]
    shop = make_shop(tmp_path, orders=orders, messages=messages, responses=responses)
    people = pa.array(PEOPLE)
    found = hours_by_weekday(shop, CUTOFF, people, ("click", "convert"), usable=range(9, 20))
    assert set(found.ravel().tolist()) == {12}
    assert (hours_by_weekday(shop, CUTOFF, people, ("click", "convert"), usable=()) == NO_HOUR).all()
