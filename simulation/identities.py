"""The marks on each record: shared ones tie records together, hubs and mistakes tie the wrong ones or none."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulation.columns import moments, words
from simulation.contract import schema
from simulation.dice import Bools, Ints, happens
from simulation.records import CRM, POS, WECHAT
from simulation.season import DAY
from simulation.state import World
from simulation.words import CONTACT_CHANNELS, IDENTITY_KINDS, SOURCES

EMAIL, PHONE, DEVICE, CARD, OPENID = range(len(IDENTITY_KINDS))
_EMAIL_R, _PHONE_R, _DEVICE_R, _WECHAT_R = range(len(CONTACT_CHANNELS))
PHONE_AT_TILL, EMAIL_AT_TILL, CARD_ON_MAIN = 0.70, 0.30, 0.55
PHONE_IN_WECHAT, DEVICE_IN_WECHAT, OPENID_ON_MAIN = 0.75, 0.35, 0.50
TILL_SIZE, CLUB_SIZE = 60, 30  # persons behind one hub, at least and about
HOUSEHOLD_PHONES = 0.001
LEARNT_AFTER_DAYS = 60.0
CAPITALS, SPACED = 0.10, 0.15

# Marks that belong to nobody alone are numbered from here on.
_TILLS, _CLUBS = 50_000_000, 60_000_000
Mark = tuple[Ints, int, int, Ints, Ints]  # who, source, kind, value, second


def identity_table(world: World, ids: pa.Array) -> pa.Table:
    """The table `identities`, by moment; `ids` are the records' ids by number."""
    rng = world.rng("identities")
    marks = list(_marks(world, rng))
    record = np.concatenate([len(SOURCES) * who + source for who, source, _, _, _ in marks])
    source = np.concatenate([np.full(len(who), source) for who, source, _, _, _ in marks])
    kind = np.concatenate([np.full(len(who), kind) for who, _, kind, _, _ in marks])
    value, second = (np.concatenate([mark[part] for mark in marks]) for part in (3, 4))
    order = np.lexsort((value, kind, record, second))
    order = order[second[order] < world.calendar.export]
    return _table(rng, ids, record[order], source[order], kind[order], value[order], second[order])


def _marks(world: World, rng: np.random.Generator) -> Iterator[Mark]:
    """Every mark on every record. A linked second record shares at least one mark with the main one."""
    own = rng.permutation(world.people.count)  # a person's number in e-mail, phone, device, card and openid
    phone = _household(rng, own)
    reach, since = world.tastes.reach, world.records.since
    tied = _ties(world, rng)
    for kind, column in ((EMAIL, _EMAIL_R), (PHONE, _PHONE_R), (DEVICE, _DEVICE_R)):
        yield _mark(world, np.flatnonzero(reach[:, column]), CRM, kind, phone if kind == PHONE else own)
    wechat = reach[:, _WECHAT_R] | tied["openid"]
    yield _mark(world, np.flatnonzero(wechat), CRM, OPENID, own, _learnt(world, rng, WECHAT, tied["openid"]))
    yield _mark(world, np.flatnonzero(tied["card"]), CRM, CARD, own, _learnt(world, rng, POS, tied["card"]))
    for source, kind in ((POS, CARD), (WECHAT, OPENID)):
        yield _mark(world, np.flatnonzero(world.records.exists()[:, source]), source, kind, own)
    mistyped = np.where(happens(rng, np.full(len(own), world.noise.typo)), own + world.people.count, phone)
    for name, source, kind in (
        ("till phone", POS, PHONE),
        ("till email", POS, EMAIL),
        ("wechat phone", WECHAT, PHONE),
        ("wechat device", WECHAT, DEVICE),
    ):
        value = mistyped if kind == PHONE else own
        yield _mark(world, np.flatnonzero(tied[name]), source, kind, value, _learnt(world, rng, source, tied[name]))
    yield from _hubs(world, rng, since[:, POS])


def _mark(world: World, who: Ints, source: int, kind: int, value: Ints, second: Ints | None = None) -> Mark:
    seen = world.records.since[:, source] if second is None else second
    return who, source, kind, value[who], seen[who]


def _household(rng: np.random.Generator, own: Ints) -> Ints:
    """Phone numbers: a few persons give the number of the next one."""
    shared = happens(rng, np.full(len(own), HOUSEHOLD_PHONES))
    return np.where(shared, np.roll(own, -1), own)


