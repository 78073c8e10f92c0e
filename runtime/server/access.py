"""What a caller may do: by a key, or from this machine alone where there are no keys."""

from __future__ import annotations

import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from .failures import refused
from .keys.entry import Scope
from .keys.key import Key
from .keys.keys import Keys
from .request import Request

_BEARER = "bearer "
_ENOUGH = {scope: frozenset({scope}) for scope in Scope}
_ENOUGH[Scope.READ] |= {Scope.ADMIN}
_MOST_HOSTS = 16
_FROM_ELSEWHERE = frozenset({"cross-site", "same-site"})


class Access:
    """`keys` None: no keys; then `trusting` says that the application around this one decides.

    Without keys and without trust only programs of this machine may call: no page of a browser,
    which says where it comes from, and no name that has been made to lead here.
    """

    def __init__(self, keys: Keys | None, *, trusting: bool = False) -> None:
        self._keys = keys
        self._trusting = trusting
        self._here: set[str] = set()
        """Host headers that were found to name this machine; a few, since looking takes 10 us."""

    def check(self, request: Request, needs: Scope) -> Key | None:
        """The key of the request; None: there are none here. Raises `Refused`."""
        if self._keys is None:
            self._check_without_keys(request, needs)
            return None
        if needs is Scope.ADMIN and request.header(b"authorization") is None:
            told = "to operate the fleet send the key as authorization: Bearer KEY"
            raise refused(401, "missing_api_key", told)
        key = self._key_of(request, self._keys)
        if not key.scopes & _ENOUGH[needs]:
            raise refused(403, "not_allowed", f"this key lacks the scope {needs!s}")
        return key

    def _key_of(self, request: Request, keys: Keys) -> Key:
        presented = _presented(request)
        if presented is None:
            told = "send a key of this server: authorization: Bearer KEY, or x-api-key: KEY"
            raise refused(401, "missing_api_key", told)
        key = keys.find(presented)
        if key is None:
            raise refused(401, "invalid_api_key", "this server does not know the key")
        if key.is_expired(time.time()):
            raise refused(401, "expired_api_key", f"the key of {key.id} has expired")
        return key

    def _check_without_keys(self, request: Request, needs: Scope) -> None:
        if needs is Scope.ADMIN:
            told = "operating the fleet needs a key of the scope admin; this server has no keys"
            raise refused(403, "not_allowed", told)
        if self._trusting:
            return
        if not self._names_this_machine(request.header(b"host")):
            told = "without keys this server answers to the names of this machine alone"
            raise refused(403, "host_not_allowed", told)
        origin, site = request.header(b"origin"), request.header(b"sec-fetch-site")
        if site in _FROM_ELSEWHERE or (origin is not None and not _is_here_origin(origin)):
            raise refused(403, "origin_not_allowed", "without keys no page of a browser may call")

    def _names_this_machine(self, host: str | None) -> bool:
        if host in self._here:
            return True
        if host is None or not _is_here(host):
            return False
        if len(self._here) < _MOST_HOSTS:
            self._here.add(host)
        return True


def _presented(request: Request) -> str | None:
    """The key in either header. Raises `Refused` where the two disagree."""
    bearer, plain = request.header(b"authorization"), request.header(b"x-api-key")
    if bearer is not None:
        is_bearer = bearer[: len(_BEARER)].lower() == _BEARER
        bearer = bearer[len(_BEARER) :].strip() if is_bearer else None
        if bearer is None and plain is None:
            raise refused(401, "invalid_api_key", "authorization should be: Bearer KEY")
    if bearer and plain and bearer != plain:
        raise refused(401, "invalid_api_key", "authorization and x-api-key name two keys")
    return bearer or plain or None


def _is_here(host: str) -> bool:
    """Whether a Host header names this machine, whatever its port."""
    if not all(char.isalnum() or char in ".:[]-" for char in host):
        return False
    try:
        return _is_loopback(urlsplit(f"//{host}").hostname)
    except ValueError:
        return False


def _is_here_origin(origin: str) -> bool:
    try:
        return _is_loopback(urlsplit(origin).hostname)
    except ValueError:
        return False


def _is_loopback(name: str | None) -> bool:
    if name == "localhost":
        return True
    try:
        return name is not None and ip_address(name).is_loopback
    except ValueError:
        return False
