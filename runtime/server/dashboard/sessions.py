"""Logins of browsers: a cookie stands for a key, for some hours."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

import orjson

from ..siblings.siblings import Siblings
from ..siblings.words import LOGIN, LOGOUT

LASTS = 12 * 3600.0
"""Seconds that a login holds."""
MOST = 1_000
"""Logins at once; the oldest is forgotten."""
TRIES = 10
"""Wrong keys of one address within `TRIES_WITHIN`; more are not looked at."""
TRIES_WITHIN = 60.0
_ADDRESSES = 1_000
_LONGEST = 100


class Session(NamedTuple):
    """A login. `digest` is that of the key, which itself is not kept."""

    digest: bytes
    token: str
    until: float


class Sessions:
    """All logins, by the digest of their cookies: the memory has no cookie that works."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def open(self, digest: bytes, now: float) -> tuple[str, Session]:
        """A new login; the cookie, and what it stands for. `now` is monotonic seconds."""
        cookie = token_urlsafe(32)
        session = Session(digest, token_urlsafe(32), now + LASTS)
        self.adopt(place_of(cookie), session)
        return cookie, session

    def adopt(self, place: bytes, session: Session) -> None:
        """A login that another worker of the server has opened."""
        if len(self._sessions) >= MOST:
            self._sessions.popitem(last=False)
        self._sessions[place] = session

    def find(self, cookie: str, now: float) -> Session | None:
        """What a cookie stands for; None: nothing any more."""
        session = self._sessions.get(place_of(cookie)) if len(cookie) <= _LONGEST else None
        if session is not None and session.until <= now:
            self.close(place_of(cookie))
            return None
        return session

    def close(self, place: bytes) -> None:
        """Forget a login."""
        self._sessions.pop(place, None)


class Logins:
    """Logins that all workers of a server know, for a browser reaches any of them.

    `siblings` None: the server has one process. Times are monotonic, as of one machine.
    """

    def __init__(self, siblings: Siblings | None = None) -> None:
        self._sessions = Sessions()
        self._siblings = siblings
        if siblings is not None:
            siblings.on(LOGIN, self._opened)
            siblings.on(LOGOUT, self._closed)

    def find(self, cookie: str, now: float) -> Session | None:
        """What a cookie stands for; None: nothing any more."""
        return self._sessions.find(cookie, now)

    async def open(self, digest: bytes, now: float) -> tuple[str, Session]:
        """A new login; the cookie, and what it stands for. All workers know it then."""
        cookie, session = self._sessions.open(digest, now)
        if self._siblings is not None:
            place = place_of(cookie).hex()
            fields = [place, session.digest.hex(), session.token, session.until]
            told = orjson.dumps(fields).decode()
            await self._siblings.others(LOGIN, told)
            self._siblings.remember(f"login {place}", LOGIN, told)
        return cookie, session

    async def close(self, cookie: str) -> None:
        """Forget a login, on all workers."""
        place = place_of(cookie)
        self._sessions.close(place)
        if self._siblings is not None:
            await self._siblings.others(LOGOUT, place.hex())
            self._siblings.forget(f"login {place.hex()}")

    async def _opened(self, told: bytes) -> bytes:
        place, digest, token, until = orjson.loads(told)
        session = Session(bytes.fromhex(digest), token, until)
        self._sessions.adopt(bytes.fromhex(place), session)
        return b""

    async def _closed(self, told: bytes) -> bytes:
        self._sessions.close(bytes.fromhex(told.decode()))
        return b""


class Tries:
    """Wrong keys by address, so that guessing stays slow and the log short."""

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0.0: now."""
        failed = [at for at in self._by_address.get(address, []) if at > now - TRIES_WITHIN]
        return failed[0] + TRIES_WITHIN - now if len(failed) >= TRIES else 0.0

    def failed(self, address: str, now: float) -> None:
        """Count a wrong key."""
        failed = [at for at in self._by_address.pop(address, []) if at > now - TRIES_WITHIN]
        if len(self._by_address) >= _ADDRESSES:
            self._by_address.popitem(last=False)
        self._by_address[address] = [*failed[-TRIES + 1 :], now]


def place_of(cookie: str) -> bytes:
    """What stands for a cookie in the memory."""
    return sha256(cookie.encode("utf-8", "surrogatepass")).digest()
