"""A request of which every row stands for itself: what cannot be read is told row by row, the rest goes on."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from serving.contract.rows import LEDGERS, Events
from serving.errors import RequestError
from serving.http.validation import told


def parsed_events(body: bytes) -> Events:
    """The request; with `partial`, without the rows that cannot be read, which it tells as `refused`.

    Raises
    ------
    RequestError   400 with the path of the first field that is wrong, where all or nothing was asked for
    """
    try:
        return Events.model_validate_json(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
    first = told(Events, dict(problems[0]))
    if not all(_of_a_row(problem["loc"]) for problem in problems):
        raise first
    document = json.loads(body, parse_float=Decimal, parse_int=Decimal)  # every digit stays as it was sent
    if document.get("partial") is not True:
        raise first
    refused: dict[tuple[str, int], RequestError] = {}
    for problem in problems:
        refused.setdefault((problem["loc"][0], problem["loc"][1]), told(Events, dict(problem)))  # type: ignore[arg-type]
    places = {
        ledger: [i for i in range(len(document.get(ledger, ()))) if (ledger, i) not in refused] for ledger in LEDGERS
    }
    kept = {ledger: [document[ledger][i] for i in places[ledger]] for ledger in LEDGERS if ledger in document}
    text = "".join(_written({**document, **kept})).encode()
    try:
        return Events.without(text, places, {f"{ledger}[{i}]": why for (ledger, i), why in refused.items()})
    except ValidationError as error:  # more rows than a call may have
        raise told(Events, dict(error.errors(include_url=False, include_input=False)[0])) from None


def _of_a_row(path: tuple[int | str, ...]) -> bool:
    return len(path) > 1 and path[0] in LEDGERS and isinstance(path[1], int)


def _written(value: Any) -> Iterator[str]:
    """JSON with its numbers as they came; the standard library writes no Decimal."""
    if isinstance(value, Decimal):
        yield str(value)
    elif isinstance(value, dict):
        for i, (name, inner) in enumerate(value.items()):
            yield f"{',' if i else '{'}{json.dumps(name)}:"
            yield from _written(inner)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield "," if i else "["
            yield from _written(inner)
        yield "]" if value else "[]"
    else:
        yield json.dumps(value)
