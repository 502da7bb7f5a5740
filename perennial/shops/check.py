"""`perennial check`: where every row went, what is wrong with some, and what the shop's data are good for."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from math import isnan

from features import catalog
from features.clocks import add_days
from features.ingest.guessing.settle import figures, unanswered
from features.shop import Shop
from features.tables import TABLES
from operations.deciding.plan import shop_plan
from perennial.terminal.printing import counted, heading, say, table
from training.data.stretches import stretches
from training.task import TaskError
from training.tasks.sufficiency import Sufficiency, sufficiency

_COUNTS = ("read", "filtered", "duplicates", "guests", "erased", "accepted", "quarantined")


def report(shop: Shop, until: datetime) -> None:
    """Print everything a person should know before training on a shop."""
    _facts(shop)
    _totals(shop)
    tell_rows(shop)
    _findings(shop)
    _stretches(shop)
    _features(shop)
    _models(shop, until)
    _decisions(shop)


def _facts(shop: Shop) -> None:
    currency = shop.currency or "no currency stated"
    say(
        f"'{shop.name}': {len(shop.present)} of {len(TABLES)} tables, {shop.timezone}, {currency}; "
        f"newest order known {shop.newest_known_at:%Y-%m-%d %H:%M}."
    )


def _totals(shop: Shop) -> None:
    """What a person compares with the shop's own figures, and what the draft left open."""
    say(f"Orders and returns: {figures(shop.path('orders'))}. Compare with what your shop system says.")
    left = unanswered(shop.folder / "shop.toml")
    if left:
        say(f"shop.toml has {counted(left, 'open question')}: look for '# question:' and mend or remove it.")


def tell_rows(shop: Shop) -> None:
    """Print where the source's rows went, a table at a time."""
    heading("Where every row went")
    rows = [(one.table, *(getattr(one, count) for count in _COUNTS), one.rows) for one in shop.reconciliation]
    table(("table", *_COUNTS, "table rows"), rows, numbers=(*_COUNTS, "table rows"))
    went = "filtered + duplicates + guests + erased + accepted + quarantined"
    say(f"read = {went}, counted as the source delivers them.", "dim")
    refused = sum(one.quarantined for one in shop.reconciliation)
    if refused:
        say(f"Quarantined rows lie with their reasons in {shop.data / 'quarantine'}.", "dim")


def _findings(shop: Shop) -> None:
    for severity, title in (("quarantined", "Refused"), ("warning", "Kept, but look at it")):
        found = [finding.sentence for finding in shop.findings if finding.severity == severity]
        if found:
            heading(title)
            for sentence in found:
                say(f"  {sentence}")


def _stretches(shop: Shop) -> None:
    """Where the orders stop for longer than a shop that sells as often should."""
    found = stretches(shop, add_days(shop.default_cutoff(), 1))
    if found:
        heading("Stretches without orders")
        for one in found:
            say(f"  {one.sentence}")


def _features(shop: Shop) -> None:
    """How much of the catalogue the shop can fill, and what more would open."""
    lacking = Counter[str]()
    for one in catalog.features():
        for what in catalog.missing_for(shop, one):
            lacking[what] += len(one.columns)
    heading("Features")
    columns = catalog.columns_for(shop)
    each = sum(column.feature.per is not None for column in columns)
    say(f"  {len(columns)} columns can be filled, {each} of them made for each channel or device that occurs.")
    for what, number in lacking.most_common():
        say(f"  {what} would add {number}.")


def _models(shop: Shop, until: datetime) -> None:
    heading("Rhythm")
    try:
        found = sufficiency(shop, until)
    except TaskError as error:
        say(f"  {error}")
        return
    _rhythm(shop, found)
    heading("Models")
    say(
        f"  {counted(found.customers, 'customer')} to ask about; {counted(found.cutoffs, 'weekly training cutoff')}, "
        f"{found.folds} judged."
    )
    width = 2 + max(26, *map(len, (*found.model_kinds, *found.channels, *found.steps)))
    for task in ("churn", "next_purchase"):
        _open(task, found.model_kinds, width)
    _open("channel_preference", found.channels, width)
    _open("next_step", found.steps, width)


def _decisions(shop: Shop) -> None:
    """What only the retailer knows, and no decision but to leave alone is made without."""
    plan = shop_plan(shop)
    stated = {
        "[actions.<name>] with cost and assumed_effect: what may be done (docs/guide/actions.md)": plan.actions,
        "[business] margin: what a customer who stays is worth": shop.settings.margin is not None,
        "[channels.<channel>] contact, or the table consents: through what to write": (
            shop.settings.channels.contact or shop.has("consents")
        ),
    }
    heading("Decisions")
    lacking = [what for what, there in stated.items() if not there]
    say("  Everybody is left alone until shop.toml states:" if lacking else "  shop.toml states all that they need.")
    for what in lacking:
        say(f"  {what}.")


def _open(task: str, parts: Mapping[str, str], width: int) -> None:
    """Each kind of model or question of a task: open, or what is missing by how much."""
    for part, missing in parts.items():
        stands = f"closed: {missing}" if missing else "open"
        say(f"  {task:20}{part.replace('_', ' '):{width}}{stands}", indent=22 + width)


def _rhythm(shop: Shop, found: Sufficiency) -> None:
    proposal = found.proposal
    usual = proposal.usual_gap_days
    rhythm = "nobody has come back yet" if isnan(usual) else f"customers come back every {usual:.0f} days, typically"
    stated = shop.settings.horizon_days is not None
    source = "as shop.toml states" if stated else "proposed; state others under [tasks] of shop.toml"
    say(f"  {rhythm}; {counted(proposal.history_days, 'day')} of history.")
    say(f"  Horizon {proposal.horizon_days}d, active within {proposal.active_within_days}d ({source}).")
