"""Whether code named in a shop.toml may run: a person said so, of exactly these bytes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from features.errors import PerennialError
from features.files import replacing

_FILE = "trusted.json"


class TrustError(PerennialError):
    """Code of a shop's folder may not run."""


@dataclass(frozen=True)
class Code:
    """A file of code as it was read once: what is judged is what runs."""

    path: Path
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the content."""
        return hashlib.sha256(self.content).hexdigest()


def read_code(folder: Path, names: Iterable[str]) -> tuple[Code, ...]:
    """The files that [extend] names, unjudged.

    Raises
    ------
    TrustError      if one lies outside the folder, is no Python file or cannot be read
    """
    return tuple(_read(folder, name) for name in names)


def trusted(code: Iterable[Code], folder: Path, home: Path) -> tuple[Code, ...]:
    """The files, if a person has trusted each as it is.

    Raises
    ------
    TrustError      if one was not trusted under this home, or changed since
    """
    code, known = tuple(code), _known(home)
    for one in code:
        recorded = known.get(str(one.path))
        if recorded != one.sha256:
            happened = "changed since it was trusted" if recorded else "has not been trusted"
            raise TrustError(
                f"{folder / 'shop.toml'} names code that would run here: {one.path.name} {happened}. "
                f"Read it, then: perennial trust {folder}"
            )
    return code


def trust(code: Iterable[Code], home: Path) -> None:
    """Record under `home` that these files may run as they are."""
    known = _known(home) | {str(one.path): one.sha256 for one in code}
    with replacing(home / _FILE) as part:
        part.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _known(home: Path) -> dict[str, str]:
    path = home / _FILE
    try:
        known = json.loads(path.read_bytes()) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise TrustError(
            f"{path} cannot be read: {error}. Mend or remove it, then run perennial trust again."
        ) from None
    if not isinstance(known, dict):
        raise TrustError(f"{path} holds no list of files. Remove it, then run perennial trust again.")
    return known


def _read(folder: Path, name: str) -> Code:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix != ".py":
        raise TrustError(f"{folder / 'shop.toml'}: [extend] names {name!r}. Name a .py file within the shop's folder.")
    try:
        return Code(path, path.read_bytes())
    except OSError as error:
        raise TrustError(
            f"{folder / 'shop.toml'}: [extend] names {name!r}, which cannot be read: {error.strerror}."
        ) from None
