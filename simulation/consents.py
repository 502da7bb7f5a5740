"""Consent to be contacted and profiled: given on joining, withdrawn in anger or by itself, sometimes given again."""

import numpy as np

from simulation.dice import Bools, Ints, happens
from simulation.policy import Sends
from simulation.season import DAY, HOUR, WEEK
from simulation.state import ACTIVE, World
from simulation.words import CODE, CONTACT_CHANNELS

GRANTED = np.array([0.82, 0.66, 0.78, 0.80])  # email, sms, push, wechat
NEVER_ASKED = np.array([0.10, 0.0, 0.0, 0.0])  # e-mail to existing customers stands on another basis
PROFILING = 0.94
WITHDRAWS, WITHDRAWS_PROFILING, GRANTS_AGAIN = 0.0008, 0.0003, 0.003
_CHANNELS = np.array([CODE[name] for name in CONTACT_CHANNELS])


def ask_everyone(world: World) -> None:
    """Ask on joining, for every channel an address is on file for."""
    rng, c, count = world.rng("consents"), world.condition, world.people.count
    reach = world.tastes.reach
    asked = reach & ~happens(rng, np.broadcast_to(NEVER_ASKED, reach.shape))
    granted = happens(rng, np.broadcast_to(GRANTED, reach.shape))
    c.granted = reach & (granted | ~asked)
    who, channel = np.nonzero(asked)
    _write(world, who, _CHANNELS[channel], world.people.joined[who] + 30, granted[asked])
    profiled = happens(rng, np.full(count, PROFILING))
    _write(world, np.arange(count), CODE["any"], world.people.joined + 30, profiled, "profiling")


def _write(
    world: World, who: Ints, channel: Ints | int, second: Ints, granted: Bools | int, purpose: str = "contact"
) -> None:
    world.ledgers["consents"].add(
        len(who),
        customer_id=3 * who,
        channel=channel,
        purpose=CODE[purpose],
        granted=granted,
        happened_at=second,
        known_at=second,
    )


def object_to(world: World, sends: Sends) -> None:
    """Whoever unsubscribes or complains is not written to on that channel any more."""
    world.condition.granted[sends.who, sends.channel] = False
    delay = world.rng("consents").integers(HOUR // 2, 2 * DAY, len(sends.who))
    _write(world, sends.who, _CHANNELS[sends.channel], sends.second + delay, 0)


def reconsider(world: World, week: int) -> None:
    """Withdraw or grant unasked: the unhappy withdraw every channel next week, the happy come back to one."""
    rng, c, p = world.rng("consents"), world.condition, world.people
    here = world.here(week) == 1.0
    leaving = here & happens(rng, np.minimum(WITHDRAWS * np.exp(-1.2 * c.mood), 0.05))
    who, channel = np.nonzero(c.granted & leaving[:, None])
    c.granted[leaving] = False
    _write(world, who, _CHANNELS[channel], _sometime(rng, week + 1, len(who)), 0)
    missing = world.tastes.reach & ~c.granted & here[:, None] & (c.stage == ACTIVE)[:, None] & ~leaving[:, None]
    again = missing & happens(rng, np.broadcast_to(GRANTS_AGAIN * np.exp(c.mood)[:, None], missing.shape))
    who, channel = np.nonzero(again)
    c.granted |= again
    _write(world, who, _CHANNELS[channel], _sometime(rng, week, len(who)), 1)
    unseen = np.flatnonzero(here & happens(rng, np.full(p.count, WITHDRAWS_PROFILING)))
    _write(world, unseen, CODE["any"], _sometime(rng, week, len(unseen)), 0, "profiling")
    _lose(world, week)


def _lose(world: World, week: int) -> None:
    """A broken form writes consents down as withdrawn."""
    incident, c = world.incident, world.condition
    if incident is None or incident.kind != "consent_lost":
        return
    channel = CONTACT_CHANNELS.index(str(incident.channel))
    rng = world.rng("incident")
    when = _sometime(rng, week, world.people.count)
    through = happens(rng, np.full(world.people.count, incident.size))
    lost = np.flatnonzero(c.granted[:, channel] & through & incident.during(when))
    c.granted[lost, channel] = False
    _write(world, lost, _CHANNELS[channel], when[lost], 0)


def _sometime(rng: np.random.Generator, week: int, count: int) -> Ints:
    return week * WEEK + rng.integers(0, WEEK, count)
