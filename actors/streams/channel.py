"""One stream on its way from the models that are asked to the reader; all on the engine's loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...config.settings.stream import OnInterrupt
from ..execution.branch import lose
from ..policies.stream_content import StreamRestarted

PARTS = 32
"""Texts of chunks that are kept apart; short ones take ten times their length."""

if TYPE_CHECKING:
    from ..execution.task_run import TaskRun
    from ..policies.outcomes.errors import StreamInterruptedError
    from ..result import TaskResult


class StreamChannel:
    """Holds the chunks that are read ahead; the first model with content may write them.

    A model takes the stream by `claim` and loses it by `interrupt`; another one may claim it then.
    """

    __slots__ = (
        *("_packed", "_reader", "_writer", "can_continue", "chunks", "first_chunk", "interruption"),
        *("_empty", "left", "limit", "mode", "model_id", "parts", "result", "rivals", "round"),
    )

    def __init__(self) -> None:
        self.chunks: deque[object] = deque()
        """Read from the model and not yet taken by the reader."""
        self.limit: int = 1
        """How many of them there may be."""
        self.parts: list[str] = []
        """The text of the last chunks, whether the reader has taken them or not; see `pack`."""
        self._packed: list[str] = []
        self.can_continue: bool = True
        """Whether its text says enough of it for another model to go on."""
        self.model_id: str | None = None
        """The model that writes; None: no model has won yet, or the stream is interrupted."""
        self.first_chunk: float | None = None
        """Seconds that it has taken to its first content."""
        self.mode: OnInterrupt = OnInterrupt.RAISE
        """What has to follow the interruption, where there was one."""
        self.interruption: StreamInterruptedError | None = None
        self.round: int = 0
        """How often it was interrupted; a model asked in an earlier round cannot claim it."""
        self.rivals: dict[asyncio.Task[None], TaskRun] = {}
        """The attempts that run side by side."""
        self.left = False
        """Whether the reader has gone."""
        self._empty: tuple[str, tuple[object, ...]] | None = None
        self.result: TaskResult | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    # The model's side.

    @property
    def taken(self) -> bool:
        """Whether a model has won the stream."""
        return self.model_id is not None

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join((*self._packed, *self.parts))

    def pack(self) -> None:
        """Make one text of many parts."""
        self._packed.append("".join(self.parts))
        self.parts.clear()

    def claim(self, model_id: str, round: int, limit: int, opening: Iterable[object]) -> bool:
        """A model has content: whether it is the first of its round. Its rivals are cancelled."""
        if self.taken or round != self.round:
            return False
        self.model_id = model_id
        self.limit = limit
        mine = asyncio.current_task()
        for rival, branch in self.rivals.items():
            if rival is not mine:
                lose(branch)
                rival.cancel()
        if self.interruption is not None and self.mode is OnInterrupt.RESTART:
            self._packed.clear()
            self.parts.clear()
            self.can_continue = True
            self.put(StreamRestarted(str(self.interruption.model_id), model_id))
        for chunk in opening:
            self.put(chunk)
        return True

    def keep_empty(self, model_id: str, opening: Iterable[object]) -> None:
        """A model has ended without content: its chunks may be the answer, if it is the first."""
        self._empty = self._empty or (model_id, tuple(opening))

    def give_empty(self) -> None:
        """No model has more than the first one that ended without content: its chunks it is."""
        if self._empty is not None:
            model_id, opening = self._empty
            self.claim(model_id, self.round, max(len(opening), 1), opening)

    def put(self, chunk: object) -> None:
        """One more for the reader."""
        self.chunks.append(chunk)
        if self._reader is not None:
            self._wake_reader()

    async def room(self) -> None:
        """Until the reader has taken half of what waits for it."""
        self._writer = asyncio.get_running_loop().create_future()
        try:
            await self._writer
        finally:
            self._writer = None

    def interrupt(self, error: StreamInterruptedError, mode: OnInterrupt) -> None:
        """The model that wrote cannot go on."""
        self.model_id = None
        self.round += 1
        self.interruption = error
        self.mode = mode

    def finish(self, result: TaskResult) -> None:
        """Nothing more comes."""
        self.result = result
        self._wake_reader()

    # The reader's side.

    def take(self) -> object:
        """The next chunk, of those that are there."""
        chunks = self.chunks
        chunk = chunks.popleft()
        if self._writer is not None and len(chunks) <= self.limit // 2:
            self._wake_writer()
        return chunk

    def take_all(self) -> deque[object]:
        """All chunks that are there."""
        found = self.chunks.copy()
        self.chunks.clear()
        self._wake_writer()
        return found

    async def arrival(self) -> None:
        """Until a chunk is there, or nothing more comes."""
        if self._reader is not None:
            raise RuntimeError("another reader waits for the next chunk of this stream")
        while not self.chunks and self.result is None:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _wake_writer(self) -> None:
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)
