"""[channels.X] of shop.toml, over the defaults of the field, and [contact.X] of older files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

from features.channels import Channel, Channels, Hours, default
from features.errors import ShopError

_KEYS = ("online", "contact", "cost", "quiet", "reached_by")


def read_channels(document: Mapping[str, Any], toml: Path) -> Channels:
    """The channels that shop.toml states, in its order.

    Raises
    ------
    ShopError       if a property is unknown or cannot be what is written, or both spellings state a basis
    """
    stated = {name: _channel(name, given, toml) for name, given in document.get("channels", {}).items()}
    for name, given in document.get("contact", {}).items():
        basis = _old_basis(name, given, toml)
        before = stated.get(name, default(name))
        if before.contact and before.contact != basis:
            raise ShopError(
                f"{toml}: [contact.{name}] and [channels.{name}] state two bases. Keep contact in [channels.{name}]."
            )
        stated[name] = replace(before, contact=basis)
    return Channels(MappingProxyType(stated))


def _channel(name: str, given: Any, toml: Path) -> Channel:
    where = f"{toml}: [channels.{name}]"
    if not isinstance(given, dict):
        raise ShopError(f"{toml}: channels.{name} = {given!r} is no section. Write [channels.{name}] with lines below.")
    for key in given:
        if key not in _KEYS:
            raise ShopError(f"{where} says '{key}', which means nothing here. Known are {', '.join(_KEYS)}.")
    usual = default(name)
    return replace(
        usual,
        online=_truth(given.get("online", usual.online), where),
        contact=_basis(given.get("contact", False), where),
        cost=_cost(given["cost"], where) if "cost" in given else usual.cost,
        quiet=_quiet(given["quiet"], where) if "quiet" in given else usual.quiet,
        reached_by=_kinds(given["reached_by"], where) if "reached_by" in given else usual.reached_by,
    )


def _truth(given: Any, where: str) -> bool | None:
    if given is None or isinstance(given, bool):
        return given
    raise ShopError(f"{where} online = {given!r} is neither true nor false. Write online = true or online = false.")


def _basis(given: Any, where: str) -> str | None:
    if given is False:
        return None
    if isinstance(given, str) and given.strip():
        return given
    raise ShopError(
        f"{where} contact = {given!r} is no basis. Write why it may be used without a row in consents, such as "
        'contact = "existing customers", or contact = false.'
    )


def _old_basis(name: str, given: Any, toml: Path) -> str:
    basis = given.get("basis") if isinstance(given, dict) else None
    if not isinstance(basis, str) or not basis:
        raise ShopError(f'{toml}: [contact.{name}] needs a basis, such as basis = "existing customers".')
    return basis


def _cost(given: Any, where: str) -> Decimal:
    try:
        cost = Decimal(str(given))
    except InvalidOperation:
        cost = Decimal("NaN")
    if isinstance(given, bool) or not cost.is_finite() or cost < 0:
        raise ShopError(f"{where} cost = {given!r} is no amount. Give what one send costs, such as cost = 0.02.")
    return cost


def _quiet(given: Any, where: str) -> Hours | None:
    """Two times of day; none given is never quiet."""
    if given == []:
        return None
    try:
        start, end = (time.fromisoformat(one) if isinstance(one, str) else one for one in given)
    except (TypeError, ValueError):
        start = end = None
    if not (isinstance(start, time) and isinstance(end, time)) or start == end:
        raise ShopError(
            f'{where} quiet = {given!r} is no pair of times. Write quiet = ["21:00", "09:00"], or [] where it may '
            "send at any hour."
        )
    return start, end


def _kinds(given: Any, where: str) -> tuple[str, ...]:
    if isinstance(given, list) and all(isinstance(one, str) and one for one in given):
        return tuple(one.lower() for one in given)
    raise ShopError(f'{where} reached_by = {given!r} is no list. Name kinds of identity, such as ["phone"].')
