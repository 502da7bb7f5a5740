"""What must hold whatever callers do: random consent histories, and requests made from the OpenAPI page and broken."""

import json
import os
import random
import re

from serving.contract import responses
from serving.contract import rows as sent
from serving.contract.openapi import CALLS, description
from tests.serving.asgi import Caller, dumped
from tests.serving.tiny import CHANNELS, IDS

STEPS = 1_000
CASES = int(os.environ.get("PERENNIAL_FUZZ_CASES", "1000"))
_CALLS = ("decide", "churn", "next_purchase", "channel_preference", "recommend")


def test_a_random_consent_history_is_never_breached(own, worker_of):
    """A model of ten lines remembers the latest words; every answer is held against it."""
    chance = random.Random(7)
    workers = [worker_of(own), worker_of(own)]
    facts = workers[0].watcher.live.snapshot.facts
    people = IDS[:12]
    words: dict[tuple[str, str, str], bool] = {}
    for _ in range(STEPS):
        who, channel = chance.choice(people), chance.choice(CHANNELS)
        purpose = chance.choice(["contact"] * 3 + ["profiling"])
        words[who, channel, purpose] = granted = chance.random() < 0.5
        body = {"customer_id": who, "channel": channel, "purpose": purpose, "granted": granted}
        assert Caller(chance.choice(workers).application).post("/v1/consent", json=body).status_code == 200
        about = chance.choice(people)
        result = asked(chance.choice(workers), chance.choice(["decide", "channel_preference"]), about)
        if any(words.get((about, one, "profiling")) is False for one in CHANNELS):
            assert result == {"customer_id": about, "status": "suppressed"}
            continue
        bits = int(facts.allowed[IDS.index(about)])
        allowed = {one for i, one in enumerate(CHANNELS) if bits >> i & 1 and words.get((about, one, "contact"), True)}
        used = {contact["channel"] for contact in result.get("contact") or []} | {result.get("channel") or None}
        assert used - {None} <= allowed


def asked(worker, call, customer_id):
    return Caller(worker.application).post(f"/v1/{call}", json={"customer_ids": [customer_id]}).json()["results"][0]


def test_every_call_is_described_with_examples_that_work(caller):
    told = description()
    others = {"/livez", "/readyz", "/metrics", "/v1/erase/{request_id}"}
    assert set(told["paths"]) == {f"/v1/{name}" for name in CALLS} | others
    schemas = told["components"]["schemas"]
    assert all(name.rsplit("/", 1)[-1] in schemas for name in re.findall(r'"\$ref": "([^"]+)"', json.dumps(told)))
    for name in _CALLS:
        model = CALLS[name][0]
        for example in model.model_config.get("json_schema_extra", {}).get("examples", []):
            assert caller.post(f"/v1/{name}", json=example).status_code == 200
            model.model_validate_json(json.dumps(example))


def test_requests_made_from_the_description_and_broken_get_an_answer_of_the_contract(own, worker_of):
    chance = random.Random(11)
    caller = Caller(worker_of(own).application)
    schemas = description()["components"]["schemas"]
    seen = {}
    for _ in range(CASES):
        name = chance.choice([one for one in CALLS if one != "erase" or chance.random() < 0.1])  # it is slow
        body = broken(made({"$ref": f"/{CALLS[name][0].__name__}"}, schemas, chance), chance)
        answer = caller.post(f"/v1/{name}", content=dumped(body), headers={"content-type": "application/json"})
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        if answer.status_code == 200:
            CALLS[name][1].model_validate_json(answer.content)
        else:
            refused = (400, 404) if name == "predict" else (400,)  # this shop asks no question of its own
            assert answer.status_code in refused, (name, body, answer.text)
            responses.ErrorAnswer.model_validate_json(answer.content)
    assert min(seen.get(200, 0), seen.get(400, 0)) > CASES / 10, seen


def made(schema, schemas, chance):
    """A value of a JSON schema, as far as the contract uses them."""
    if "$ref" in schema:
        return made(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, chance)
    if "anyOf" in schema:
        return made(chance.choice(schema["anyOf"]), schemas, chance)
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required", [])
        return {
            name: made(inner, schemas, chance)
            for name, inner in schema.get("properties", {}).items()
            if name in needed or chance.random() < 0.3
        }
    if kind == "array":
        return [made(schema["items"], schemas, chance) for _ in range(chance.randint(schema.get("minItems", 0), 3))]
    if kind == "string":
        return text(schema, chance)
    if kind == "integer":
        return chance.randint(schema.get("minimum", 0), schema.get("maximum", 100))
    if kind == "number":
        return round(chance.uniform(-100, 100), 2)
    return {"boolean": chance.random() < 0.5, "null": None}.get(kind)


def text(schema, chance):
    if schema.get("format") == "date-time":
        return chance.choice(["2026-01-15T10:00:00", "2026-01-30T23:59:59+08:00", "2025-12-01T00:00:00Z"])
    if "\\d" in schema.get("pattern", ""):
        return "12.50"
    return chance.choice([*IDS[:30], "nobody", "东京", "a b"]) if "a-z" not in schema.get("pattern", "") else "web"


def broken(body, chance):
    """The body with, half the time, one value somewhere replaced or a key added or lost."""
    if chance.random() < 0.5:
        return body
    junk = chance.choice(
        [None, 0, -1, 1e308, 2**70, "", "x" * 5_000, [], {}, [[]], True, "\x00", "9" * 40, "2026-13-45"]
    )
    if not isinstance(body, (dict, list)) or not body or chance.random() < 0.15:
        return junk
    if isinstance(body, list):
        at = chance.randrange(len(body))
        return [*body[:at], broken(body[at], chance), *body[at + 1 :]]
    name = chance.choice(list(body))
    how = chance.random()
    if how < 0.2:
        return {key: value for key, value in body.items() if key != name}
    if how < 0.3:
        return {**body, "surplus": junk}
    return {**body, name: junk if how < 0.6 else broken(body[name], chance)}


def test_the_contract_bounds_every_string_and_list():
    """Nothing a caller sends can be without end."""
    for model in {request for request, _, _ in CALLS.values()} | {sent.Touchpoint, sent.Order}:
        for name, schema in model.model_json_schema()["properties"].items():
            for one in schema.get("anyOf", [schema]):
                if one.get("type") == "string" and "enum" not in one and one.get("format") != "date-time":
                    assert "maxLength" in one or "pattern" in one, (model.__name__, name)
                if one.get("type") == "array":
                    assert "maxItems" in one, (model.__name__, name)
