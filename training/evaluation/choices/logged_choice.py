"""A choice of channel as logged sends judge it: its figures, and the sends kept so that a reviewer has them again."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval
from training.evaluation.choices.off_policy import ESTIMATES, Log, compared

OURS = "model"
_CHOSEN = "chosen."  # columns of what each policy would have used
_FACTS = ("customer", "channel", "propensity", "reward", "expected")

Figures = tuple[dict[str, float], dict[str, dict[str, float]], dict[str, dict[str, Interval]]]


@dataclass(frozen=True)
class LoggedChoice:
    """Sends whose channel was drawn by lot, and what each policy would have used for them.

    Attributes
    ----------
    log : Log
    chosen : policy → int64 (m,), a place among the channels, −1 for none; the model's is called "model"
    """

    log: Log
    chosen: Mapping[str, NDArray[np.int64]]

    def figures(self) -> Figures:
        """As an evaluation keeps figures: the model's, each rule's, and the differences; `choice_<estimate>`."""
        values, gaps = compared(self.log, self.chosen, OURS)
        named = {name: {f"choice_{one}": values[name][one].value for one in ESTIMATES} for name in self.chosen}
        differences = {name: {f"choice_{one}": gap[one] for one in ESTIMATES} for name, gap in gaps.items()}
        return named.pop(OURS), named, differences


def as_parquet(choice: LoggedChoice) -> bytes:
    """The sends as one Parquet file without ids; numbers sort as the ids do, so that intervals can be drawn again."""
    log = choice.log
    _, number = np.unique(log.customers, return_inverse=True)
    width = len(str(int(number.max(initial=0))))
    expected = pa.FixedSizeListArray.from_arrays(pa.array(log.expected.ravel()), log.expected.shape[1])
    values = ([f"{one:0{width}d}" for one in number], log.channel, log.propensity, log.reward, expected)
    columns = dict(zip(_FACTS, map(pa.array, values[:-1]), strict=False)) | {_FACTS[-1]: expected}
    columns |= {f"{_CHOSEN}{name}": pa.array(one) for name, one in choice.chosen.items()}
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, compression="zstd")
    return content.getvalue()


def from_parquet(content: bytes) -> LoggedChoice:
    """The sends as they were kept."""
    table = pq.read_table(io.BytesIO(content))
    expected = table["expected"].combine_chunks()
    customers = np.array(table["customer"].to_pylist(), dtype=np.str_)
    channel, propensity, reward = (table[name].to_numpy() for name in _FACTS[1:4])
    flat = expected.flatten().to_numpy().reshape(len(table), expected.type.list_size)
    chosen = {
        name.removeprefix(_CHOSEN): table[name].to_numpy() for name in table.column_names if name.startswith(_CHOSEN)
    }
    return LoggedChoice(Log(customers, channel, propensity, reward, flat), chosen)


def together(parts: list[LoggedChoice]) -> LoggedChoice:
    """Sends after several cutoffs as one log."""
    first = parts[0]
    names = Log.__annotations__
    whole = {name: np.concatenate([getattr(one.log, name) for one in parts]) for name in names}
    chosen = {name: np.concatenate([one.chosen[name] for one in parts]) for name in first.chosen}
    return replace(first, log=Log(**whole), chosen=chosen)
