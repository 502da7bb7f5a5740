"""`perennial simulate`: a shop whose truth is known."""

from pathlib import Path

from features.errors import PerennialError
from perennial.terminal.printing import say, table
from perennial.terminal.progress import progress_bar
from simulation.errors import WorldError
from simulation.world import simulate


def make_world(customers: int, months: int, seed: int, out: Path, incident_seed: int | None = None) -> None:
    """Simulate, and say what lies where."""
    try:
        with progress_bar() as progress:
            made = simulate(customers, months, seed, out, progress=progress, incident_seed=incident_seed)
    except WorldError as error:
        raise PerennialError(str(error)) from error
    table(("table", "rows"), made.rows.items(), numbers=("rows",))
    say(f"A shop from {made.first:%Y-%m-%d} to {made.until:%Y-%m-%d} in {out}; the truth lies in {out / 'truth'}.")
    say(f"Next: perennial check --shop {out}")
