"""A visitor of the dashboard, and what it may do."""

from __future__ import annotations

from enum import StrEnum
from hmac import compare_digest
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from ..failures import refused
from ..request import Request

TOKEN = b"x-hive-token"


class Role(StrEnum):
    """What a visitor may do."""

    NONE = "none"
    READ = "read"
    OPERATE = "operate"


class Visitor(NamedTuple):
    """`by` is the name for the audit, `token` what a control has to bring; None: no control."""

    role: Role
    by: str
    token: str | None = None
    can_leave: bool = False


STRANGER = Visitor(Role.NONE, "")


class Door(Protocol):
    """Knows the visitor of each request."""

    async def visitor(self, request: Request) -> Visitor:
        """The visitor. Raises `Refused` for a request that nothing may answer."""
        ...

    async def login(self, request: Request, key: str) -> tuple[Visitor, str]:
        """The holder of this key, and a cookie for it. Raises `Refused`."""
        ...

    async def logout(self, request: Request) -> str:
        """End the login of this cookie; the cookie that takes its place."""
        ...


def check_own_page(request: Request) -> None:
    """Raises `Refused` for a POST that was not sent by a page of this very host.

    Every browser says where a POST comes from, in one header or both; what says nothing is
    refused.
    """
    site, origin = request.header(b"sec-fetch-site"), request.header(b"origin")
    host = request.header(b"host")
    is_own = origin is not None and host is not None and _host_of(origin) == host.lower()
    if (site is None and origin is None) or site not in (None, "same-origin"):
        raise refused(403, "origin_not_allowed", "only the dashboard's own page may do this")
    if origin is not None and not is_own:
        raise refused(403, "origin_not_allowed", "only the dashboard's own page may do this")
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise refused(415, "unsupported_media_type", "send application/json", closes=True)


def check_operates(request: Request, visitor: Visitor) -> None:
    """Raises `Refused` unless this visitor may operate and its page brings the token."""
    if visitor.role is not Role.OPERATE or visitor.token is None:
        raise refused(403, "not_allowed", "you may look at the fleet, and not change it")
    brought = (request.header(TOKEN) or "").encode("utf-8", "surrogatepass")
    if not compare_digest(brought, visitor.token.encode()):
        raise refused(403, "token_missing", "reload the page: its token is of another login")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
