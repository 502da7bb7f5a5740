"""Questions that a shop's own files ask, beside ours."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from features.trust import Code
from training.task import TaskError
from training.tasks.catalogue import TASKS
from training.tasks.own import task_of, tasks_of

FILE = """
import perennial as pn

silent_60 = pn.yes_no(
    "silent_60",
    "Will the customer place no order within 60 days?",
    ("orders", lambda orders: orders.count(where=orders.kind == "order")),
    horizon="60d",
    happens=False,
)
"""


def asking(*texts: str) -> SimpleNamespace:
    """A shop whose files ask these questions."""
    files = tuple(Code(Path(f"my_{number}.py"), text.encode()) for number, text in enumerate(texts))
    return SimpleNamespace(extension=SimpleNamespace(tasks=files))


def test_a_shops_file_asks_beside_ours() -> None:
    shop = asking(FILE)
    assert list(tasks_of(shop)) == ["silent_60"]
    assert task_of("silent_60", shop).horizon_days == 60
    assert task_of("churn", shop) is TASKS["churn"]
    with pytest.raises(TaskError, match=r"'late' is no task\. Choose one of churn, .*, silent_60\."):
        task_of("late", shop)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (("x = 1",), "asks no question"),
        (("import nothing_such",), "cannot run: ModuleNotFoundError"),
        ((FILE, FILE), "there is a task 'silent_60' already"),
        ((FILE.replace('"silent_60",', '"churn",'),), "cannot be called 'churn'"),
        ((FILE.replace('"silent_60",', '"purchase_soon",'),), "cannot be called 'purchase_soon'"),
        ((FILE.replace("60 days?", "60 days"),), "is no question"),
    ],
)
def test_what_cannot_be_asked_says_so(texts: tuple[str, ...], says: str) -> None:
    with pytest.raises(TaskError, match=says):
        tasks_of(asking(*texts))
