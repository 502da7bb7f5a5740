"""The answers of the copyable client, written from their one declaration in decision_answer.py and
responses.py.

`python -m serving.contract.client_answers` writes them into serving/contract/client.py; a test holds the two together.
"""

import re
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from serving.contract import decision_answer, responses

BEGIN, END = "# --- answers, written by serving.contract.client_answers ---\n", "# --- end of answers ---\n"
CLIENT = Path(__file__).with_name("client.py")


def declarations() -> str:
    """Source of one frozen dataclass an answer, parts before wholes."""
    models = [
        value
        for declared in (decision_answer, responses)
        for value in vars(declared).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == declared.__name__
    ]
    shown = [model for model in models if not model.__name__.startswith("_")]
    return "\n\n".join(_dataclass(model) for model in shown)


def written(client: str) -> str:
    """The client's source with the answers as they are declared now."""
    before, rest = client.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{declarations()}\n\n{END}{after}"


def _dataclass(model: type[BaseModel]) -> str:
    lines = ["@dataclass(frozen=True)", f"class {model.__name__}:"]
    asked = [(name, field) for name, field in model.model_fields.items() if field.is_required()]
    told = [(name, field) for name, field in model.model_fields.items() if not field.is_required()]
    for name, field in (*asked, *told):
        default = "" if field.is_required() else f" = {field.default!r}"
        why = f"  # {field.description}" if field.description else ""
        lines.append(_fitting(f"    {name}: {_spelt(field.annotation)}{default}", why))
    return "\n".join(lines) + "\n"


def _fitting(line: str, why: str) -> str:
    return line + why if len(line + why) <= 120 else f"    #{why[3:]}\n{line}"


def _spelt(kind: Any) -> str:
    """A type as it is written: bounds and patterns are the service's to keep."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _spelt(inside[0])
    if origin in (Union, types.UnionType):
        return " | ".join(_spelt(one) for one in inside)
    if origin is Literal:
        return f"Literal[{', '.join(_quoted(one) for one in inside)}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(_spelt(one) for one in inside)}]"
    if kind is type(None):
        return "None"
    return "Any" if kind is Any else str(kind.__name__)


def _quoted(value: object) -> str:
    return re.sub(r"^'(.*)'$", r'"\1"', repr(value))


if __name__ == "__main__":
    CLIENT.write_text(written(CLIENT.read_text(encoding="utf-8")), encoding="utf-8")
