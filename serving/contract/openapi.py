"""The OpenAPI description of the service, made from the contract's models."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.contract import requests, responses
from serving.contract import rows as sent

_REFERENCE = "#/components/schemas/{model}"
CALLS: dict[str, tuple[type[BaseModel], type[BaseModel], str]] = {
    "decide": (requests.Decide, responses.DecideAnswer, "One decision a customer: action, channel, time, reasons"),
    "churn": (requests.Churn, responses.ChurnAnswer, "Probability of no order within the horizon, and why"),
    "next_purchase": (requests.Customers, responses.NextPurchaseAnswer, "When the next order comes, and its worth"),
    "channel_preference": (
        requests.Customers,
        responses.ChannelPreferenceAnswer,
        "How customers like to be reached, buy, and are moved by promotions",
    ),
    "predict": (requests.Predict, responses.PredictAnswer, "The answer to a question of the shop's own"),
    "recommend": (requests.Recommend, responses.RecommendAnswer, "Products, each with its reason"),
    "profile": (requests.Profile, responses.ProfileAnswer, "Everything known of one customer"),
    "events": (
        sent.Events,
        responses.EventsAnswer,
        "Touchpoints, orders, messages, responses and tickets; durable before the answer",
    ),
    "consent": (requests.Consent, responses.ConsentAnswer, "Consents and objections; they count from the next call on"),
    "consents": (requests.Customers, responses.ConsentsAnswer, "What customers said, read back"),
    "erase": (requests.Erase, responses.EraseAnswer, "Remove a person everywhere; may be repeated"),
}
_REFUSALS = {
    400: "The body is not what the contract says; `field` names the place",
    401: "No valid API key",
    403: "The key may not make this call",
    404: "This shop has no model for the question",
    409: "The Idempotency-Key came before, with another body",
    408: "The request did not arrive in time",
    413: "The body is too large",
    415: "The body is not plain JSON in UTF-8",
    429: "The service is busy; Retry-After says when to come back",
    503: "No release is loaded yet, or the database is locked or the disk full; Retry-After says when to come back",
}


@cache
def description() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    models: list[type[BaseModel]] = [responses.ErrorAnswer, responses.ErasureAnswer]
    models += [model for request, answer, _ in CALLS.values() for model in (request, answer)]
    _, schemas = models_json_schema([(model, "validation") for model in dict.fromkeys(models)], ref_template=_REFERENCE)
    paths = {f"/v1/{name}": {"post": _operation(name, *call)} for name, call in CALLS.items()}
    paths["/v1/erase"]["post"]["responses"]["202"] = _queued(responses.EraseAnswer)
    paths["/v1/erase/{request_id}"] = {"get": _erasure()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Perennial",
            "version": "1",
            "description": "Who is leaving, what they buy next, how they like to be reached – and what to do now.",
        },
        "paths": paths | {path: {"get": _page(about)} for path, about in _PAGES.items()},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}, {}],
    }


_ONCE = (
    "The caller's own name for this delivery: sent again within seven days it gets the same answer, and nothing twice"
)
_PAGES = {
    "/livez": "The process answers",
    "/readyz": "Every model of the release is loaded and verified; says why not",
    "/metrics": "Counts and times for Prometheus",
}


def _operation(name: str, request: type[BaseModel], answer: type[BaseModel], about: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": about,
        "parameters": [_header("Accept-Language", "en (default) or zh: the language of reason texts")]
        + ([_header("Idempotency-Key", _ONCE)] if name == "events" else []),
        "requestBody": {"required": True, "content": _json(request)},
        "responses": {
            "200": {"description": "Results in request order", "content": _json(answer)},
            **{
                str(status): {"description": told, "content": _json(responses.ErrorAnswer)}
                for status, told in _REFUSALS.items()
            },
        },
    }


def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string", "maxLength": 128}, "description": about}


def _queued(answer: type[BaseModel]) -> dict[str, Any]:
    about = "It counts for every call; other files are being changed, so it is finished within a moment"
    return {"description": about, "content": _json(answer)}


def _erasure() -> dict[str, Any]:
    return {
        "operationId": "erasure",
        "summary": "How far an erasure is that was answered with 202",
        "parameters": [{"name": "request_id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": {"description": "ok or queued", "content": _json(responses.ErasureAnswer)},
            "404": {"description": "No such request", "content": _json(responses.ErrorAnswer)},
        },
    }


def _page(about: str) -> dict[str, Any]:
    return {"summary": about, "responses": {"200": {"description": about}}}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}