def _ties(world: World, rng: np.random.Generator) -> dict[str, Bools]:
    """Which shared marks each second record shows; one that is tied at all is tied by at least one."""
    exists, reach, noise = world.records.exists(), world.tastes.reach, world.noise
    chance = np.full(world.people.count, 1.0)
    tied = {source: exists[:, source] & happens(rng, noise.linked * chance) for source in (POS, WECHAT)}
    ties = {
        "till phone": tied[POS] & reach[:, _PHONE_R] & happens(rng, PHONE_AT_TILL * chance),
        "till email": tied[POS] & reach[:, _EMAIL_R] & happens(rng, EMAIL_AT_TILL * (1 - noise.till_email) * chance),
        "card": tied[POS] & happens(rng, CARD_ON_MAIN * chance),
        "wechat phone": tied[WECHAT] & reach[:, _PHONE_R] & happens(rng, PHONE_IN_WECHAT * chance),
        "wechat device": tied[WECHAT] & reach[:, _DEVICE_R] & happens(rng, DEVICE_IN_WECHAT * chance),
        "openid": tied[WECHAT] & happens(rng, OPENID_ON_MAIN * chance),
    }
    ties["card"] |= tied[POS] & ~ties["till phone"] & ~ties["till email"]
    ties["openid"] |= tied[WECHAT] & ~ties["wechat phone"] & ~ties["wechat device"]
    return ties


def _learnt(world: World, rng: np.random.Generator, source: int, tied: Bools) -> Ints:
    """When a shared mark was seen: with the record, or for some links weeks afterwards. Shape (n,)."""
    count = len(tied)
    later = happens(rng, np.full(count, world.noise.learnt_later)) & tied
    wait = (rng.exponential(LEARNT_AFTER_DAYS, count) * DAY).astype(np.int64)
    main = np.where(tied, world.records.since[:, source], world.people.joined)
    return main + np.where(later, wait, 0)


def _hubs(world: World, rng: np.random.Generator, since: Ints) -> Iterator[Mark]:
    """The till's own e-mail on many till records, and clubs whose card goes round; never by the handful."""
    at_till = np.flatnonzero(world.records.exists()[:, POS])
    lazy = at_till[happens(rng, np.full(len(at_till), world.noise.till_email))]
    tills = max(1, len(lazy) // TILL_SIZE)
    yield lazy, POS, EMAIL, _TILLS + world.stores.home[lazy] % tills, since[lazy]
    share = max(world.noise.shared_card, CLUB_SIZE / max(len(at_till), 1)) if world.noise.shared_card else 0.0
    club = at_till[happens(rng, np.full(len(at_till), share))]
    clubs = max(1, len(club) // CLUB_SIZE)
    yield club, POS, CARD, _CLUBS + rng.integers(0, clubs, len(club)), since[club]


def _table(
    rng: np.random.Generator, ids: pa.Array, record: Ints, source: Ints, kind: Ints, value: Ints, second: Ints
) -> pa.Table:
    text = np.empty(len(value), dtype="U32")
    for code, write in ((EMAIL, _emails), (PHONE, _phones), (DEVICE, _devices), (CARD, _cards), (OPENID, _openids)):
        rows = kind == code
        text[rows] = write(rng, value[rows])
    columns = [words(source, SOURCES), ids.take(pa.array(record)), words(kind, IDENTITY_KINDS), pa.array(text)]
    return pa.table([*columns, moments(second), moments(second)], schema=schema("identities"))


def _digits(value: Ints, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    return np.char.zfill(value.astype(str), width)


def _emails(rng: np.random.Generator, value: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    name = np.where(value >= _TILLS, "till", "customer")
    text = np.char.add(np.char.add(name, _digits(value % _TILLS, 7)), "@example.com")
    return np.where(happens(rng, np.full(len(value), CAPITALS)), np.char.capitalize(text), text)


def _phones(rng: np.random.Generator, value: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    digits = _digits(value, 8)
    spaced = np.array([f"100 {text[:4]} {text[4:]}" for text in digits], dtype="U16")
    return np.where(happens(rng, np.full(len(value), SPACED)), spaced, np.char.add("100", digits))


def _devices(rng: np.random.Generator, value: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    return np.char.add("device-", _digits(value, 8))


def _cards(rng: np.random.Generator, value: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    return np.char.add("6", _digits(value, 10))


def _openids(rng: np.random.Generator, value: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    return np.char.add("o", _digits(value, 10))
