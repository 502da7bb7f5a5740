"""What the shop writes about a person: one row a record, another whenever the loyalty tier changes."""

import numpy as np

from simulation.dice import Bools, Floats, Ints, dice, happens
from simulation.records import CRM, POS
from simulation.season import DAY, HOUR, START, WEEK
from simulation.state import World
from simulation.words import ACQUISITION, CAMPAIGNS, CODE, GENDERS, REGIONS, SOURCES, TIERS

TIER_WEEKS = 13
HALF_YEAR_DAYS = 182
TIER_FROM = np.array([60_000, 200_000])  # hundredths spent in a quarter
BIRTH_YEAR_GIVEN, GENDER_GIVEN, REGION_GIVEN, PLACE_GIVEN = 0.85, 0.85, 0.95, 0.80
_POINTS_A_YUAN = 0.01
_TIER_CODES = np.array([CODE[name] for name in TIERS])
_GENDER_CODES = np.array([CODE[name] for name in GENDERS])
_REGION_CODES = np.array([CODE[name] for name in REGIONS])
_CAMPAIGN_CODES = np.array([CODE[name] for name in CAMPAIGNS])
_ACQUISITION_CODES = np.array([CODE[name] for name in ACQUISITION])


def register(world: World) -> None:
    """The first row of every record, after the run: by then it is known who invited whom."""
    for source in range(len(SOURCES)):
        who = np.flatnonzero(world.records.exists()[:, source])
        tier = _TIER_CODES[0] if source == CRM else -1
        _write(world, who, source, world.records.since[who, source], tier, 0.0 if source == CRM else np.nan)


def review_tiers(world: World, week: int) -> None:
    """Set the tiers once a quarter by what was spent in it; only a change makes a row."""
    if week % TIER_WEEKS or not week:
        return
    c = world.condition
    tier = np.digitize(c.spent, TIER_FROM)
    changed = np.flatnonzero((tier != c.tier) & (world.people.joined < week * WEEK))
    points = np.round(c.spent[changed] * _POINTS_A_YUAN)
    world.hidden["tiers"].add(
        len(changed), person=changed, happened_at=week * WEEK + 3 * HOUR, tier=tier[changed], points=points
    )
    c.tier, c.spent = tier, np.zeros(len(tier), dtype=np.int64)


TIER_FORMS = {"person": "person", "happened_at": "moment", "tier": "word", "points": "number"}


def raise_tiers(world: World) -> None:
    """Write the changes of tier, with what else was known of the person."""
    rows = world.hidden["tiers"].columns()
    who, tier = rows["person"].astype(np.int64), rows["tier"].astype(np.int64)
    _write(world, who, CRM, rows["happened_at"].astype(np.int64), _TIER_CODES[tier], rows["points"].astype(np.float64))


def _write(world: World, who: Ints, source: int, known: Ints, tier: Ints | int, points: Floats | float) -> None:
    p, given = world.people, _given(world)[:, who]
    year = np.round(START.year - p.age[who])
    crm = source == CRM
    place, friend = np.round(world.stores.homes[who], 3), world.condition.referred_by[who]
    world.ledgers["customers"].add(
        len(who),
        customer_id=len(SOURCES) * who + source,
        known_at=known,
        joined_at=world.records.since[who, source],
        birth_year=np.where(given[0] & crm, year, np.nan),
        gender=np.where(given[1] & (source != POS), _GENDER_CODES[p.gender[who]], -1),
        region=np.where(given[2] | (source == POS), _REGION_CODES[world.stores.region[world.stores.home[who]]], -1),
        latitude=np.where(given[3] & crm, place[:, 0], np.nan),
        longitude=np.where(given[3] & crm, place[:, 1], np.nan),
        tier=tier,
        points=points,
        acquisition_channel=_ACQUISITION_CODES[p.acquisition[who]] if crm else -1,
        acquisition_campaign=_campaign(world, who) if crm else -1,
        referred_by=np.where((friend >= 0) & crm, len(SOURCES) * friend, -1),
    )


def _campaign(world: World, who: Ints) -> Ints:
    """Who came through an advert or a post came by the campaign of the half-year; nobody else by any."""
    came = world.people.joined[who]
    autumn = (came // (HALF_YEAR_DAYS * DAY)) % 2
    told = np.isin(world.people.acquisition[who], [ACQUISITION.index("advert"), ACQUISITION.index("social")])
    return np.where(told, _CAMPAIGN_CODES[autumn], -1)


def _given(world: World) -> Bools:
    """Which of birth year, gender, region and place each person gave; the same for every row, shape (4, n)."""
    shares = np.array([BIRTH_YEAR_GIVEN, GENDER_GIVEN, REGION_GIVEN, PLACE_GIVEN])
    return happens(dice(world.seed, "profile gaps"), np.repeat(shares[:, None], world.people.count, axis=1))
