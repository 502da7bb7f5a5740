"""What the snapshot tells of every customer beside features: channels that may be used, last store, best hours."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from decisions.allowed.channels import ChannelRules
from features.engine import Engine
from features.products.own_and_popular import last_stores
from features.progress import Progress
from features.reach.allowed_channels import allowed_channels, best_hours, withdrawn_profiling
from features.reach.best_hours import hours_by_weekday
from operations.score import Batch
from serving.snapshot.snapshot import NO_HOUR, NO_STORE, CustomerFacts
from training.data.candidates import places as places_of
from training.data.labels import answering_kinds


def facts_of(batch: Batch, engine: Engine, progress: Progress) -> CustomerFacts:
    """Channels that may be used, the last store and the best hour, one entry a customer."""
    progress("gathering channels, stores and hours")
    allowed = allowed_channels(batch.shop, batch.cutoff, engine=engine)
    withdrawn = withdrawn_profiling(batch.shop, batch.cutoff, engine=engine)
    found = {one for table in (allowed, withdrawn) for one in pc.unique(table["channel"]).to_pylist()}
    stated = [channel for channel in batch.shop.settings.channels.contact if channel in found]
    channels = (*stated, *sorted(found - set(stated)))
    stores, store = _last_store(batch, engine)
    bits, withheld = (_bits(table, channels, batch.customer_ids) for table in (allowed, withdrawn))
    properties = _properties(batch, channels)
    usable = sorted({hour for name in channels for hour in properties[name].hours})
    hours = _by_weekday(batch, usable, engine)
    return CustomerFacts(channels, bits, stores, store, _hours(batch, usable, engine), withheld, hours, properties)


def _properties(batch: Batch, channels: Sequence[str]) -> dict[str, ChannelRules]:
    """What the shop says of these channels and of all others it states."""
    given = batch.shop.settings.channels
    said = {name: given[name] for name in (*given.stated, *channels)}
    return {
        name: ChannelRules(one.online, one.contact, one.cost, one.quiet, one.reached_by) for name, one in said.items()
    }


def _bits(pairs: pa.Table, channels: Sequence[str], customer_ids: pa.Array) -> NDArray[np.uint64]:
    """For every customer the channels of their pairs: bit i stands for channels[i]."""
    bits = np.zeros(len(customer_ids), dtype=np.uint64)
    rows, keep = places_of(pairs["customer_id"], customer_ids)
    bit = places_of(pairs["channel"], pa.array(channels, pa.string()))[0][keep]
    np.bitwise_or.at(bits, rows[keep], np.left_shift(np.uint64(1), bit.astype(np.uint64)))
    return bits


def _last_store(batch: Batch, engine: Engine) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Every store that is some customer's last, and its place for each customer."""
    store = np.full(len(batch), NO_STORE, dtype=np.int32)
    if "store_id" not in batch.shop.present["orders"]:
        return (), store
    last = last_stores(batch.shop, batch.cutoff, engine=engine)
    stores = pc.unique(last["store_id"]).sort()
    rows, keep = places_of(last["customer_id"], batch.customer_ids)
    store[rows[keep]] = places_of(last["store_id"], stores)[0][keep]
    return tuple(stores.to_pylist()), store


def _hours(batch: Batch, usable: Sequence[int], engine: Engine) -> NDArray[np.uint8]:
    hours = np.full(len(batch), NO_HOUR, dtype=np.uint8)
    best = best_hours(batch.shop, batch.cutoff, usable=usable, engine=engine)
    rows, keep = places_of(best["customer_id"], batch.customer_ids)
    hours[rows[keep]] = best["hour"].to_numpy()[keep]
    return hours


def _by_weekday(batch: Batch, usable: Sequence[int], engine: Engine) -> NDArray[np.uint8] | None:
    if not batch.shop.has("responses"):
        return None
    kinds = answering_kinds(batch.shop, batch.cutoff, engine)
    return hours_by_weekday(batch.shop, batch.cutoff, batch.customer_ids, kinds, usable=usable, engine=engine)
