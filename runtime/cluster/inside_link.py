"""The link of a process that is on Ray already: the application's own, or ours beside it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ...actors.cluster.link import LinkLostError
from .place import Place, ray_module
from .ray_owner import owner_of

BETWEEN_OWNERS = 1.0
"""Seconds after the death of an owner in which none is made: where its node cannot start it, each
try costs a process."""


class InsideLink:
    """Calls the owner through the Ray that this process has joined."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._finding: asyncio.Future[Any] | None = None
        self._died_at = float("-inf")

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        """See `Link.call`. Ray goes on with a call whose time is up: it may still arrive."""
        ray = ray_module()
        if not ray.is_initialized():  # else Ray would join whatever cluster it finds
            raise LinkLostError("this process is not on Ray: call ray.init first")
        try:
            async with asyncio.timeout(timeout):
                return await self._ask(verb, message, ray.exceptions.ActorDiedError)
        except (ray.exceptions.RayError, ValueError, RuntimeError) as error:
            words = f"Ray does not reach the owner of the fleet: {_first(error)}"
            raise LinkLostError(words) from error

    async def close(self) -> None:
        """Nothing of it is ours: the application's Ray stays as it is."""

    async def _ask(self, verb: str, message: bytes, died: type[Exception]) -> bytes:
        finding = self._finding = self._finding or self._find()
        try:
            owner = await asyncio.shield(finding)
            answer: bytes = await asyncio.wrap_future(owner.call.remote(verb, message).future())
        except died:
            self._forget(finding)
            raise
        return answer

    def _find(self) -> asyncio.Future[Any]:
        """The owner's handle. One thread looks for it, however many calls there are."""
        if time.monotonic() - self._died_at < BETWEEN_OWNERS:
            raise LinkLostError("the owner of the fleet has just died")
        finding = asyncio.ensure_future(asyncio.to_thread(owner_of, self._place))
        finding.add_done_callback(self._found)
        return finding

    def _found(self, finding: asyncio.Future[Any]) -> None:
        if finding.cancelled() or finding.exception() is not None:
            self._finding = None  # the next call looks again

    def _forget(self, finding: asyncio.Future[Any]) -> None:
        """This owner has died for good, and another is to be made; late errors tell of it too."""
        if self._finding is finding:
            self._finding, self._died_at = None, time.monotonic()


def _first(error: BaseException) -> str:
    """The first line with words in it; Ray's errors have many, and what the owners raise within."""
    told = getattr(error, "cause", None) or error
    lines = (line.strip() for line in str(told).splitlines())
    return next((line for line in lines if line), type(error).__name__)
