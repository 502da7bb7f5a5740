"""What the fields of an answer hold, and what every result about a customer has."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["ok", "unknown_customer", "suppressed", "stale"]
Band = Literal["low", "medium", "high", "very_high"]
Stage = Literal["prospect", "new", "active", "loyal", "at_risk", "dormant", "lost", "recovered"]
Probability = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", description="exact decimal in the shop's currency")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Hour = Annotated[int, Field(ge=0, le=23)]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class About(Answer):
    """Of whom, and how far it may be trusted; an unknown or suppressed customer has nothing more."""

    customer_id: str
    status: Status
    age_days: int | None = Field(default=None, ge=1, description="only when stale: days the snapshot is old")
    eligible: bool | None = Field(default=None, description="an order within active_within before the cutoff")
