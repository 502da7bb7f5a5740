"""What a browser sends: fields of a form or an address, and cookies; and the cookies it is given."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from serving.errors import RequestError

FORM = b"application/x-www-form-urlencoded"
MOST_BYTES = 16_000
_MOST_FIELDS = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def fields_of(text: bytes) -> dict[str, str]:
    """Fields by name, of a repeated one the last.

    Raises
    ------
    RequestError   400 where it is no form, or holds what no person types
    """
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:  # bytes that are no UTF-8, or too many fields
        raise RequestError(400, "invalid_field", "The form cannot be read.") from None
    if any(_CONTROL.search(value) for _, value in pairs):
        raise RequestError(400, "invalid_field", "The form holds control characters.")
    return dict(pairs)


def cookies_of(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Cookies by name."""
    parts = (part.partition("=") for part in headers.get(b"cookie", b"").decode("latin-1").split(";"))
    return {name.strip(): value.strip() for name, sign, value in parts if sign}


def cookie(name: str, value: str, secure: bool, days: int | None = None) -> tuple[bytes, bytes]:
    """The header that gives the browser a cookie of the pages alone; an empty value takes it away.

    Parameters
    ----------
    secure : whether it came through https, and shall go back through nothing else
    days : it is kept; None is until the browser closes
    """
    seconds = 0 if not value else None if days is None else days * 86_400
    parts = [f"{name}={value}", "Path=/ui", "HttpOnly", "SameSite=Strict"]
    parts += [*(["Secure"] if secure else []), *([] if seconds is None else [f"Max-Age={seconds}"])]
    return b"set-cookie", "; ".join(parts).encode()
