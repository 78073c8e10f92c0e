"""The process beside an application that keeps the replicas of one model, and forwards to them.

The replicas end with it. Its application closes the socket, or the head is away: see
`runtime.cluster.link_process`.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from typing import Any

from ...cluster.frames import ANSWER, LOST, Frame, encoded, read_frame
from ...cluster.joined_process import run
from ...cluster.place import ray_module
from ..replicas import spec as words
from ..replicas.spec import ASK, CHUNK, DIED, END, MOST_AHEAD, ReplicaSpec
from .pool import DiedError, Replicas, told


class ReplicaForwarder:
    """Answers the application's calls by those of the replicas."""

    def __init__(self, replicas: Replicas, writer: asyncio.StreamWriter) -> None:
        self._replicas = replicas
        self._writer = writer
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._windows: dict[int, asyncio.Semaphore] = {}

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until the application closes the socket."""
        while (frame := await read_frame(reader)) is not None:
            match frame.word:
                case words.ASK | words.STREAM:
                    self._begin(frame)
                case words.CANCEL:
                    if (call := self._calls.get(frame.number)) is not None:
                        call.cancel()
                case words.MORE:
                    if (window := self._windows.get(frame.number)) is not None:
                        window.release()
                case word:
                    raise ValueError(f"{word!r} is nothing that replicas do")

    def _begin(self, frame: Frame) -> None:
        call = self._calls[frame.number] = asyncio.create_task(self._serve(frame))
        call.add_done_callback(lambda _: self._calls.pop(frame.number))

    async def _serve(self, frame: Frame) -> None:
        work = self._ask if frame.word == ASK else self._stream
        try:
            async with self._replicas.one() as handle:
                await work(frame, handle)
        except DiedError as error:
            self._tell(Frame(frame.number, DIED, str(error).encode()))
        except Exception as error:  # whatever Ray raises: the call has no answer
            self._tell(Frame(frame.number, LOST, told(error).encode()))

    async def _ask(self, frame: Frame, handle: Any) -> None:
        reference = handle.ask.remote(frame.body)
        try:
            parcel: bytes = await asyncio.wrap_future(reference.future())
        except asyncio.CancelledError:
            ray_module().cancel(reference)
            raise
        self._tell(Frame(frame.number, ANSWER, parcel))

    async def _stream(self, frame: Frame, handle: Any) -> None:
        window = self._windows[frame.number] = asyncio.Semaphore(MOST_AHEAD)
        options = {"num_returns": "streaming", "_generator_backpressure_num_objects": MOST_AHEAD}
        references = handle.stream.options(**options).remote(frame.body)
        try:
            async for reference in references:
                await window.acquire()
                self._tell(Frame(frame.number, CHUNK, await reference))
        except asyncio.CancelledError:
            ray_module().cancel(references)
            raise
        finally:
            del self._windows[frame.number]
        self._tell(Frame(frame.number, END))

    def _tell(self, frame: Frame) -> None:
        self._writer.write(encoded(frame))


async def serve(joining: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Make the replicas, and forward."""
    replicas = await asyncio.to_thread(Replicas, pickle.loads(joining))
    replicas.start()
    await ReplicaForwarder(replicas, writer).run(reader)


def address_of(joining: bytes) -> str:
    """The cluster that the first frame names."""
    spec: ReplicaSpec = pickle.loads(joining)
    return spec.address


if __name__ == "__main__":
    run(int(sys.argv[1]), address_of, serve)
