"""The built-in tasks by name."""

from training.tasks.channel_preference import CHANNEL_PREFERENCE
from training.tasks.churn import CHURN
from training.tasks.next_purchase import NEXT_PURCHASE
from training.tasks.next_step import NEXT_STEP
from training.tasks.recommendation import RECOMMENDATION
from training.tasks.uplift import UPLIFT

TASKS = {task.name: task for task in (CHURN, NEXT_PURCHASE, CHANNEL_PREFERENCE, NEXT_STEP, RECOMMENDATION, UPLIFT)}
