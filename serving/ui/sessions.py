"""Signing in to the pages with a key, staying signed in, and signing out.

The browser holds a random token in a cookie that scripts cannot read and other sites cannot send; the state database
holds the token's hash. A session ends by signing out, by a pause, after a working day, and with its key.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from scoring.clock import now
from serving.errors import RequestError
from serving.http.api_keys import UI, Guard
from serving.state.database import State
from serving.state.sessions import drop_session, put_session, see_session, session_of
from serving.ui.attempts import Attempts

LONGEST = timedelta(hours=12)
_NOTED = 0.05  # of the pause: how exactly the last look is kept; writing at every one would be too often


class Sessions:
    """Who is signed in; for any worker, because the database is everybody's.

    Parameters
    ----------
    refresh : lets the guard know of keys that were made or removed since
    idle : after which pause a session ends
    """

    def __init__(self, state: State, guard: Guard, refresh: Callable[[], None], idle: timedelta) -> None:
        self._state = state
        self._guard = guard
        self._refresh = refresh
        self._attempts = Attempts()
        self.idle = idle

    @property
    def has_keys(self) -> bool:
        """Whether there is any key that may sign in."""
        self._refresh()
        return any(UI in key.scopes for key in self._guard.keys)

    def sign_in(self, given: str, client: str) -> str:
        """A new session's token for a key that may open the pages.

        Raises
        ------
        RequestError   401 for no key of ours, 403 for one without scope ui, 429 after too many wrong ones
        """
        self._attempts.refuse_too_many(client)
        self._refresh()
        key = self._guard.key_of(given.strip().encode())
        if key is None or UI not in key.scopes:
            self._attempts.count(client)
            if key is None:
                raise RequestError(401, "unauthorized", "No such key.")
            raise RequestError(403, "forbidden", f"This key does not have the scope {UI}.")
        token = secrets.token_urlsafe(32)
        with self._state.transaction() as con:
            put_session(con, _hashed(token), key.hash, now(), LONGEST)
        return token

    def is_open(self, token: str) -> bool:
        """Whether a token's session is open at this moment; notes that it was used."""
        if not token:
            return False
        hashed, moment = _hashed(token), now()
        session = session_of(self._state, hashed)
        if session is None or not self._lasts(session.started_at, session.seen_at, moment):
            return False
        self._refresh()
        key = self._guard.key_by(session.key_hash)
        if key is None or UI not in key.scopes:
            return False
        if moment - session.seen_at >= _NOTED * self.idle:
            self._note(hashed, moment)
        return True

    def sign_out(self, token: str) -> None:
        """End a session everywhere."""
        with self._state.transaction() as con:
            drop_session(con, _hashed(token))

    def _lasts(self, started_at: datetime, seen_at: datetime, moment: datetime) -> bool:
        return moment - seen_at < self.idle and moment - started_at < LONGEST

    def _note(self, hashed: bytes, moment: datetime) -> None:
        with suppress(sqlite3.OperationalError), self._state.transaction() as con:  # a locked database ends no session
            see_session(con, hashed, moment)


def form_token(secret: str) -> str:
    """What a form must carry to count: only a page of ours can know it, for it follows from the cookie."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def refuse_foreign_form(secret: str, given: str) -> None:
    """Refuse a form that no page of this browser's session sent.

    Raises
    ------
    RequestError   403
    """
    if not secret or not hmac.compare_digest(form_token(secret).encode(), given.encode()):
        raise RequestError(403, "forbidden", "This form was not sent from a page of this session.")


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
