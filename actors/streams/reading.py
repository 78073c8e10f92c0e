"""Reading one model's stream: for its first content, then for the reader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from ..calls.bounded_call import BoundedCall
from ..calls.closing import closing
from ..execution.provider_feedback import joined_feedback
from ..messages import ProviderFeedback
from ..policies.stream_content import Texts, can_continue, is_content, is_for_the_runtime
from ..policies.stream_pace import Late, Pace
from .channel import PARTS, StreamChannel

if TYPE_CHECKING:
    from ..execution.task_run import TaskRun
    from ..permit import CallPermit


class Superseded(BaseException):
    """Another model was the first with content; this one is read no further."""


class StreamReading:
    """One model's chunks; before its first content they are kept, as another one may win yet."""

    __slots__ = (
        "_call",
        "_channel",
        "_limits",
        "_now",
        "_permit",
        "_round",
        "_texts",
        "feedback",
        "opening",
        "pace",
        "won",
    )

    def __init__(
        self, channel: StreamChannel, permit: CallPermit, pace: Pace, now: Callable[[], float]
    ) -> None:
        self._channel = channel
        self._permit = permit
        self._now = now
        self.opening: list[object] = []
        """The last chunks before the first content."""
        self._round = channel.round
        self._limits: object = None
        """The provider's limits that were heard of last."""
        self._texts: Texts | None = None
        """Made for the first chunk that is more than text."""
        self.pace: Pace = pace
        self.won: bool = False
        self.feedback: ProviderFeedback | None = None
        """What the chunks say about the provider's limits."""
        self._call: BoundedStream | None = None

    def bounded(self, chunks: AsyncIterator[object], run: TaskRun) -> BoundedStream:
        """The reading of all `chunks` within the limits of the stream, to be awaited."""
        call = self._call = BoundedStream(self, chunks, run)
        return call

    @property
    def late(self) -> Late | None:
        """The limit that ended it; None: the task's deadline, or none."""
        return None if self._call is None else self._call.late

    async def read(self, chunks: AsyncIterator[object]) -> None:
        """To the end. Raises what the stream raises, and `Superseded`."""
        async with closing(chunks):
            await self._read(chunks)

    def claim(self) -> None:
        """What there is goes to the reader. Raises `Superseded` where another model was first."""
        permit = self._permit
        limit = permit.stream.buffer
        if not self._channel.claim(permit.model_id, self._round, limit, self.opening):
            raise Superseded
        self.won = True
        self._channel.first_chunk = self.pace.figures(self._now()).first_chunk
        self.opening.clear()

    async def _read(self, chunks: AsyncIterator[object]) -> None:
        channel, now, content = self._channel, self._now, self.pace.content
        waiting, parts = channel.chunks, channel.parts
        async for chunk in chunks:
            if type(chunk) is str and chunk:
                text: str | None = chunk
                content(now())
                if not self.won:
                    self._win()
            else:
                text = self._look_at(chunk)
                if text is None:
                    continue
            if len(waiting) >= channel.limit:
                await self._room()
            # Not before: what never gets to the reader is no part of the answer.
            channel.put(chunk)
            if text:
                parts.append(text)
                if len(parts) > PARTS:
                    channel.pack()

    def _look_at(self, chunk: object) -> str | None:
        """The text of a chunk that is more than text, or less; None: it is kept for now."""
        self._hear(chunk)
        if is_content(chunk):
            self.pace.content(self._now())
            if not self.won:
                self._win()
            return self._text_of(chunk)
        if is_for_the_runtime(chunk):
            return None
        if self.won:
            return ""
        self.opening.append(chunk)
        del self.opening[: -self._permit.stream.buffer]
        return None

    def _hear(self, chunk: object) -> None:
        """Most chunks tell nothing new: an adapter gives each the headers of the one answer."""
        try:
            limits = getattr(chunk, "rate_limits", None)
            if limits is self._limits and not getattr(chunk, "usage", None):
                return
        except Exception:  # a chunk is of the user's own class, and may fail at being looked at
            return
        self._limits = limits
        self.feedback = joined_feedback(self.feedback, chunk)

    def _text_of(self, chunk: object) -> str:
        if not can_continue(chunk):
            self._channel.can_continue = False
        if self._texts is None:
            self._texts = Texts()
        return self._texts.of(chunk)

    def _win(self) -> None:
        self.claim()
        self._watch()

    async def _room(self) -> None:
        """The reader is slow: read no further, and let no time count against the model."""
        self.pace.pause(self._now())
        await self._channel.room()
        self.pace.resume(self._now())
        self._watch()

    def _watch(self) -> None:
        if self._call is not None:
            self._call.watch()


class BoundedStream(BoundedCall[None]):
    """The reading of a stream, within its limits; where these end changes with each chunk."""

    def __init__(self, reading: StreamReading, chunks: AsyncIterator[object], run: TaskRun) -> None:
        self._pace = reading.pace
        self.late: Late | None = None
        """The limit that ended it; None: the task's deadline."""
        call, environment = reading.read(chunks), run.environment
        grace, waiting = environment.grace, environment.waiting
        super().__init__(call, run.deadline, grace, waiting, owner=run.task.id, scope=run.scope)

    @property
    def until(self) -> float:
        return min(self._deadline, self._pace.due)

    @until.setter
    def until(self, deadline: float) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._deadline = deadline

    def watch(self) -> None:
        """Its limit may end sooner from now on."""
        if self._task is not None:
            self._waiting.add(self, self._task)

    def expire(self) -> None:
        if self._pace.due < self._deadline:
            self.late = self._pace.late
        super().expire()
