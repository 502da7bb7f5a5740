"""What really drove everybody, in a folder of its own that ingest never reads."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulation import effects
from simulation.ahead import having_read, orders_ahead, standing
from simulation.checkout import slowness
from simulation.columns import moments, money, numbered, words
from simulation.deliveries import LATE
from simulation.dice import Bools, Floats, Ints, sigmoid
from simulation.lifecycle import PACE
from simulation.lost_carts import lost_carts
from simulation.messages import BOUNCES, OPENS_ABOVE_CLICKS, SMS, SMS_READ, at_hour, click_logit
from simulation.policy import NEWSLETTER, SEND_HOURS
from simulation.purchases import pace
from simulation.rights import HONOURED, RIGHTS
from simulation.season import AFTERWARDS_DAYS, DAY
from simulation.state import GONE, World
from simulation.words import ACTIONS, CONTACT_CHANNELS, PURCHASE_CHANNELS, SOURCES, STAGES

EFFECT_WEEKS = 4
_NULL = int(np.iinfo(np.int32).min)


@dataclass(frozen=True)
class Ending:
    """How everybody stood when the data ended; arrays of shape (n,), or (n, 4) by contact channel.

    Attributes
    ----------
    orders_a_week : expected this week
    purchase : array, shape (n, 5)      shares of the purchase channels
    affinity : log-odds of a click on an ordinary message, usual mood, no fatigue
    click, read : chance that a newsletter is clicked, that it is read, averaged over the hours of sending
    best : code of the allowed channel with the highest chance of a click, −1 where none is allowed
    answered : array, shape (actions, n)    chance that an action is read on that channel; 0 where none is allowed
    extra : array, shape (actions, n)       orders more in the EFFECT_WEEKS that follow, by who has read it
    """

    stage: Ints
    mood: Floats
    fatigue: Floats
    orders_a_week: Floats
    purchase: Floats
    allowed: Bools
    affinity: Floats
    click: Floats
    read: Floats
    best: Ints
    answered: Floats
    extra: Floats


def ending(world: World, week: int) -> Ending:
    """Take stock of everybody; to be called when the last week of the data has passed."""
    c, allowed = world.condition, world.allowed()
    click, read = answer_chances(world, week)
    best = np.where(allowed.any(axis=1), np.where(allowed, click, -1.0).argmax(axis=1), -1)
    reads = [answer_chances(world, week, action)[1][np.arange(len(best)), best] for action in range(len(ACTIONS))]
    return Ending(
        stage=c.stage.copy(),
        mood=c.mood.copy(),
        fatigue=c.fatigue.copy(),
        orders_a_week=pace(world, week),
        purchase=world.tastes.now(world.tastes.purchase, week),
        allowed=allowed,
        affinity=world.tastes.now(world.tastes.contact, week),
        click=click,
        read=read,
        best=best,
        answered=np.where(best >= 0, np.stack(reads), 0.0),
        extra=np.stack([extra_orders(world, week, action) for action in range(len(ACTIONS))]),
    )


def answer_chances(
    world: World, week: int, action: int = NEWSLETTER, at: Sequence[float] = tuple(SEND_HOURS)
) -> tuple[Floats, Floats]:
    """Chances of a click and of reading, (n, 4) each, for an action sent now at one of these hours."""
    everyone = np.arange(world.people.count)
    sent = np.full(len(everyone), action)
    hours = np.stack([at_hour(world, everyone, np.full(len(everyone), float(hour))) for hour in at])
    click, read = np.empty((len(everyone), len(CONTACT_CHANNELS))), np.empty((len(everyone), len(CONTACT_CHANNELS)))
    for channel in range(len(CONTACT_CHANNELS)):
        logit = click_logit(world, week, everyone, np.full(len(everyone), channel), sent) + hours
        clicked, opened = sigmoid(logit), sigmoid(logit + OPENS_ABOVE_CLICKS)
        other = SMS_READ if channel == SMS else opened
        click[:, channel] = (1.0 - BOUNCES[channel]) * clicked.mean(axis=0)
        read[:, channel] = (1.0 - BOUNCES[channel]) * (clicked + (1.0 - clicked) * other).mean(axis=0)
    return click, read


def write_truth(world: World, ended: Ending, folder: Path) -> None:
    """Write the truth files; to be called after the run and before the ledgers are emptied."""
    folder.mkdir(parents=True)
    tables = {
        "people": _people(world, ended),
        "contact": _contact(world, ended),
        "effects": _effects(world, ended),
        "outcomes": _outcomes(world),
        "identities": _identities(world),
        "buyers": _buyers(world),
        "stages": _stages(world),
        "carts": lost_carts(world),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    (folder / "world.json").write_text(json.dumps(_parameters(world), indent=1) + "\n", encoding="utf-8")


def _persons(who: Ints) -> pa.Array:
    return numbered(who, "person")


def _main_ids(world: World) -> pa.Array:
    return world.records.ids().take(pa.array(np.arange(world.people.count) * len(SOURCES)))


def _people(world: World, ended: Ending) -> pa.Table:
    p = world.people
    traits = ("rate", "rhythm", "leave", "pause", "discount", "curiosity", "fee", "advocacy", "irritable", "fragile")
    left = _left(world, ended)
    columns = {
        "person_id": _persons(np.arange(p.count)),
        "customer_id": _main_ids(world),
        "joined_at": moments(p.joined),
        **{name: pa.array(getattr(p, name)) for name in traits},
        "control": pa.array(p.control),
        "stage": words(ended.stage, STAGES),
        "left_at": moments(left),
        "mood": pa.array(ended.mood),
        "fatigue": pa.array(ended.fatigue),
        "orders_a_week": pa.array(ended.orders_a_week),
        **{f"purchase_{name}": pa.array(ended.purchase[:, code]) for code, name in enumerate(PURCHASE_CHANNELS)},
        "next_best_channel": words(ended.best, CONTACT_CHANNELS),
    }
    return pa.table(columns)


def _left(world: World, ended: Ending) -> Ints:
    """When those who were gone at the end had left; the first week for those gone from the start."""
    rows = world.hidden["stages"]
    gone = (rows.column("stage") == GONE) & (rows.column("happened_at") < world.calendar.end)
    left = np.zeros(world.people.count, dtype=np.int64)
    np.maximum.at(left, rows.column("person")[gone].astype(np.int64), rows.column("happened_at")[gone].astype(np.int64))
    return np.where(ended.stage == GONE, left, _NULL)


def _contact(world: World, ended: Ending) -> pa.Table:
    """One row a person and channel."""
    count, channels = ended.click.shape
    return pa.table(
        {
            "person_id": _persons(np.repeat(np.arange(count), channels)),
            "customer_id": _main_ids(world).take(pa.array(np.repeat(np.arange(count), channels))),
            "channel": words(np.tile(np.arange(channels), count), CONTACT_CHANNELS),
            "allowed": pa.array(ended.allowed.ravel()),
            "affinity": pa.array(ended.affinity.ravel()),
            "response_probability": pa.array(ended.click.ravel()),
            "read_probability": pa.array(ended.read.ravel()),
        }
    )


def _effects(world: World, ended: Ending) -> pa.Table:
    """One row a person and action, for a message on the person's best channel at the end of the data."""
    count, actions = world.people.count, len(ACTIONS)
    who, action = np.repeat(np.arange(count), actions), np.tile(np.arange(actions), count)
    gain = effects.lift(world, who, action, ended.stage[who])
    wakes = effects.waking(world, who, action, ended.stage[who])
    return pa.table(
        {
            "person_id": _persons(who),
            "action": words(action, ACTIONS),
            "log_lift_if_read": pa.array(gain),
            "wakes_if_read": pa.array(wakes),
            "mood_lost_if_received": pa.array(effects.irritation(world.people, who, action)),
            "read_probability": pa.array(ended.answered[action, who]),
            "extra_orders_28d": pa.array((ended.answered * ended.extra)[action, who]),
        }
    )


