"""A shop's own questions: found in its trusted files, beside ours."""

from features.errors import FeatureError
from features.extension import run
from features.shop import Shop
from features.trust import Code
from training.task import Task, TaskError
from training.tasks.catalogue import TASKS


def tasks_of(shop: Shop) -> dict[str, Task]:
    """The questions that the shop's trusted files ask, by name.

    Raises
    ------
    TaskError       if a file cannot run or asks nothing, or two have one name
    """
    found: dict[str, Task] = {}
    for code in shop.extension.tasks:
        for task in _asked_in(code):
            if task.name in found or task.name in TASKS:
                raise TaskError(f"{code.path}: there is a task '{task.name}' already. Rename yours.")
            if task.horizon_days is None:
                raise TaskError(f"{code.path}: task '{task.name}' states no horizon. Give it one.")
            found[task.name] = task
    return found


def task_of(name: str, shop: Shop) -> Task:
    """The task of that name, ours or the shop's own.

    Raises
    ------
    TaskError       if there is none
    """
    known = {**TASKS, **tasks_of(shop)}
    if name not in known:
        raise TaskError(f"{name!r} is no task. Choose one of {', '.join(known)}.")
    return known[name]


def _asked_in(code: Code) -> list[Task]:
    try:
        tasks = [value for value in run(code).values() if isinstance(value, Task) and value not in TASKS.values()]
    except FeatureError as error:
        raise TaskError(str(error)) from error
    if not tasks:
        raise TaskError(
            f"{code.path} asks no question. Assign pn.yes_no(…) or pn.how_many(…) to a name, or take it out."
        )
    return tasks
