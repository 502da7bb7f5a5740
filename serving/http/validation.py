"""From what is wrong with a request to one error that says where and why, never with a value of the request."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from serving.errors import RequestError

WHOLE = "body"
Body = TypeVar("Body", bound=BaseModel)
# pydantic's error types → a sentence; {…} are limits of the contract, never the caller's words.
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be a string",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "holds characters that are not allowed here",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "decimal_type": "must be a number, or a decimal in a string",
    "decimal_parsing": "must be a number, or a decimal in a string",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_max_places": "must have at most {decimal_places} digits after the point",
    "decimal_whole_digits": "must have at most {whole_digits} digits before the point",
    "datetime_type": "must be a moment in ISO 8601, such as 2026-06-01T19:00:00",
    "datetime_parsing": "must be a moment in ISO 8601, such as 2026-06-01T19:00:00",
    "datetime_from_date_parsing": "must be a moment in ISO 8601, such as 2026-06-01T19:00:00",
    "datetime_object_invalid": "must be a moment in ISO 8601, such as 2026-06-01T19:00:00",
    "timezone_offset": "must be a moment in ISO 8601, such as 2026-06-01T19:00:00",
}


def parsed(model: type[Body], body: bytes) -> Body:
    """The request, if the body is one.

    Raises
    ------
    RequestError   400 with the path of the first field that is wrong
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
    raise told(model, dict(problem))


def told(model: type[BaseModel], problem: dict[str, Any]) -> RequestError:
    """The refusal for one of pydantic's problems."""
    kind, path = problem["type"], list(problem["loc"])
    context = problem.get("ctx", {})
    if kind == "json_invalid":
        return RequestError(400, "invalid_json", f"The body is not JSON: {context['error']}.", field=WHOLE)
    if kind == "extra_forbidden":  # the name itself is the caller's word
        field = _path(path[:-1])
        return RequestError(400, "unknown_field", f"{field} has a field the contract does not know.", field=field)
    field = _path(path)
    if kind == "value_error":  # raised by the contract's own validators, whose words are ours
        return RequestError(400, "invalid_field", f"{field}: {context['error']}.", field=field)
    sentence = _SENTENCES.get(kind, "is not what the contract says").format(**context)
    return RequestError(400, "invalid_field", f"{field} {sentence}.", field=field)


def _path(parts: list[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or WHOLE
