"""What each call of the contract answers, as plain dicts; see serving/contract/responses.py for their shapes."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from decisions.policy import band_of
from decisions.worth.money import money
from decisions.worth.worth import value_at_stake
from serving.calls import decide
from serving.calls.customers import (
    Asked,
    Scored,
    Sought,
    about,
    allowed_channels,
    eligible,
    features,
    last_store,
    score,
    seek,
    touched,
    values,
)
from serving.calls.recommend import Wanted
from serving.calls.recommend import recommend as products
from serving.contract import requests
from serving.errors import RequestError
from serving.process.loaded import DECIDING, TASKS, Live, questions
from serving.snapshot.snapshot import NO_STORE

CHURN, NEXT_PURCHASE, CHANNEL = TASKS
Result = dict[str, Any]


def churn(asked: Asked, request: requests.Churn) -> list[Result]:
    """How likely customers are to place no order within the horizon, and why."""
    _needs(asked.live, CHURN)

    def answer(one: Sought, i: int, scored: Scored, known: dict[str, float]) -> Result:
        probability = scored.answer(i).get("churn_probability")
        result = {
            "probability": None if probability is None else round(probability, 12),
            "band": None if probability is None else band_of(probability),
            "percentile": None if probability is None else _percentile(asked.live, probability),
            "horizon": f"{asked.live.span.horizon}d",
            "model_kind": asked.live.model_kind(CHURN),
        }
        return result | _reasons(asked, scored, i, known) if request.reasons else result

    return each(asked, request.customer_ids, (CHURN,), answer, explain=request.reasons)


def next_purchase(asked: Asked, request: requests.Customers) -> list[Result]:
    """When customers order next, how often and for how much."""
    _needs(asked.live, NEXT_PURCHASE)
    live = asked.live

    def answer(one: Sought, i: int, scored: Scored, known: dict[str, float]) -> Result:
        answers = scored.answer(i)
        value = _stake(live, answers)
        usual = known.get("gap_median_365d", np.nan)
        return {
            "order_probability": answers.get("order_probability"),
            "next_order": {level: _date(live, answers, level) for level in ("p10", "p50", "p90")},
            "overdue": None if np.isnan(usual) else known["days_since_order"] > usual,
            "expected_shopping_days": answers.get("expected_shopping_days"),
            "expected_spend": _money(answers, "expected_spend"),
            "spend_p10": _money(answers, "spend_p10"),
            "spend_p90": _money(answers, "spend_p90"),
            "value_12_months": None if value is None else money(value),
            "season_learnt": _season(live),
            "horizon": f"{live.span.horizon}d",
            "model_kind": live.model_kind(NEXT_PURCHASE),
        }

    return each(asked, request.customer_ids, (CHURN, NEXT_PURCHASE), answer)


def channel_preference(asked: Asked, request: requests.Customers) -> list[Result]:
    """How customers like to be reached, through which channel they buy, which promotions move them."""

    def answer(one: Sought, i: int, scored: Scored, known: dict[str, float]) -> Result:
        answers = scored.answer(i)
        kinds = {
            "contact": _contact(asked, one, answers, known),
            "purchase": _shares(answers, "purchase_", "channel", "probability"),
            "promotion": _shares(answers, "promotion_", "kind", "share"),
        }
        modelled = {kind for kind in kinds if any(name.startswith(f"{kind}_") for name in scored.answers)}
        return {
            **{kind: found or None for kind, found in kinds.items()},
            "absent": [kind for kind in kinds if kind not in modelled],
            "model_kind": asked.live.model_kind(CHANNEL),
        }

    return each(asked, request.customer_ids, (CHANNEL,), answer)


def own(asked: Asked, request: requests.Predict) -> list[Result]:
    """The answer to the next step or a question of the shop's own, with the horizon and customers that it has."""
    live, task = asked.live, request.task
    if task not in questions(live.release):
        raise RequestError(404, "no_model", "This shop's release holds no question by that name.", field="task")
    model = live.release.models[task].model

    def answer(one: Sought, i: int, scored: Scored, known: dict[str, float]) -> Result:
        answers = scored.answer(i)
        return {
            "eligible": known["days_since_order"] <= model.active_within_days,
            "answers": {name.removeprefix(f"{task}_"): value for name, value in answers.items()},
            "horizon": f"{model.horizon_days}d",
            "model_kind": model.kind_told,
        }

    return each(asked, request.customer_ids, (task,), answer)


def recommend(asked: Asked, request: requests.Recommend) -> list[Result]:
    """Products customers are likely to want, each with its reason."""
    candidates = asked.live.candidates
    if candidates is None:
        raise RequestError(404, "no_model", "This shop has no order lines, so no products can be recommended.")
    stores = asked.live.snapshot.facts.stores
    given = stores.index(request.store_id) if request.store_id in stores else NO_STORE
    sought = seek(asked, request.customer_ids)
    found = [one for one in sought if one.found]
    wanted = [
        Wanted(
            i if one.row >= 0 else -1,
            given if request.store_id is not None else last_store(asked, one),
            cart=(*request.cart, *touched(asked, one, "add_to_cart")),
            seen=touched(asked, one, "view"),
        )
        for i, one in enumerate(found)
    ]
    tables = candidates.of([one.row for one in found])
    lists = iter(products(tables, asked.live.ranker, wanted, request.k, exclude=request.exclude, texts=asked.texts))
    return [about(asked, one) | ({"items": next(lists)} if one.found else {}) for one in sought]


