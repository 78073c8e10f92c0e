"""Visitors of the dashboard of `serve`: by a login with a key, or from this machine alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from ....config.values.log_fields import log_event
from ..access import Access
from ..failures import refused
from ..keys.entry import Scope
from ..keys.key import Key
from ..keys.keys import Keys
from ..request import Request
from ..siblings.siblings import Siblings
from .sessions import LASTS, Logins, Session, Tries
from .visitor import STRANGER, Role, Visitor

log: logging.Logger = logging.getLogger(__name__)

COOKIE = "hive_dashboard"
_PATH = "/dashboard"
_HERE = Visitor(Role.READ, "this machine")


class ServedDoor:
    """Without keys this machine may look, and nothing may operate."""

    def __init__(
        self,
        keys: Keys | None,
        *,
        siblings: Siblings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._access = Access(None)
        self._sessions = Logins(siblings)
        self._tries = Tries()
        self._clock = clock

    async def visitor(self, request: Request) -> Visitor:
        """By its cookie, whose key must still be there."""
        if self._keys is None:
            self._access.check(request, Scope.READ)
            return _HERE
        session = self._sessions.find(_cookie(request), self._clock())
        if session is None:
            return STRANGER
        key = self._keys.known(session.digest)
        return STRANGER if key is None else _of(key, session)

    async def login(self, request: Request, key: str) -> tuple[Visitor, str]:
        """A login for a key of the scope `read` or `admin`."""
        if self._keys is None:
            self._access.check(request, Scope.READ)
            raise refused(
                403, "not_allowed", "this server has no keys: the fleet is shown as it is"
            )
        now, address = self._clock(), _address(request)
        wait = self._tries.wait(address, now)
        if wait:
            raise refused(429, "rate_limited", "too many wrong keys", retry_after=wait)
        found = self._keys.find(key)
        if found is None or found.is_expired(time.time()) or _role(found) is Role.NONE:
            self._tries.failed(address, now)
            fields = log_event("dashboard.login_refused", address=address)
            log.warning("dashboard: a login from %s was refused", address, extra=fields)
            raise refused(403, "invalid_api_key", "no key with the scope read or admin")
        cookie, session = await self._sessions.open(found.digest, now)
        log.info(
            "dashboard: %s has logged in",
            found.id,
            extra=log_event("dashboard.login", key=found.id),
        )
        return _of(found, session), _header(request, cookie, round(LASTS))

    async def logout(self, request: Request) -> str:
        """The cookie stands for nothing any more."""
        await self._sessions.close(_cookie(request))
        return _header(request, "", 0)


def _of(key: Key, session: Session) -> Visitor:
    role = STRANGER.role if key.is_expired(time.time()) else _role(key)
    token = session.token if role is Role.OPERATE else None
    return STRANGER if role is Role.NONE else Visitor(role, key.id, token, can_leave=True)


def _role(key: Key) -> Role:
    if Scope.ADMIN in key.scopes:
        return Role.OPERATE
    return Role.READ if Scope.READ in key.scopes else Role.NONE


def _cookie(request: Request) -> str:
    try:
        found = SimpleCookie(request.header(b"cookie") or "").get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _header(request: Request, value: str, seconds: int) -> str:
    secure = "; Secure" if request.scope.get("scheme") == "https" else ""
    root = request.scope.get("root_path", "")
    kept = f"Max-Age={seconds}; Path={root}{_PATH}; HttpOnly; SameSite=Strict"
    return f"{COOKIE}={value}; {kept}{secure}"


def _address(request: Request) -> str:
    client = request.scope.get("client")
    return str(client[0]) if client else "a socket"
