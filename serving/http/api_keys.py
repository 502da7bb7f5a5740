"""API keys: who may call what. Only hashes are kept; a key is shown once, when it is made.

python -m serving.http.api_keys add crm read write      prints the key; so does `perennial keys add crm read write`
python -m serving.http.api_keys add anna ui             for a person who opens the pages under /ui/
python -m serving.http.api_keys remove crm              counts within a second, without a restart
python -m serving.http.api_keys list
"""

import hashlib
import hmac
import re
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from scoring.clock import now
from scoring.errors import ServingError
from serving.errors import RequestError
from serving.settings import read_settings, refuse_unknown_shop
from serving.state.database import State
from serving.state.kept import keys_told
from serving.state.keys import Key, blank_key, put_key

UI = "ui"  # a person at the service's pages
SCOPES = ("read", "write", "erase", UI)
_LOOPBACK = ("127.", "::1", "::ffff:127.")
_LOCAL_HOST = re.compile(rb"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")
_THROUGH_OTHERS = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")
_NO_KEY = "There is no key yet."


def add_key(state: State, name: str, scopes: Sequence[str]) -> str:
    """Make a key for a caller; an older key of the same name stops working. Returns the key itself."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", name):
        raise ServingError("A key's name has letters, digits, dots and dashes, 64 at most, such as crm or crm-2.")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ServingError(f"A key needs scopes out of {', '.join(SCOPES)}; got {' '.join(unknown) or 'none'}.")
    key = f"pk_{secrets.token_urlsafe(32)}"
    with state.transaction() as con:
        put_key(con, Key(name, _hashed(key.encode()), frozenset(scopes)), now().isoformat())
    return key


def remove_key(state: State, name: str) -> bool:
    """Take a caller's key away; whether there was one.

    Its name stays: a service whose last key was removed must answer nobody, not everybody on its machine.
    """
    with state.transaction() as con:
        return blank_key(con, name)


class Guard:
    """Lets callers in: by key, or, while none was ever made, only this machine's own programs.

    A page in a browser of this machine is none of them: it comes under a host's name that it has chosen itself.

    Parameters
    ----------
    rate : requests a second one caller may make of this process; 0 is no limit
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._spent: dict[str, tuple[float, float]] = {}
        self.keys: tuple[Key, ...] = ()

    def authorise(self, headers: Mapping[bytes, bytes], client: Any, scope: str) -> str:
        """The caller's name.

        Raises
        ------
        RequestError   401 without a valid key, 403 where it does not allow this, 429 above the rate
        """
        if not self.keys:
            return self._from_here(headers, client)
        found = self.key_of(_given(headers))
        if found is None:
            raise RequestError(401, "unauthorized", "Send an API key: Authorization: Bearer pk_….")
        if scope not in found.scopes:
            raise RequestError(403, "forbidden", f"This key does not have the scope {scope}.")
        self._spend(found.name)
        return found.name

    def key_of(self, given: bytes) -> Key | None:
        """What is kept of a key that somebody gives; None where it is nobody's."""
        return self.key_by(_hashed(given))

    def key_by(self, hashed: bytes) -> Key | None:
        """The key with this hash, compared in the same time whatever it is."""
        found = [key for key in self.keys if hmac.compare_digest(key.hash, hashed)]
        return found[0] if found else None

    def _from_here(self, headers: Mapping[bytes, bytes], client: Any) -> str:
        passed_on = any(name in headers for name in _THROUGH_OTHERS)
        if passed_on or client is None or not str(client[0]).startswith(_LOOPBACK):
            raise RequestError(
                403, "forbidden", "No API key exists yet, so only calls from the service's own machine are answered."
            )
        if b"host" in headers and not _LOCAL_HOST.fullmatch(headers[b"host"].lower()):
            raise RequestError(403, "forbidden", "No API key exists yet, so only calls to localhost are answered.")
        return ""

    def _spend(self, name: str) -> None:
        """One token of the caller's bucket, which holds a second's worth."""
        if not self._rate:
            return
        moment = time.monotonic()
        tokens, last = self._spent.get(name, (float(self._rate), moment))
        tokens = min(float(self._rate), tokens + (moment - last) * self._rate)
        if tokens < 1:
            self._spent[name] = (tokens, moment)
            raise RequestError(429, "rate_limited", "This key makes too many requests.", retry_after=1)
        self._spent[name] = (tokens - 1, moment)


def _given(headers: Mapping[bytes, bytes]) -> bytes:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else headers.get(b"x-api-key", b"")


def _hashed(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def answered(state: State, words: Sequence[str]) -> str:
    """Do what the words ask – add NAME SCOPE…, remove NAME, list – and say what came of it.

    Raises
    ------
    ServingError    if they ask for something else, or a key that cannot be
    """
    match list(words):
        case ["add", name, *scopes]:
            return f"{add_key(state, name, scopes)}\nKeep it: it is not shown again."
        case ["remove", name]:
            return f"Removed {name}." if remove_key(state, name) else f"There is no key {name}."
        case ["list"]:
            told = keys_told(state)
            return "\n".join("  ".join((name, scopes or "removed", at)) for name, scopes, at in told) or _NO_KEY
    raise ServingError("Expected add NAME SCOPE…, remove NAME or list; scopes are read, write, erase and ui.")


def main(words: Sequence[str]) -> str:
    """What the command line says."""
    settings = read_settings()
    refuse_unknown_shop(settings)
    with closing(State(settings.of_shop("state"))) as state:
        return answered(state, words)


if __name__ == "__main__":
    try:
        sys.stdout.write(main(sys.argv[1:]) + "\n")
    except ServingError as problem:
        sys.exit(str(problem))
