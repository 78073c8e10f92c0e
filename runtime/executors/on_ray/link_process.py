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
from ..replicas.spec import ASK, CHUNK, END, MOST_AHEAD, ReplicaSpec
from .replica import Replica

_AT_ONCE = 1_000
"""Calls that a replica takes; the model's bulkhead says how many there are."""


class Replicas:
    """The Ray actors of one model, and how many calls each has."""

    def __init__(self, spec: ReplicaSpec) -> None:
        made = (
            ray_module()
            .remote(Replica)
            .options(
                num_cpus=spec.num_cpus,
                num_gpus=spec.num_gpus,
                resources=spec.resources,
                max_restarts=-1,
                max_task_retries=0,
                max_concurrency=_AT_ONCE,
            )
        )
        self._handles: list[Any] = [made.remote(spec.parcel) for _ in range(spec.replicas)]
        self._calls = [0] * spec.replicas

    def take(self) -> int:
        """The replica with the fewest calls has one more."""
        place = min(range(len(self._calls)), key=self._calls.__getitem__)
        self._calls[place] += 1
        return place

    def handle(self, place: int) -> Any:
        """The Ray actor."""
        return self._handles[place]

    def give_back(self, place: int) -> None:
        """One of its calls is over."""
        self._calls[place] -= 1


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
        place = self._replicas.take()
        work = self._ask if frame.word == ASK else self._stream
        try:
            await work(frame, self._replicas.handle(place))
        except ray_module().exceptions.RayError as error:
            words = " ".join(str(error).split())
            self._tell(Frame(frame.number, LOST, words.encode()))
        finally:
            self._replicas.give_back(place)

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
    await ReplicaForwarder(replicas, writer).run(reader)


def address_of(joining: bytes) -> str:
    """The cluster that the first frame names."""
    spec: ReplicaSpec = pickle.loads(joining)
    return spec.address


if __name__ == "__main__":
    run(int(sys.argv[1]), address_of, serve)
