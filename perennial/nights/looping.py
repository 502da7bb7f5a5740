"""`perennial loop`: decide, act, learn on a made world, told month by month."""

from pathlib import Path

from features.errors import PerennialError
from features.files import replacing
from operations.loop.plot import picture
from operations.loop.policies import ALL, CHURN, OPTIMUM, OURS, RESPONSE
from operations.loop.run import MonthTold, Protocol, closed, closed_of_knowable, run
from perennial.terminal.printing import say, table
from perennial.terminal.progress import progress_bar
from scoring.processors import threads
from simulation.errors import WorldError

_CURRENCY = "CNY"
_FEWEST = 200


def tell_loop(customers: int, months: int, seed: int, by_lot: int, plot: Path | None) -> None:
    """Run the loop, print a line a month, and draw it.

    Raises
    ------
    PerennialError      if the numbers are out of range
    """
    for name, value, least in (("customers", customers, _FEWEST), ("months", months, 1), ("by-lot", by_lot, 1)):
        if value < least:
            raise PerennialError(f"--{name} {value} is too few; a loop needs {least} or more.")
    asked = Protocol(customers, months, seed, by_lot)
    try:
        with progress_bar("Loop") as progress:
            told = run(asked, threads(), progress)
    except WorldError as error:
        raise PerennialError(str(error)) from error
    say(
        f"{customers:,} customers, seed {seed}; {by_lot} months by lot, then {months} months of four weeks at a budget "
        f"of {asked.share:.0%} of all customers; true net value of each month's messages, {_CURRENCY}."
    )
    show(told)
    if plot is not None:
        with replacing(plot) as part:
            part.write_text(picture(told, f"{customers:,} customers, seed {seed}", _CURRENCY), encoding="utf-8")
        say(f"Plot: {plot}")


def show(told: list[MonthTold]) -> None:
    """Print the months, their sum, and the shares of the gaps that were closed."""
    columns = ("month", *ALL, "what data showed")
    rows = [(f"{one.begins:%Y-%m-%d}", *(_money(one.net[name]) for name in ALL), one.verdict) for one in told]
    sums = ("all", *(_money(sum(one.net[name] for one in told)) for name in ALL), "")
    sent = ("sends", *(f"{sum(one.sent[name] for one in told):,}" for name in ALL), "")
    table(columns, [*rows, sums, sent], numbers=ALL)
    beaten = [name for name in ALL if name not in (OURS, OPTIMUM)
              and any(one.net[name] > one.net[OURS] for one in told)]  # fmt: skip
    for name in beaten:
        won = sum(one.net[name] > one.net[OURS] for one in told)
        say(f"  {name} was worth more than {OURS} in {won} of {len(told)} months")
    for base in (CHURN, RESPONSE):
        say(f"  of the gap between {base} and the true optimum {OURS} closed {closed(told, OURS, base):.0%}")
    best = sum(one.net[OPTIMUM] for one in told)
    if best > 0:
        share, of_it = sum(one.knowable for one in told) / best, closed_of_knowable(told, OURS, CHURN)
        say(f"  the optimum knows what no table shows: what a shop knows would win {share:.0%} of it, and of the gap")
        say(f"  between {CHURN} and that {OURS} closed {of_it:.0%}")


def _money(amount: float) -> str:
    return f"{amount:,.0f}"
