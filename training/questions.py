"""Which questions of channel preference a shop's tables can answer, with what happened next for each."""

from serving.derived import PROMOTIONS, SALES_CHANNELS
from training.contact import Contact
from training.context import Context
from training.labels import PROMOTIONS as FLAGS
from training.labels import channel_labels, contact_labels, promotion_labels
from training.shares import Question
from training.task import TaskError

Asked = Question | Contact

_SMALLEST_CHANNEL = 0.005  # share of the shop's orders or messages below which a channel is not told apart


def questions(context: Context) -> list[Asked]:
    """The questions the shop's tables can answer."""
    shop, spine, engine = context.shop, context.data.spine, context.engine
    horizon, until = context.horizon_days, context.until
    found: list[Asked] = []
    if shop.present.get("order_lines", frozenset()) >= set(FLAGS.values()):
        counts = promotion_labels(shop, spine, horizon, until, engine=engine)
        recent = {kind: f"{kind}_credit_90d" for kind in PROMOTIONS}
        found.append(Question("promotion", PROMOTIONS, {kind: f"{kind}_credit" for kind in PROMOTIONS}, recent, counts))
    kinds = tuple(one for one in _common(context, "orders") if one in SALES_CHANNELS)
    if len(kinds) > 1:
        counts = channel_labels(shop, spine, horizon, until, kinds, engine=engine)
        found.append(Question("purchase", kinds, {kind: f"{kind}_orders_365d" for kind in kinds}, {}, counts))
    if shop.has("responses"):
        for channel in _common(context, "messages"):
            counts = contact_labels(shop, spine, horizon, until, channel, engine=engine)
            found.append(Contact(channel, counts))
    found = [one for one in found if one.counts.any()]
    if not found:
        raise TaskError(
            f"channel_preference needs promotions on order_lines, a channel on orders, or messages with responses; "
            f"'{shop.name}' has none that occurred. Add one of them to shop.toml."
        )
    return found


def _common(context: Context, table: str) -> list[str]:
    """The channels of a table known before `until`, without the very rare ones, most frequent first."""
    if "channel" not in context.shop.present.get(table, frozenset()):
        return []
    rows = context.engine.read(context.shop.path(table))
    rows = rows.filter(rows.known_at < context.until, rows.channel.notnull())
    counts = context.engine.arrow(rows.group_by("channel").aggregate(n=rows.count()))
    found = dict(zip(counts["channel"].to_pylist(), counts["n"].to_pylist(), strict=True))
    total = sum(found.values())
    kept = [channel for channel, n in found.items() if n >= _SMALLEST_CHANNEL * total]
    return sorted(kept, key=lambda channel: (-found[channel], channel))
