"""A whole shop from nothing: throw the dice for who there is, let the weeks pass, write what the shop knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from simulation import (
    advocacy,
    baskets,
    browse,
    checkout,
    consents,
    journeys,
    lifecycle,
    messages,
    policy,
    profiles,
    purchases,
    returns,
    service,
    shelves,
    towns,
)
from simulation import orders as ordering
from simulation.dice import dice
from simulation.errors import WorldError
from simulation.export import export
from simulation.incidents import draw_incident
from simulation.ledger import Ledger
from simulation.lost_carts import cart_ledgers
from simulation.noise import Noise
from simulation.people import draw_people
from simulation.products import Catalogue, draw_catalogue
from simulation.records import draw_records
from simulation.repertoire import draw_repertoire
from simulation.season import START, Calendar
from simulation.shop_toml import write_shop_toml
from simulation.state import World, first_condition
from simulation.stores import draw_stores
from simulation.tastes import draw_tastes
from simulation.truth import Ending, ending, write_truth

Report = Callable[[str, int, int], None]
FEWEST_CUSTOMERS, FEWEST_MONTHS, MOST_MONTHS = 50, 2, 120
MONTHS_FOR_INCIDENT = 6  # the months it happens in, and as many to tell it from


@dataclass(frozen=True)
class Summary:
    """What was made.

    Attributes
    ----------
    folder : Path                   the shop; the truth lies in its folder `truth`
    customers, months, seed : int   as asked
    rows : dict                     rows by table
    first, until : datetime         local midnights between which orders were made
    """

    folder: Path
    customers: int
    months: int
    seed: int
    rows: dict[str, int]
    first: datetime
    until: datetime


def simulate(
    customers: int,
    months: int,
    seed: int,
    out: Path,
    *,
    progress: Report | None = None,
    noise: Noise | None = None,
    incident_seed: int | None = None,
) -> Summary:
    """Make a shop of `customers` persons over `months` calendar months from 2024-01-01.

    Parameters
    ----------
    customers : int, 50 or more     persons; fragmented records make more ids of them. More than simulation.towns.TOWN
                                    are made a town after another, so that memory does not grow with them
    months : int, 2 to 120
    seed : int, 0 or more           the same seed gives the same bytes
    out : Path                      a new or empty folder
    progress : callable             called with what is being done, how much is done and of how much
    noise : Noise                   how far the export is from what happened
    incident_seed : int, optional   plants one incident in the last months, its kind, place, size and dates drawn by it;
                                    the truth says which

    Raises
    ------
    WorldError          if the numbers are out of range or `out` already holds files
    """
    report = progress or _silent
    _check(customers, months, seed, out)
    if incident_seed is not None and (incident_seed < 0 or months < MONTHS_FOR_INCIDENT):
        raise WorldError(
            f"An incident needs {MONTHS_FOR_INCIDENT} months or more and a seed from 0; this world lasts {months}, and "
            f"the seed is {incident_seed}. Ask for others."
        )
    calendar, noise = Calendar(months), noise or Noise()
    if len(people := towns.sizes(customers)) == 1:
        rows = _town(create(customers, calendar, seed, noise), incident_seed, out, report)
    else:
        rows = _towns(people, calendar, seed, noise, incident_seed, out, report)
    write_shop_toml(out, customers, months, seed)
    until = START + timedelta(seconds=calendar.end)
    return Summary(out, customers, months, seed, rows, START, until)


def _towns(
    people: Sequence[int], calendar: Calendar, seed: int, noise: Noise, incident_seed: int | None, out: Path,
    report: Report,
) -> dict[str, int]:  # fmt: skip
    """One town after another, and all of them put together; returns rows by table."""
    catalogue = draw_catalogue(dice(seed, "products"), sum(people), calendar)
    folders = [out / "towns" / str(town) for town in range(len(people))]
    for town, folder in enumerate(folders):
        folder.mkdir(parents=True)
        world = create(people[town], calendar, towns.seed_of(seed, town), noise, catalogue)
        _town(world, incident_seed, folder, _of_towns(report, town, len(people)))
        del world  # before the next town is made
    return towns.put_together(folders, out, report)


def _town(world: World, incident_seed: int | None, out: Path, report: Report) -> dict[str, int]:
    """Let a world pass and write it; returns rows by table."""
    if incident_seed is not None:
        world.incident = draw_incident(incident_seed, world.calendar, len(world.stores.region))
    ended = run(world, report)
    write_truth(world, ended, out / "truth")
    return export(world, out, report)


def _of_towns(report: Report, town: int, count: int) -> Report:
    return lambda what, done, total: report(f"town {town + 1} of {count}: {what}", done, total)


def create(customers: int, calendar: Calendar, seed: int, noise: Noise, catalogue: Catalogue | None = None) -> World:
    """The world before its first week: everybody's traits, the assortment (drawn where none is given), the stores."""
    weeks = calendar.weeks
    people = draw_people(dice(seed, "people"), customers, calendar, noise.machine_openers)
    tastes = draw_tastes(dice(seed, "tastes"), people, weeks)
    catalogue = catalogue or draw_catalogue(dice(seed, "products"), customers, calendar)
    world = World(
        seed=seed,
        calendar=calendar,
        noise=noise,
        people=people,
        tastes=tastes,
        catalogue=catalogue,
        repertoire=draw_repertoire(dice(seed, "repertoire"), people, catalogue, weeks),
        stores=draw_stores(dice(seed, "stores"), customers, catalogue, calendar),
        records=draw_records(dice(seed, "records"), people, tastes, noise),
        condition=first_condition(dice(seed, "condition"), people),
        hidden={
            "stages": lifecycle.stage_ledger(),
            "buyers": ordering.buyer_ledger(),
            "tiers": Ledger(profiles.TIER_FORMS),
            **cart_ledgers(),
        },
    )
    consents.ask_everyone(world)
    advocacy.introduce_the_old(world)
    return world


