"""The built-in tasks by name."""

from training.task import Task, TaskError
from training.tasks.channel_preference import CHANNEL_PREFERENCE
from training.tasks.churn import CHURN
from training.tasks.next_purchase import NEXT_PURCHASE
from training.tasks.recommendation import RECOMMENDATION

TASKS = {task.name: task for task in (CHURN, NEXT_PURCHASE, CHANNEL_PREFERENCE, RECOMMENDATION)}


def task_named(name: str) -> Task:
    """The task of that name.

    Raises
    ------
    TaskError    if there is none
    """
    if name not in TASKS:
        raise TaskError(f"{name!r} is no task. Choose one of {', '.join(TASKS)}.")
    return TASKS[name]