def decisions(asked: Asked, request: requests.Decide) -> list[Result]:
    """What to do about customers: one decision each."""
    live = asked.live

    def answer(one: Sought, i: int, scored: Scored, known: dict[str, float]) -> Result:
        answers = scored.answer(i)
        decided = decide.decision(asked, one, i, scored, known, request.context)
        uplift = decided.pop("uplift")
        return {
            **decided,
            **_reasons(asked, scored, i, known),
            "scores": {
                "churn_probability": answers.get("churn_probability"),
                "expected_spend": _money(answers, "expected_spend"),
                "uplift": uplift,
            },
            "model_kind": live.model_kind(CHURN),
        }

    return each(asked, request.customer_ids, DECIDING, answer, explain=True)


def each(
    asked: Asked,
    customer_ids: Sequence[str],
    tasks: tuple[str, ...],
    answer: Callable[[Sought, int, Scored, dict[str, float]], Result],
    explain: bool = False,
) -> list[Result]:
    """Results in request order; models see all found customers at once.

    Parameters
    ----------
    tasks : whose answers are wanted
    answer : (customer, place among the found ones, scores, features by name) → the fields of a result
    """
    sought = seek(asked, customer_ids)
    found = [one for one in sought if one.found]
    scored = score(asked.live, features(asked, found), *tasks, explain=explain)
    results: list[Result] = []
    i = 0
    for one in sought:
        result = about(asked, one)
        if one.found:
            known = values(asked.live, scored.matrix[i])
            result["eligible"] = eligible(asked.live, known)
            result |= answer(one, i, scored, known)
            i += 1
        results.append(result)
    return results


def _reasons(asked: Asked, scored: Scored, i: int, known: dict[str, float]) -> Result:
    """Baseline, the three largest effects and the rest; null where a model does not add up or nobody ordered."""
    if scored.reasons is None or not scored.modelled[i]:
        return {"baseline": None, "reasons": [], "rest": None}
    told, rest = asked.texts.reasons(scored.reasons.of(i), known, asked.live.units)
    return {"baseline": scored.reasons.baseline, "reasons": told, "rest": rest}


def _contact(asked: Asked, one: Sought, answers: dict[str, float], known: dict[str, float]) -> list[Result]:
    sends = known.get("messages_30d", np.nan)
    facts = asked.live.snapshot.facts
    hour, hours = facts.hour_of(one.row), facts.hours_of(one.row)
    channels = sorted(
        allowed_channels(asked, one),
        key=lambda channel: -answers.get(f"contact_{channel}", 0.0),
    )
    return [
        {
            "channel": channel,
            "response_probability": answers.get(f"contact_{channel}"),
            "best_hours": [hour] if hour in _hours_of(asked, channel) else [],
            "best_hours_by_weekday": hours if hours and {*hours} <= {*_hours_of(asked, channel)} else None,
            "fatigue": None if np.isnan(sends) else asked.live.policy.fatigue(int(sends)),
        }
        for channel in channels
    ]


def _hours_of(asked: Asked, channel: str) -> tuple[int, ...]:
    """When the channel may send; of one that no snapshot describes, by the policy."""
    known, policy = asked.live.snapshot.facts.properties.get(channel), asked.live.policy
    return tuple(range(policy.quiet_before, policy.quiet_from)) if known is None else known.hours


def _shares(answers: dict[str, float], prefix: str, name: str, number: str) -> list[Result]:
    ranked = sorted((-share, kind) for kind, share in answers.items() if kind.startswith(prefix))
    return [{name: kind.removeprefix(prefix), number: -share} for share, kind in ranked]


def _percentile(live: Live, probability: float) -> float | None:
    percentiles = live.release.models[CHURN].model.percentiles
    if not percentiles:
        return None
    return round(float(np.interp(probability, percentiles, np.linspace(0, 100, len(percentiles)))), 1)


def _season(live: Live) -> str:
    """What season the level in use rests on: the night's, else the model's own."""
    level = live.snapshot.level
    return level.season if level else live.release.models[NEXT_PURCHASE].model.season_learnt


def _date(live: Live, answers: dict[str, float], level: str) -> str | None:
    days = answers.get(f"next_order_{level}", np.nan)
    return None if np.isnan(days) else (live.snapshot.cutoff.date() + timedelta(days=int(days))).isoformat()


def _stake(live: Live, answers: dict[str, float]) -> float | None:
    """Expected margin over the next 12 months; None where it cannot be told."""
    spend = np.array([answers.get("expected_spend", np.nan)])
    value = float(value_at_stake(spend, live.policy.margin, live.span.horizon)[0])
    return None if np.isnan(value) else value


def _money(answers: dict[str, float], name: str) -> str | None:
    return money(answers[name]) if name in answers else None


def _needs(live: Live, task: str) -> None:
    if task not in live.release.models:
        raise RequestError(404, "no_model", f"This shop's release has no {task} model.")
