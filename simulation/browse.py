"""Visits without an order: looking around, reading, filling a cart and leaving it."""

import numpy as np

from simulation import incidents
from simulation.checkout import CHANGED_MIND, PAYMENT, SHIPPING, SLOW, SLOW_MS, page_load
from simulation.dice import Floats, Ints, choose, deal, happens
from simulation.lifecycle import MOOD_ON_VISITS, VISITING
from simulation.lost_carts import lose
from simulation.records import MINI, STORE
from simulation.season import HOUR
from simulation.state import World
from simulation.touches import REASON_CODES, Visits, device_of, touch
from simulation.words import BROWSE_CHANNELS, PURCHASE_CHANNELS

WEB, APP = PURCHASE_CHANNELS.index("web"), PURCHASE_CHANNELS.index("app")
LIVE = PURCHASE_CHANNELS.index("live")
SOCIAL, COMMUNITY = BROWSE_CHANNELS.index("social"), BROWSE_CHANNELS.index("community")
BOUNCE, SLOW_BOUNCE = 0.30, 0.30
MORE_VIEWS = 0.8
SEARCHES, READS, LOGS_IN = 0.25, 0.12, 0.10
FILLS_CART, GOES_TO_CHECKOUT = 0.12, 0.40
TRIES_ON, ASKS = 0.18, 0.12
READS_POSTS, JOINS_IN = 0.45, 0.20
NOT_LOGGED_IN = 0.06
FINDS_NOTHING, RESULTS = 0.08, 11.0
_VISITS_AT_MOST = 12
_BREAKS_OFF = (0.45, 0.35, 0.12, 0.08)
_LANDS_ON = np.array([WEB, WEB, APP, MINI])  # after a click in email, sms, push, wechat


def visit_rate(world: World, week: int) -> Floats:
    """Expected visits of everybody this week, shape (n,): mood shows here first, and so does an order coming."""
    c, p = world.condition, world.people
    due = 0.5 + (c.progress + 0.5) / p.rhythm
    return np.asarray(p.visits * VISITING[c.stage] * np.exp(MOOD_ON_VISITS * c.mood) * due * world.here(week))


def look_around(world: World, week: int) -> None:
    """The week's visits without an order."""
    rng = world.rng("browse")
    who = np.repeat(np.arange(world.people.count), np.minimum(rng.poisson(visit_rate(world, week)), _VISITS_AT_MOST))
    channel = choose(rng, world.tastes.now(world.tastes.browse, week)[who])
    second = world.moments(rng, who, week)
    shut = incidents.closed(world.incident, np.where(channel == STORE, world.stores.home[who], -1), second)
    who, channel, second = who[~shut], channel[~shut], second[~shut]
    joined, dice = world.people.joined, world.rng("incident")
    _visit(world, rng, week, *incidents.with_readers(world.incident, dice, joined, who, channel, second))


def land(world: World, week: int, who: Ints, contact: Ints, second: Ints) -> None:
    """The visits that clicks on messages bring."""
    rng = world.rng("landing")
    _visit(world, rng, week, who, _LANDS_ON[contact], second + rng.integers(60, 2 * HOUR, len(who)))


def _visit(world: World, rng: np.random.Generator, week: int, who: Ints, channel: Ints, second: Ints) -> None:
    unknown = (channel == WEB) & happens(rng, np.full(len(who), NOT_LOGGED_IN))
    visits = Visits(who, channel, second, world.numbers("session", len(who)), unknown)
    load = page_load(world, rng, week, channel)
    slow = np.nan_to_num(load) > SLOW_MS
    bounced = happens(rng, np.where(channel == STORE, 0.0, BOUNCE + SLOW_BOUNCE * slow))
    dwell = np.round(rng.lognormal(np.where(bounced, 2.0, 4.8), 0.7))
    store = np.where(channel == STORE, world.stores.home[who], -1)
    device = device_of(world, who, channel)
    touch(world, "visit", visits, dwell_seconds=dwell, load_ms=load, store_id=store, device=device)
    _act(world, rng, week, visits.take(~bounced))


def _act(world: World, rng: np.random.Generator, week: int, visits: Visits) -> None:
    """What happens in the visits that did not end on the first page."""
    channel = visits.channel
    shop, posts = np.isin(channel, (WEB, APP, MINI)), np.isin(channel, (SOCIAL, COMMUNITY, LIVE))
    acts = (
        ("login", np.where(channel == APP, LOGS_IN, 0.0)),
        ("search", np.where(shop, SEARCHES, 0.0)),
        ("read", np.where(shop, READS, np.where(posts, READS_POSTS, 0.0))),
        ("event", np.where(posts, JOINS_IN, 0.0)),
        ("try_on", np.where(channel == STORE, TRIES_ON, 0.0)),
        ("consult", np.where(channel == STORE, ASKS, 0.0)),
    )
    for kind, chance in acts:
        acting = visits.take(happens(rng, chance))
        found = {"results": search_results(world, len(acting.who))} if kind == "search" else {}
        touch(world, kind, acting.after(rng.integers(10, 240, len(acting.who))), **found)
    _view(world, rng, week, visits.take(shop | (channel == LIVE)))
    _leave_cart(world, rng, week, visits.take(shop & happens(rng, np.full(len(shop), FILLS_CART))))


def search_results(world: World, searches: int) -> Floats:
    """How much each search finds: nothing, some of the time."""
    rng = world.rng("search results")
    some = 1.0 + rng.poisson(RESULTS, searches)
    return np.where(happens(rng, np.full(searches, FINDS_NOTHING)), 0.0, some)


def _view(world: World, rng: np.random.Generator, week: int, visits: Visits) -> None:
    views = visits.times(np.minimum(1 + rng.poisson(MORE_VIEWS, len(visits.who)), 4))
    product = _interest(world, rng, week, views.who)
    touch(world, "view", views.after(rng.integers(5, 400, len(product))), product_id=product)


def _interest(world: World, rng: np.random.Generator, week: int, who: Ints) -> Ints:
    own = happens(rng, 0.6 * world.repertoire.repeats[who])
    new = world.repertoire.new(rng, world.catalogue, who)
    return world.catalogue.on_sale(np.where(own, world.repertoire.own(rng, who, week), new), week)


def _leave_cart(world: World, rng: np.random.Generator, week: int, visits: Visits) -> None:
    """A cart filled without an order in mind is left, some of the time at the checkout."""
    count = len(visits.who)
    cart, product = world.numbers("cart", count), _interest(world, rng, week, visits.who)
    value = world.catalogue.price[product] / 100.0
    touch(world, "add_to_cart", visits.after(300), cart_id=cart, product_id=product, value=value)
    going = happens(rng, np.full(count, GOES_TO_CHECKOUT))
    touch(world, "begin_checkout", visits.take(going).after(390), cart_id=cart[going], value=value[going])
    why = np.array([CHANGED_MIND, SHIPPING, PAYMENT, SLOW])[deal(rng, _BREAKS_OFF, count)]
    why = np.where(going, why, CHANGED_MIND)
    left = visits.after(500)
    touch(world, "abandon", left, cart_id=cart, value=value, reason=REASON_CODES[why])
    known = ~visits.unknown
    lose(world, visits.who[known], cart[known], left.second[known], why[known], product[known])