def run(world: World, report: Report) -> Ending:
    """Let all weeks pass; returns how everybody stood at the end of the data."""
    calendar = world.calendar
    for week in range(calendar.weeks):
        report("simulating weeks", week, calendar.weeks)
        pass_week(world, week)
        if week == calendar.last_week:
            ended = ending(world, week)
    report("simulating weeks", calendar.weeks, calendar.weeks)
    profiles.register(world)
    profiles.raise_tiers(world)
    return ended


def pass_week(world: World, week: int) -> None:
    """One week: newcomers, drift, purchases and what follows from them, visits, messages, consents."""
    group = policy.silence_group(world, week)
    advocacy.welcome(world, week)
    lifecycle.drift(world, week)
    wanted = purchases.attempts(world, week)
    lines = baskets.fill(world, week, wanted)
    ended = checkout.check_out(world, week, wanted, lines)
    journeys.walk(world, wanted, lines, ended)
    made = ordering.write_orders(world, wanted, lines, ended)
    messages.convert(world, made)
    returns.send_back(world, made)
    service.serve(world, made)
    advocacy.speak(world, made)
    browse.look_around(world, week)
    messages.converse(world, week, group)
    consents.reconsider(world, week)
    profiles.review_tiers(world, week)
    shelves.count_shelves(world, week)


def _check(customers: int, months: int, seed: int, out: Path) -> None:
    if customers < FEWEST_CUSTOMERS:
        raise WorldError(f"A world needs {FEWEST_CUSTOMERS} customers or more, not {customers}. Ask for more.")
    if customers > towns.TOWN * towns.MOST_TOWNS:
        raise WorldError(
            f"A world holds {towns.TOWN * towns.MOST_TOWNS:,} customers at most, not {customers:,}. Ask for fewer."
        )
    if not FEWEST_MONTHS <= months <= MOST_MONTHS:
        raise WorldError(f"A world lasts {FEWEST_MONTHS} to {MOST_MONTHS} months, not {months}. Ask for others.")
    if seed < 0:
        raise WorldError(f"A seed is a whole number from 0, not {seed}. Give another one.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WorldError(f"{out} already holds files. Give a new or an empty folder.")


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""
