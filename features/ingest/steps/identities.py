"""Marks by which a person may be recognised, hashed with the shop's own key before anything is written."""

import os
import secrets
from pathlib import Path

from features.errors import ShopError
from features.ingest.source.database import literal


def hashed(kind: str, value: str, secret: str) -> str:
    """SQL of a keyed hash: equal marks stay equal, no one without the key can try values.

    E-mails are compared without case, phone numbers by their digits alone.
    """
    digits = f"regexp_replace({value}, '[^0-9+]', '', 'g')"
    plain = f"CASE WHEN lower({kind}) IN ('phone', 'mobile') THEN {digits} ELSE lower(trim({value})) END"
    key = literal(secret)
    # Hashing twice, the key in both, is what HMAC does against extending a known hash.
    return f"sha256({key} || sha256({key} || lower({kind}) || ':' || {plain}))"


def secret_of(folder: Path) -> str:
    """The shop's key, made on first use and readable by its owner alone.

    Raises
    ------
    ShopError       if it can neither be read nor written
    """
    path = folder / "identity.key"
    try:
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text().strip()
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise ShopError(f"cannot keep the key for identities in {path}: {error.strerror}. Make it writable.") from error
