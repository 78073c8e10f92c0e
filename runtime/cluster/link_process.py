"""The link's process: it forwards the application's calls to the owner, and nothing else."""

from __future__ import annotations

import asyncio
import sys

from ...actors.cluster.link import Link, LinkLostError
from .frames import ANSWER, LATE, LOST, Frame, encoded, read_frame
from .inside_link import InsideLink
from .joined_process import run
from .place import Place


class Forwarder:
    """Answers the application's calls by the owner's."""

    def __init__(self, link: Link, writer: asyncio.StreamWriter) -> None:
        self._link = link
        self._writer = writer
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until the application closes the socket."""
        while (frame := await read_frame(reader)) is not None:
            call = asyncio.create_task(self._answer(frame))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _answer(self, frame: Frame) -> None:
        self._writer.write(encoded(await self._asked(frame)))

    async def _asked(self, frame: Frame) -> Frame:
        try:
            answer = await self._link.call(frame.word, frame.body, frame.seconds)
        except LinkLostError as error:
            return Frame(frame.number, LOST, str(error).encode())
        except TimeoutError:
            return Frame(frame.number, LATE)
        return Frame(frame.number, ANSWER, answer)


async def serve(joining: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward, until the application closes the socket."""
    await Forwarder(InsideLink(Place.decoded(joining)), writer).run(reader)


def address_of(joining: bytes) -> str:
    """The cluster that the first frame names."""
    return Place.decoded(joining).address


if __name__ == "__main__":
    run(int(sys.argv[1]), address_of, serve)
