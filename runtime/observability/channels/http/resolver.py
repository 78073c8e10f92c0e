"""Looks names up in a thread of its own: one that hangs keeps no program from ending."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from .....actors.alerting.notification import DeliveryError
from ..in_thread import OneThread

_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_Found = Sequence[tuple[int, int, int, str, tuple[object, ...]]]


class ThreadResolver(AbstractResolver):
    """As aiohttp's own, which uses threads of the loop: a program waits for those at its end."""

    def __init__(self) -> None:
        self._thread = OneThread[_Found]("alert names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, family=family)
        try:
            found = await self._thread.run(look_up)
        except DeliveryError as error:
            raise OSError(error.reason) from None
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=_NUMERIC,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""