def extra_orders(world: World, week: int, action: int) -> Floats:
    """Orders more in the EFFECT_WEEKS after a week that has passed, of who read an action in it; shape (n,)."""
    now = standing(world)
    read, left = (orders_ahead(world, one, week + 1, EFFECT_WEEKS) for one in (having_read(world, now, action), now))
    return np.asarray((read - left).sum(axis=0))


def _outcomes(world: World) -> pa.Table:
    """What everybody bought in the unseen weeks after the end, under the same policy."""
    buyers, end = world.hidden["buyers"], world.calendar.end
    who, second = buyers.column("person").astype(np.int64), buyers.column("happened_at").astype(np.int64)
    amount, count = buyers.column("amount").astype(np.int64), world.people.count
    columns: dict[str, pa.Array] = {"person_id": _persons(np.arange(count)), "customer_id": _main_ids(world)}
    for days in (AFTERWARDS_DAYS // 2, AFTERWARDS_DAYS):
        inside = (second >= end) & (second < end + days * DAY)
        columns[f"orders_{days}d"] = pa.array(np.bincount(who[inside], minlength=count))
        spend = np.bincount(who[inside], weights=amount[inside], minlength=count)
        columns[f"spend_{days}d"] = money(spend.astype(np.int64))
    following = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(following, who[second >= end], second[second >= end])
    columns["next_order_at"] = moments(np.where(following == np.iinfo(np.int64).max, _NULL, following))
    return pa.table(columns)


def _identities(world: World) -> pa.Table:
    """Whose every exported record really is."""
    who, source = np.nonzero(world.records.since < world.calendar.export)
    ids = world.records.ids().take(pa.array(who * len(SOURCES) + source))
    return pa.table({"source": words(source, SOURCES), "source_customer_id": ids, "person_id": _persons(who)})


def _buyers(world: World) -> pa.Table:
    """Who made each order before the end, guests included."""
    buyers = world.hidden["buyers"]
    seen = buyers.column("happened_at") < world.calendar.export
    number, who = buyers.column("order_id")[seen], buyers.column("person")[seen]
    return pa.table({"order_id": numbered(number, "order"), "person_id": _persons(who)})


def _stages(world: World) -> pa.Table:
    """Every change of stage until the end."""
    rows = world.hidden["stages"]
    seen = rows.column("happened_at") < world.calendar.end
    columns = {
        "person_id": _persons(rows.column("person")[seen]),
        "happened_at": moments(rows.column("happened_at")[seen]),
        "stage": words(rows.column("stage")[seen], STAGES),
    }
    return pa.table(columns).take(pc.sort_indices(columns["happened_at"]))


def _parameters(world: World) -> dict[str, object]:
    """What holds for everybody."""
    return {
        "seed": world.seed,
        "customers": world.people.count,
        "months": world.calendar.months,
        "noise": asdict(world.noise),
        "actions": ACTIONS,
        "stages": STAGES,
        "log_lift": world.mechanism.lift.tolist(),
        "irritation": effects.IRRITATION.tolist(),
        "pace": PACE.tolist(),
        "slowness": [round(slowness(world, week), 3) for week in range(world.calendar.last_week + 1)],
        "late_deliveries": dict(LATE),
        "rights": {tier: {"right": right, "honoured": HONOURED[right]} for tier, right in RIGHTS.items()},
        "incident": None if world.incident is None else world.incident.told(),
    }
