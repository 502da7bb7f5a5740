"""`perennial experiment check`: whether a trial can be trusted."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from insights.experiments.comparing import compare
from insights.experiments.design import Design, shares_of
from insights.experiments.errors import ExperimentError
from insights.experiments.measured import before_start, counts, seen_counts
from insights.experiments.sample_ratio import sample_ratio
from insights.experiments.trials import false_alarms
from perennial.models.experimenting import opened_trial, show_differences
from perennial.terminal.printing import counted, heading, say, table


class MismatchError(ExperimentError):
    """A trial that cannot be trusted."""

    exit_code = 3


def check_counts(text: str, arms: Sequence[str] | None) -> None:
    """Compare counts with the shares they were dealt by; halves, thirds … where none are given.

    Raises
    ------
    MismatchError
    """
    found: dict[str, int] = {}
    for part in text.split(","):
        arm, _, number = part.strip().partition("=")
        if not arm or not number.strip().isdigit():
            raise ExperimentError(f"--counts {text}: write arm=number, such as control=44700,treatment=45489.")
        found[arm] = int(number)
    shares = shares_of(arms) if arms else {arm: 1 / len(found) for arm in found}
    unknown = set(found) ^ set(shares)
    if unknown:
        raise ExperimentError(f"'{min(unknown)}' stands in --counts or --arm alone. Name the same arms in both.")
    told = sample_ratio(found, shares)
    if told.mismatch:
        raise MismatchError(told.sentence)
    say(told.sentence)


def check_trial(path: Path, name: str | None, at: str | None, seen: Path | None, trials: int) -> None:
    """Print what speaks for and against trusting a trial.

    Raises
    ------
    MismatchError       if something speaks against it
    """
    if name is None:
        raise ExperimentError("name the trial with --name, or give --counts of one that was run elsewhere.")
    shop, design, dealt, measured = opened_trial(path, name, at, before=True)
    faults = []
    ratio = sample_ratio(counts(measured, tuple(design.arms)), design.arms)
    say(f"Dealt: {ratio.sentence}")
    faults += [ratio.sentence] * ratio.mismatch
    if seen is not None:
        faults += _seen(dealt, seen, design)
    past = before_start(measured)
    heading("Before the start (an A/A: the arms should not differ)")
    found = compare(past, design, adjust=False)
    show_differences(found, shop, fixed=True)
    faults += [f"{one.arm} differed from {design.control} in {one.metric} before the start (p = {one.corrected:.2g} "
               "after correction)" for one in found if one.corrected < 0.01]  # fmt: skip
    heading(f"{trials} made A/A trials on the {design.days} days before the start")
    alarms = false_alarms(past, design, trials)
    table(("metric", "false alarms", "between"),
          [(one.metric, f"{one.alarms / one.trials:.1%}", f"{one.low:.1%} – {one.high:.1%}")
           for one in alarms])  # fmt: skip
    faults += [f"{one.alarms} of {one.trials} A/A trials on {one.metric} call an effect, not one in twenty"
               for one in alarms if one.doubtful]  # fmt: skip
    if faults:
        raise MismatchError(f"experiment '{name}' cannot be trusted as it stands: " + "; ".join(faults))
    say("Nothing speaks against this trial.")


def _seen(dealt: pa.Table, path: Path, design: Design) -> list[str]:
    rows = pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(
        path, convert_options=pa_csv.ConvertOptions(column_types={"customer_id": pa.string()}))  # fmt: skip
    if "customer_id" not in rows.column_names:
        raise ExperimentError(f"{path} has no column customer_id. Give who met the trial, one row each.")
    found, strangers, crossed = seen_counts(dealt, rows, tuple(design.arms))
    if not any(found.values()):
        raise ExperimentError(
            f"no customer_id of {path} ({counted(strangers, 'customer')}) is in the trial. Give the ids that were "
            "dealt, as the file of the assignment has them."
        )
    ratio = sample_ratio(found, design.arms)
    say(f"Met it: {ratio.sentence}")
    if strangers:
        say(f"  not in the trial: {counted(strangers, 'customer')} of {path.name}")
    told = [ratio.sentence] if ratio.mismatch else []
    if crossed:
        told.append(f"{counted(crossed, 'customer')} met another arm than they were dealt")
    return told
