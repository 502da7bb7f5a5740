"""A shop's own features and questions: trusted files of its folder, and packages installed beside ours."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from features.errors import FeatureError
from features.feature import Feature, FeatureColumn
from features.ingest.source.config import Config
from features.trust import Code, read_code, trusted

GROUP = "perennial.features"
_ANY = "any"  # stands for each value of data


@dataclass(frozen=True)
class Extension:
    """What a shop adds to ours.

    Attributes
    ----------
    features : tuple of Feature
    tasks : tuple of Code       files of questions, trusted; training runs them
    """

    features: tuple[Feature, ...] = ()
    tasks: tuple[Code, ...] = ()

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        """Each feature over each of its windows; one made per value for a value that stands for all."""
        return tuple(column for one in self.features for column in _read(one))

    @property
    def digest(self) -> str:
        """SHA-256 of what it says; empty where it adds nothing."""
        says = [f"{column.name}@{column.fingerprint}" for column in self.columns]
        says += [one.sha256 for one in self.tasks]
        return hashlib.sha256("\n".join(says).encode()).hexdigest() if says else ""


def read_extension(config: Config, home: Path) -> Extension:
    """Run the features' files that shop.toml names, and take in those of installed packages.

    Raises
    ------
    TrustError      if a file has not been trusted under `home` as it is
    FeatureError    if it cannot run, declares nothing, or a name is taken
    """
    files = trusted(read_code(config.folder, config.extend_features), config.folder, home)
    tasks = trusted(read_code(config.folder, config.extend_tasks), config.folder, home)
    own = [feature for code in files for feature in features_of(code)]
    return Extension(unmistakable([*_installed(), *own]), tasks)


def features_of(code: Code) -> tuple[Feature, ...]:
    """The features a file declares.

    Raises
    ------
    FeatureError    if it cannot run or declares none
    """
    found = tuple(dict.fromkeys(declared(run(code))))
    if not found:
        raise FeatureError(f"{code.path} declares no feature. Decorate a function with @feature, or take it out.")
    return found


def run(code: Code) -> Mapping[str, Any]:
    """Run a file's content as read; what it defines, by name.

    Raises
    ------
    FeatureError    if it fails, with the line
    """
    names: dict[str, Any] = {"__name__": f"perennial_own_{code.path.stem}", "__file__": str(code.path)}
    try:
        exec(compile(code.content, str(code.path), "exec"), names)
    except Exception as error:
        raise FeatureError(
            f"{code.path} cannot run: {type(error).__name__}: {error}. Mend it and run again."
        ) from error
    return names


def declared(names: Mapping[str, Any]) -> Iterator[Feature]:
    """The features among the values of a module, alone or in tuples."""
    for value in names.values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Feature):
                yield one


def unmistakable(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The features, if each column's name is its own and each body can be read.

    Raises
    ------
    FeatureError
    """
    from features.catalog import catalogue, made_per_value  # the catalogue knows shops, and shops know extensions

    features = tuple(features)
    taken = {column.name for column in catalogue()}
    for feature in features:
        for column in _read(feature):
            if column.name in taken or made_per_value(column.name):
                raise FeatureError(f"feature '{feature.name}': there is a column {column.name} already. Rename yours.")
            taken.add(column.name)
            _refuse_unreadable(column)
    return features


def _read(feature: Feature) -> tuple[FeatureColumn, ...]:
    return (feature.of(_ANY) if feature.per else feature).columns


def _refuse_unreadable(column: FeatureColumn) -> None:
    try:
        column.fingerprint  # noqa: B018 - reads the whole expression
    except Exception as error:
        raise FeatureError(
            f"feature '{column.feature.name}' cannot be read: {type(error).__name__}: {error}. "
            f"Its body takes the rows of '{column.feature.relation}' and returns one reduction over them."
        ) from error


def _installed() -> Iterator[Feature]:
    """Features of packages that offer some under the entry point perennial.features: a module, a feature or several."""
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        offered = entry.load()
        yield from declared({entry.name: offered} if isinstance(offered, (Feature, tuple)) else vars(offered))
