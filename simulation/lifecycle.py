"""From prospect to active, fading, dormant, gone and back: how customers drift from week to week."""

import numpy as np

from simulation.dice import Floats, Ints
from simulation.ledger import Ledger
from simulation.season import WEEK
from simulation.state import ACTIVE, DORMANT, FADING, GONE, PROSPECT, World

# By stage: prospect, active, fading, dormant, gone.
PACE = np.array([0.45, 1.0, 0.40, 0.03, 0.0])  # of the person's order rate
VISITING = np.array([1.0, 1.0, 0.45, 0.12, 0.01])  # of the person's visits
LISTENING = np.array([0.0, 0.0, -0.5, -0.4, -2.0])  # log-odds of answering a message

MOOD_KEPT, MOOD_STIR = 0.97, 0.12
MOOD_ON_ORDERS, MOOD_ON_VISITS, MOOD_ON_LEAVING = 0.6, 1.0, 1.1
PROSPECT_GIVES_UP = 0.035
FADING_LEAVES, FADING_STAYS = 0.16, 0.06
DORMANT_RETURNS, DORMANT_LEAVES = 0.06, 0.02

STAGE_FORMS = {"person": "person", "happened_at": "moment", "stage": "word"}


def stage_ledger() -> Ledger:
    """Where every change of stage is kept, for the truth."""
    return Ledger(STAGE_FORMS)


def drift(world: World, week: int) -> None:
    """Let a week pass: moods wander, people fade, pause, return and leave."""
    rng, c = world.rng("lifecycle"), world.condition
    here = world.here(week) > 0
    stir = rng.normal(0.0, MOOD_STIR, world.people.count)
    c.mood = np.clip(np.where(here, MOOD_KEPT * c.mood + stir, c.mood), -2.5, 2.0)
    throw = rng.random(world.people.count)
    for stage, to, chance in moves(world.people.leave, world.people.pause, c.mood, c.boost):
        moving = here & (c.stage == stage) & (throw >= 0) & (throw < chance)
        throw = np.where(c.stage == stage, throw - chance, throw)
        throw[moving] = -1.0
        enter(world, np.flatnonzero(moving), to, week * WEEK)


def moves(leave: Floats, pause: Floats, mood: Floats, boost: Floats) -> list[tuple[int, int, Floats]]:
    """(from, to, chance this week) of every move, of n people; one throw decides between moves out of one stage."""
    unhappy = np.exp(-MOOD_ON_LEAVING * mood)
    drawn = np.exp(0.6 * mood + boost)
    return [
        (PROSPECT, GONE, np.full(len(mood), PROSPECT_GIVES_UP)),
        (ACTIVE, FADING, np.minimum(leave * unhappy, 0.5)),
        (ACTIVE, DORMANT, pause),
        (FADING, GONE, np.minimum(FADING_LEAVES * np.sqrt(unhappy), 0.6)),
        (FADING, ACTIVE, np.minimum(FADING_STAYS * drawn, 0.4)),
        (DORMANT, ACTIVE, np.minimum(DORMANT_RETURNS * drawn, 0.4)),
        (DORMANT, GONE, np.full(len(mood), DORMANT_LEAVES)),
    ]


def enter(world: World, who: Ints, stage: int, second: int | Ints) -> None:
    """Put these persons into a stage and note when."""
    world.condition.stage[who] = stage
    world.hidden["stages"].add(len(who), person=who, happened_at=second, stage=stage)
