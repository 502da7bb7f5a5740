"""`perennial outcomes`: what came of decisions, told to a person."""

from contextlib import closing
from pathlib import Path

from features.clocks import parse_days
from features.engine import DuckDB
from features.errors import PerennialError
from features.shop import Shop
from operations.deciding.outcomes import LEAST, OutcomeLine, Outcomes, outcomes_at
from operations.night.merge_events import with_written
from perennial.opening import cutoff_of, reading_shop
from perennial.terminal.printing import counted, say, table
from scoring.processors import threads
from training.data.horizon import propose


def tell_outcomes(path: Path, at: str | None, horizon: str | None) -> None:
    """Print what came of every decision whose horizon is over.

    Raises
    ------
    PerennialError      if nothing was decided yet
    """
    with reading_shop(path) as shop, closing(DuckDB(threads=threads())) as engine:
        cutoff = cutoff_of(shop, at)
        days = parse_days(horizon) if horizon else propose(shop, cutoff, engine=engine).horizon_days
        with with_written(shop, cutoff, engine) as told:
            found = outcomes_at(told, cutoff, days, engine)
    if not found.lines and not found.waiting:
        raise PerennialError(
            f"nothing was decided for '{shop.name}' before {cutoff:%Y-%m-%d}. Run: perennial decide --shop {path}"
        )
    what = "margin" if shop.settings.margin else "spend (shop.toml states no margin)"
    say(
        f"'{shop.name}' as of {cutoff:%Y-%m-%d}: what followed within {days} days of "
        f"{counted(_all(found), 'decision')}; {what} in {shop.currency}."
    )
    show(found, shop)


def show(found: Outcomes, shop: Shop) -> None:
    """Print a line an action and channel, and what is doubtful."""
    columns = ("action", "channel", "decided", "sent", "answered", "bought", "cost", "brought", "between", "on cost")
    table(columns, [_row(line) for line in found.lines], numbers=columns[2:])
    if found.waiting:
        say(f"  {counted(found.waiting, 'decision')} of which the horizon is not over are left out")
    if not found.named and found.lines:
        say("  no message names a decision_id, so nobody knows what was sent: let the CRM write it into `messages`")
    few = [line for line in found.lines if line.gained is None]
    if few:
        share = shop.settings.holdout_share
        say(
            f"  what {len(few)} of {len(found.lines)} lines brought cannot be told: fewer than {LEAST} moments went "
            f"without by lot (holdout_share {share:g}), or got it"
        )
    if any(line.gained is not None for line in found.lines):
        say("  brought: more than they would have without it, by the holdout and withheld sends; 95 % interval")


def _row(line: OutcomeLine) -> tuple[object, ...]:
    told, on_cost = line.incremental, line.on_cost
    return (
        line.action, line.channel or None, line.decided, line.sent, line.answered, line.bought, f"{line.cost:,.2f}",
        None if told is None else f"{told.value:+,.2f}",
        None if told is None else f"{told.low:+,.2f} to {told.high:+,.2f}",
        None if on_cost is None else f"{on_cost:+,.2f}",
    )  # fmt: skip


def _all(found: Outcomes) -> int:
    return found.lines[-1].decided if found.lines else 0
