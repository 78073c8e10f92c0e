"""Visitors of a dashboard inside of an application, which says what each may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from secrets import token_urlsafe
from typing import Any

from ....config.errors import ConfigurationError
from ..failures import refused
from ..request import Request
from .visitor import Role, Visitor

Say = Callable[[Any], str | Awaitable[str]]
"""Takes Starlette's request; says "none", "read" or "operate"."""


class MountedDoor:
    """Asks the application at each request. Its token is that of this process."""

    def __init__(self, access: Say) -> None:
        if not callable(access):
            told = 'access is a function that takes a request and says "none", "read" or "operate"'
            raise ConfigurationError(told, key="access")
        self._access = access
        self._token = token_urlsafe(32)

    async def visitor(self, request: Request) -> Visitor:
        """What the application says; a word that is none of the three is none."""
        from starlette.requests import Request as Asked

        said = self._access(Asked(request.scope))
        word = await said if isawaitable(said) else said
        role = Role(word) if word in tuple(Role) else Role.NONE
        token = self._token if role is Role.OPERATE else None
        return Visitor(role, "dashboard", token)

    async def login(self, request: Request, key: str) -> tuple[Visitor, str]:
        """The application has its own."""
        raise refused(404, "not_found", "the application around this page has its own login")

    async def logout(self, request: Request) -> str:
        """The application has its own."""
        raise refused(404, "not_found", "the application around this page has its own login")
