"""What the fields of a request may hold, and what every body is: strict, bounded, nothing extra."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

MOST_CUSTOMERS = 100
MOST_ROWS = 1_000
LARGEST = Decimal("999999999.9999")  # of an amount: sums over anything a customer can do still fit into 18 digits
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


def _year_in_range(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2199:
        raise ValueError("a moment between the years 1970 and 2199 was expected")
    return moment


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Moment = Annotated[datetime, AfterValidator(_year_in_range)]
_MONEY_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": float(-LARGEST), "maximum": float(LARGEST)},
        {"type": "string", "pattern": r"^-?\d{1,9}(\.\d{1,4})?$"},
    ]
}
Money = Annotated[
    Decimal, Field(max_digits=18, decimal_places=4, ge=-LARGEST, le=LARGEST), WithJsonSchema(_MONEY_SCHEMA)
]
Chance = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=-1e12, le=1e12)]
CustomerIds = Annotated[list[Identifier], Field(min_length=1, max_length=MOST_CUSTOMERS)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True)
