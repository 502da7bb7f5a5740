"""shop.toml: how a retailer's exports become canonical tables, and the few facts only the retailer knows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

from features.channels import Channels
from features.clocks import parse_days
from features.errors import CutoffError, ShopError
from features.ingest.source.channel_sections import read_channels
from features.ingest.source.place import checked_country, checked_timezone
from features.tables import TABLES

# What is done for whom is read where decisions are made; here it only has to be sections.
_DECIDING = ("actions", "causes", "budget", "caps", "explore", "offers")
_SECTIONS = ("tasks", "channels", "contact", "business", *_DECIDING, "checks", "train", "retention", "extend")
_SOURCE_KEYS = ("source", "where", "group", "once", "duplicates", "columns", "encoding", "delimiter")
_ALIKE = ("drop", "keep")
_KEEP_DAYS, _SHORTEST_KEPT = 730, 31  # caps look back 30 days


@dataclass(frozen=True)
class ShopOffer:
    """Something a decision may give away.

    Attributes
    ----------
    code : str
    cost : Decimal              what one redeemed offer costs, in the shop's currency
    assumed_effect : float      change of order probability taken for granted until it is measured
    """

    code: str
    cost: Decimal
    assumed_effect: float


@dataclass(frozen=True)
class ShopSettings:
    """What shop.toml says about the business; None where it says nothing.

    Attributes
    ----------
    horizon_days, active_within_days : int or None
    channels : Channels         what is online, who may be written to where, at what cost and hours
    margin : float or None      share of sales
    holdout_share : float       share of customers who are left alone, to measure against
    offers : mapping            name → Offer
    max_quarantined : float     share of a table's rows that may be refused before the ingest stops
    keep_events_days, keep_decisions_days : int     how long the service's database holds them; then files do
    train : mapping             settings of learners other than ours, as they stand; training checks them
    deciding : mapping          the sections on actions, causes, budget, caps, exploration and older offers, as written
    """

    horizon_days: int | None = None
    active_within_days: int | None = None
    channels: Channels = field(default_factory=Channels)
    margin: float | None = None
    holdout_share: float = 0.05
    offers: Mapping[str, ShopOffer] = field(default_factory=dict)
    max_quarantined: float = 0.01
    keep_events_days: int = _KEEP_DAYS
    keep_decisions_days: int = _KEEP_DAYS
    train: Mapping[str, float] = field(default_factory=dict)
    deciding: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where one canonical table comes from.

    Attributes
    ----------
    table : str
    source : str                glob under the shop's folder, or a database table `duckdb:///file.db::table`
    where : str or None         SQL condition over the source's columns
    group : tuple of str        canonical columns; the source's rows with equal values add up to one row
    columns : mapping or None   canonical column → SQL expression; None takes columns of the same name
    encoding, delimiter : str or None       of text files; None finds out
    once : tuple of str         canonical columns that every row of a group states alike: they count once, not added up
    keeps_alike : bool          rows that are equal in every column are several, such as two pieces scanned one by one
    """

    table: str
    source: str
    where: str | None = None
    group: tuple[str, ...] = ()
    columns: Mapping[str, str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    once: tuple[str, ...] = ()
    keeps_alike: bool = False


@dataclass(frozen=True)
class Config:
    """One shop's folder, understood."""

    folder: Path
    name: str
    timezone: str
    currency: str
    sources: tuple[Source, ...]
    settings: ShopSettings
    text: bytes
    extend_features: tuple[str, ...] = ()
    extend_tasks: tuple[str, ...] = ()
    country: str = ""


def read_config(path: Path) -> Config:
    """Read a shop's folder (or its shop.toml).

    Raises
    ------
    ShopError       if there is no such folder, no orders in it, or shop.toml says what cannot be
    """
    folder, toml = (path.parent, path) if path.is_file() and path.suffix == ".toml" else (path, path / "shop.toml")
    if path.is_file() and path != toml:
        folder, toml = path.parent, path.parent / "shop.toml"
    if not folder.is_dir():
        raise ShopError(f"There is no shop at {path}. Give the folder that holds shop.toml or orders.parquet.")
    text = toml.read_bytes() if toml.is_file() else b""
    document = _parse(text, toml)
    sources = _sources(document, toml) or _canonical_files(folder)
    if not any(source.table == "orders" for source in sources):
        raise ShopError(
            f"{folder} has no orders, the one table every shop needs. "
            "Put orders.parquet or orders.csv there, or name the files that hold them under [orders] in shop.toml; "
            "perennial init drafts one."
        )
    return Config(
        folder=folder.resolve(),
        name=_text(document, "name", toml, folder.resolve().name),
        timezone=checked_timezone(_text(document, "timezone", toml, "UTC"), toml),
        currency=_text(document, "currency", toml, ""),
        sources=sources,
        settings=_settings(document, toml),
        text=text,
        extend_features=_extended(document, "features", toml),
        extend_tasks=_extended(document, "tasks", toml),
        country=checked_country(_text(document, "country", toml, ""), toml),
    )


def _parse(text: bytes, toml: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShopError(f"{toml} is not valid TOML: {error}. Mend that line and run again.") from None


def _sources(document: Mapping[str, Any], toml: Path) -> tuple[Source, ...]:
    for name, value in document.items():
        if isinstance(value, dict) and name not in TABLES and name not in _SECTIONS:
            known = ", ".join([*TABLES, *_SECTIONS])
            raise ShopError(f"{toml}: [{name}] is neither a table nor a section. Known are {known}.")
    return tuple(_source(name, document[name], toml) for name in TABLES if name in document)


def _source(table: str, given: Any, toml: Path) -> Source:
    where = f"{toml}: [{table}]"
    if not isinstance(given, dict) or not isinstance(given.get("source"), str):
        raise ShopError(f'{where} names no source. Add source = "files_*.csv" (CSV, Parquet or a database table).')
    for key in given:
        if key not in _SOURCE_KEYS:
            raise ShopError(f"{where} says '{key}', which means nothing here. Known are {', '.join(_SOURCE_KEYS)}.")
    columns = given.get("columns")
    group = given.get("group", [])
    group = [group] if isinstance(group, str) else group
    once = given.get("once", [])
    once = [once] if isinstance(once, str) else once
    duplicates = given.get("duplicates", "drop")
    if duplicates not in _ALIKE:
        raise ShopError(f'{where} duplicates = {duplicates!r} means nothing here. Write "drop" or "keep".')
    if once and not group:
        raise ShopError(f"{where} says once without group: only rows that add up can state a column once.")
    for says, names in (("maps", columns or {}), ("groups by", group), ("states once", once)):
        for name in names:
            if not TABLES[table].takes(name):
                known = ", ".join(column.name for column in TABLES[table].columns)
                raise ShopError(f"{where} {says} '{name}', but the table's columns are {known}.")
    for name, text in (columns or {}).items():
        if not isinstance(text, str):
            raise ShopError(f"{where} column '{name}' = {text!r} is no text. Write {name} = \"…\".")
    return Source(
        table=table,
        source=given["source"],
        where=given.get("where"),
        group=tuple(group),
        columns=None if columns is None else MappingProxyType(dict(columns)),
        encoding=given.get("encoding"),
        delimiter=given.get("delimiter"),
        once=tuple(once),
        keeps_alike=duplicates == "keep",
    )


def _canonical_files(folder: Path) -> tuple[Source, ...]:
    """Files or folders of part files that are named like tables."""
    endings = (".parquet", ".csv", ".csv.gz", ".tsv", "")
    named = {table: [table + ending for ending in endings if (folder / (table + ending)).exists()] for table in TABLES}
    return tuple(Source(table=table, source=names[0]) for table, names in named.items() if names)


def _settings(document: Mapping[str, Any], toml: Path) -> ShopSettings:
    for name in _SECTIONS:
        if not isinstance(document.get(name, {}), dict):
            raise ShopError(f"{toml}: {name} = {document[name]!r} is no section. Write [{name}] and its lines below.")
    tasks, business = document.get("tasks", {}), document.get("business", {})
    return ShopSettings(
        horizon_days=_days(tasks, "horizon", toml),
        active_within_days=_days(tasks, "active_within", toml),
        channels=read_channels(document, toml),
        margin=_share(business, "business", "margin", toml, None),
        holdout_share=_share(business, "business", "holdout_share", toml, 0.05) or 0.0,
        offers={name: _offer(name, offer, toml) for name, offer in document.get("offers", {}).items()},
        keep_events_days=_kept(document, "events", toml),
        keep_decisions_days=_kept(document, "decisions", toml),
        train=dict(document.get("train", {})),
        max_quarantined=_share(document.get("checks", {}), "checks", "max_quarantined", toml, 0.01) or 0.0,
        deciding=MappingProxyType({name: document[name] for name in _DECIDING if name in document}),
    )


def _kept(document: Mapping[str, Any], what: str, toml: Path) -> int:
    """Days for which the service's database holds something."""
    section = document.get("retention", {})
    for key in section:
        if key not in ("events", "decisions"):
            raise ShopError(
                f"{toml}: [retention] says '{key}', which means nothing here. Known are events and decisions."
            )
    days = _days(section, what, toml, "retention") or _KEEP_DAYS
    if days < _SHORTEST_KEPT:
        raise ShopError(
            f'{toml}: [retention] {what} = "{days}d" is too short: caps and cool-downs look back 30 days. '
            f'Write "{_SHORTEST_KEPT}d" or more.'
        )
    return days


def _extended(document: Mapping[str, Any], what: str, toml: Path) -> tuple[str, ...]:
    """Files of the shop's own code; whether they may run is judged apart."""
    section = document.get("extend", {})
    for key in section:
        if key not in ("features", "tasks"):
            raise ShopError(f"{toml}: [extend] says '{key}', which means nothing here. Known are features and tasks.")
    named = section.get(what, [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise ShopError(f'{toml}: [extend] {what} = {named!r} is no list of files. Write {what} = ["my_{what}.py"].')
    return tuple(named)


def _offer(name: str, given: Mapping[str, Any], toml: Path) -> ShopOffer:
    try:
        cost = Decimal(str(given["cost"]))
    except (KeyError, InvalidOperation):
        raise ShopError(f"{toml}: [offers.{name}] needs a cost, such as cost = 8.0.") from None
    effect = _share(given, f"offers.{name}", "assumed_effect", toml, 0.0) or 0.0
    return ShopOffer(code=str(given.get("code", name)), cost=cost, assumed_effect=effect)


def _days(section: Mapping[str, Any], key: str, toml: Path, name: str = "tasks") -> int | None:
    try:
        return parse_days(section[key]) if key in section else None
    except CutoffError as error:
        raise ShopError(f"{toml}: [{name}] {key}: {error}") from None


def _share(section: Mapping[str, Any], name: str, key: str, toml: Path, default: float | None) -> float | None:
    value = section.get(key, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ShopError(f"{toml}: [{name}] {key} = {value!r} is no share. Give a number from 0 to 1.")
    return float(value)


def _text(document: Mapping[str, Any], key: str, toml: Path, default: str) -> str:
    value = document.get(key, default)
    if not isinstance(value, str):
        raise ShopError(f'{toml}: {key} = {value!r} is no text. Write {key} = "…".')
    return value or default
