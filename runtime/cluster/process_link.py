"""The link as the application sees it: a process of ours that is on Ray in its place.

The application never imports Ray.
"""

from __future__ import annotations

import asyncio
import random

from ...actors.cluster.link import LinkLostError
from ...actors.policies.chance import Draw
from .framed_process import FramedProcess, command
from .frames import ANSWER, LATE, Frame
from .place import Place

COMMAND = command("runtime.cluster.link_process")


class ProcessLink:
    """A link in a process beside this one. `start` it on the loop that it is to live on."""

    def __init__(
        self, place: Place, *, command: tuple[str, ...] = COMMAND, draw: Draw = random.random
    ) -> None:
        self._process = FramedProcess(command, place.encoded(), draw)

    @property
    def process_id(self) -> int | None:
        """Of the link's process, while there is one."""
        return self._process.process_id

    def start(self) -> None:
        """Start the process and keep it; returns at once."""
        self._process.start()

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        """See `Link.call`. Waits for a link that is just starting."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        number = self._process.open(verb, message, timeout, lambda found: _settle(answer, found))
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            self._process.end_if_silent()
            raise
        finally:
            self._process.drop(number)

    async def close(self) -> None:
        """End the process; returns when it is gone."""
        await self._process.close()


def _settle(answer: asyncio.Future[bytes], found: Frame | LinkLostError) -> None:
    if answer.done():
        return
    if isinstance(found, LinkLostError):
        answer.set_exception(found)
    elif found.word == ANSWER:
        answer.set_result(found.body)
    elif found.word == LATE:
        answer.set_exception(TimeoutError())
    else:
        answer.set_exception(LinkLostError(found.body.decode()))
