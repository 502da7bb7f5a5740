"""Settings from the environment (PERENNIAL_…), checked once at start."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from serving.errors import SettingsError


class Settings(BaseSettings):
    """What an operator may set; every field is the environment variable PERENNIAL_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="PERENNIAL_", frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default=Path(".perennial"), description="folder of releases, snapshots, history and state")
    shop: str = Field(default="", description="the shop that is served; may be left out when home holds just one")
    host: str = Field(default="127.0.0.1", description="address the service listens on")
    port: int = Field(default=3000, ge=1, le=65535, description="port the service listens on")
    workers: int = Field(default=1, ge=1, le=64, description="processes that answer calls")
    today: date | None = Field(
        default=None, description="serve as if it were this day (YYYY-MM-DD): for a shop whose data has ended"
    )
    body_bytes: int = Field(default=1_000_000, ge=1_000, description="largest request body; above it 413")
    client_seconds: float = Field(default=5.0, gt=0, le=60, description="time a client has to send its request")
    receiving: int = Field(
        default=128, ge=1, description="request bodies a worker waits for at once; above it the slowest gets 408"
    )
    in_flight: int = Field(
        default=64, ge=1, description="calls of one kind a worker holds at once, of writes a quarter; above it 429"
    )
    lag_seconds: float = Field(default=0.25, gt=0, description="queueing time from which a worker answers 429")
    rate: int = Field(default=0, ge=0, description="requests a second one key may make of a worker; 0 is no limit")
    keep_mb: int = Field(
        default=2_000, ge=0, description="megabytes of snapshot and history kept in memory for all workers, 0 is none"
    )
    watch_seconds: float = Field(default=1.0, gt=0, le=60, description="how often workers look for a new release")
    ui_minutes: int = Field(default=30, ge=1, le=720, description="pause after which a person is signed out of /ui/")
    docs: bool = Field(default=True, description="serve the page that describes the calls")

    @field_validator("shop")
    @classmethod
    def _is_a_folder_of_home(cls, name: str) -> str:
        if not re.fullmatch(r"[\w-]*", name):
            raise ValueError("a shop's name as it stands under PERENNIAL_HOME/releases: letters, digits, dashes")
        return name

    def of_shop(self, kind: str) -> Path:
        """The shop's folder of one kind: "releases", "snapshots", "shops" or "state"."""
        return self.home / kind / self.shop


def read_settings(**given: Any) -> Settings:
    """The settings of this environment; those `given` (a command line's) come first.

    Raises
    ------
    SettingsError   names each variable that cannot be used, and why, without its value
    """
    try:
        settings = Settings(**given)
    except ValidationError as error:
        lines = [
            f"PERENNIAL_{str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise SettingsError("The environment cannot be used.\n" + "\n".join(lines)) from None
    if settings.shop:
        return settings
    return settings.model_copy(update={"shop": _only_shop(settings.home)})


def refuse_unknown_shop(settings: Settings) -> None:
    """Say that home knows no such shop, before anything is made for a mistyped one.

    Raises
    ------
    SettingsError
    """
    if any(settings.of_shop(kind).is_dir() for kind in ("releases", "snapshots", "state")):
        return
    found = sorted({folder.name for kind in ("releases", "snapshots") for folder in settings.home.glob(f"{kind}/*/")})
    raise SettingsError(
        f"{settings.home.resolve()} has no shop '{settings.shop}'; it has {', '.join(found) or 'none'}.\n"
        "Set PERENNIAL_SHOP to one of those, or PERENNIAL_HOME to the folder the shop was trained in."
    )


def _only_shop(home: Path) -> str:
    pointers = sorted(home.glob("releases/*/current.json"))
    if len(pointers) == 1:
        return pointers[0].parent.name
    found = ", ".join(pointer.parent.name for pointer in pointers) or "none"
    raise SettingsError(
        f"PERENNIAL_SHOP is not set and {home / 'releases'} holds {len(pointers)} shops ({found}).\n"
        "Set PERENNIAL_SHOP to the one to serve, or train and export a release first."
    )
