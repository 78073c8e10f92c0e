"""The link of a process that is on Ray already: the application's own, or ours beside it."""

from __future__ import annotations

import asyncio
from typing import Any

from ...actors.cluster.link import LinkLostError
from .place import Place, ray_module
from .ray_owner import owner_of


class InsideLink:
    """Calls the owner through the Ray that this process has joined."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._finding: asyncio.Future[Any] | None = None

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        """See `Link.call`. Ray goes on with a call whose time is up: it may still arrive."""
        errors = ray_module().exceptions
        try:
            async with asyncio.timeout(timeout):
                return await self._ask(verb, message)
        except errors.ActorDiedError as error:
            self._finding = None  # for good: the next call makes another
            raise LinkLostError(f"the owner of the fleet has died: {_first(error)}") from error
        except errors.ActorUnavailableError as error:
            raise LinkLostError(f"the owner of the fleet is away: {_first(error)}") from error
        except (errors.RayError, ValueError, RuntimeError) as error:
            raise LinkLostError(f"Ray does not reach the owner: {_first(error)}") from error

    async def close(self) -> None:
        """Nothing of it is ours: the application's Ray stays as it is."""

    async def _ask(self, verb: str, message: bytes) -> bytes:
        owner = await self._found()
        answer: bytes = await asyncio.wrap_future(owner.call.remote(verb, message).future())
        return answer

    async def _found(self) -> Any:
        """The owner's handle. One thread looks for it, however many calls there are."""
        if self._finding is None:
            self._finding = asyncio.ensure_future(asyncio.to_thread(owner_of, self._place))
        try:
            return await asyncio.shield(self._finding)
        except Exception:
            self._finding = None
            raise


def _first(error: BaseException) -> str:
    """The first line with words in it; Ray's errors have many, and what the owners raise within."""
    told = getattr(error, "cause", None) or error
    lines = (line.strip() for line in str(told).splitlines())
    return next((line for line in lines if line), type(error).__name__)
