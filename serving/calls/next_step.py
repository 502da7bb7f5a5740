"""The next step: which touch of a customer comes first within the horizon, as a profile tells it."""

from scoring.derived.touch_chain import NONE, OTHER, TASK, touch_parts
from serving.calls.customers import Asked, Scored, Sought
from serving.calls.predict import Result, each
from serving.contract import requests


def next_step(asked: Asked, request: requests.Customers) -> list[Result]:
    """Steps with their probabilities, the likeliest first; any rarer one and no touch at all beside them.

    Null for customers the model was not asked about. The release must have such a model.
    """
    model = asked.live.release.models[TASK].model

    def answer(one: Sought, i: int, scored: Scored, known: dict[str, float]) -> Result:
        answers = {name.removeprefix(f"{TASK}_"): value for name, value in scored.answer(i).items()}
        other, none = (answers.pop(name, None) for name in (OTHER, NONE))
        ranked = sorted(answers.items(), key=lambda one: (-one[1], one[0]))
        steps = [(*touch_parts(name), value) for name, value in ranked]
        return {
            "eligible": known["days_since_order"] <= model.active_within_days,
            "steps": [dict(zip(("channel", "kind", "probability"), step, strict=True)) for step in steps] or None,
            "other": other,
            "none": none,
            "horizon": f"{model.horizon_days}d",
            "model_kind": model.kind_told,
        }

    return each(asked, request.customer_ids, (TASK,), answer)
