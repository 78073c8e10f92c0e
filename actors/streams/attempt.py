"""Reading one model's stream: for its first content, then for the reader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from ..calls.bounded_call import BoundedCall
from ..calls.closing import closing
from ..execution.provider_feedback import joined_feedback
from ..messages import ProviderFeedback
from ..policies.stream_content import Texts, can_continue, is_content
from ..policies.stream_pace import Late, Pace
from .channel import PARTS, StreamChannel

if TYPE_CHECKING:
    from ..calls.scope import Scope
    from ..calls.waiting_calls import WaitingCalls
    from ..permit import CallPermit


class Superseded(BaseException):
    """Another model was the first with content; this one is read no further."""


class StreamAttempt:
    """One model's chunks; before its first content they are kept, as another one may win yet."""

    __slots__ = (
        *("_flow", "_limits", "_now", "_opening", "_permit", "_round", "_texts"),
        *("call", "pace", "told", "won"),
    )

    def __init__(
        self, flow: StreamChannel, permit: CallPermit, pace: Pace, now: Callable[[], float]
    ) -> None:
        self._flow = flow
        self._permit = permit
        self._now = now
        self._opening: list[Any] = []
        self._round = flow.round
        self._limits: object = None
        """The provider's limits that were heard of last."""
        self._texts: Texts | None = None
        """Made for the first chunk that is more than text."""
        self.pace = pace
        self.won = False
        self.told: ProviderFeedback | None = None
        """What the chunks say about the provider's limits."""
        self.call: BoundedStream

    async def read(self, chunks: AsyncIterator[Any]) -> None:
        """To the end. Raises what the stream raises, and `Superseded`."""
        async with closing(chunks):
            await self._read(chunks)
        if not self.won:
            self._win()

    async def _read(self, chunks: AsyncIterator[Any]) -> None:
        flow, now, content = self._flow, self._now, self.pace.content
        waiting, parts = flow.chunks, flow.parts
        async for chunk in chunks:
            text: str | None = chunk
            if type(chunk) is str and chunk:
                content(now())
                if not self.won:
                    self._win()
            else:
                text = self._look_at(chunk)
                if text is None:
                    continue
            if len(waiting) >= flow.limit:
                await self._room()
            # Not before: what never gets to the reader is no part of the answer.
            flow.put(chunk)
            if text:
                parts.append(text)
                if len(parts) > PARTS:
                    flow.pack()

    def _look_at(self, chunk: Any) -> str | None:
        """The text of a chunk that is more than text, or less; None: it is kept for now."""
        self._hear(chunk)
        if is_content(chunk):
            self.pace.content(self._now())
            if not self.won:
                self._win()
            return self._text_of(chunk)
        if self.won:
            return ""
        self._opening.append(chunk)
        del self._opening[: -self._permit.stream.buffer]
        return None

    def _hear(self, chunk: Any) -> None:
        """Most chunks tell nothing new: an adapter gives each the headers of the one answer."""
        try:
            limits = getattr(chunk, "rate_limits", None)
            if limits is self._limits and not getattr(chunk, "usage", None):
                return
        except Exception:  # a chunk is the user's own class, and may fail whoever looks at it
            return
        self._limits = limits
        self.told = joined_feedback(self.told, chunk)

    def _text_of(self, chunk: Any) -> str:
        if not can_continue(chunk):
            self._flow.can_continue = False
        if self._texts is None:
            self._texts = Texts()
        return self._texts.of(chunk)

    def _win(self) -> None:
        permit = self._permit
        limit = permit.stream.buffer
        if not self._flow.claim(permit.model_id, self._round, limit, self._opening):
            raise Superseded
        self.won = True
        self._opening.clear()
        self.call.watch()

    async def _room(self) -> None:
        """The reader is slow: read no further, and let no time count against the model."""
        self.pace.pause(self._now())
        await self._flow.room()
        self.pace.resume(self._now())
        self.call.watch()


class BoundedStream(BoundedCall[None]):
    """The reading of a stream, within its limits; where these end changes with each chunk."""

    def __init__(
        self,
        attempt: StreamAttempt,
        chunks: AsyncIterator[Any],
        deadline: float,
        grace: float,
        waiting: WaitingCalls,
        owner: str,
        scope: Scope,
    ) -> None:
        self.attempt = attempt
        self.late: Late | None = None
        """The limit that ended it; None: the task's deadline."""
        super().__init__(attempt.read(chunks), deadline, grace, waiting, owner=owner, scope=scope)

    @property
    def until(self) -> float:
        return min(self._deadline, self.attempt.pace.due)

    @until.setter
    def until(self, deadline: float) -> None:
        self._deadline = deadline

    def watch(self) -> None:
        """Its limit may end sooner from now on."""
        if self._task is not None:
            self._waiting.add(self, self._task)

    def expire(self) -> None:
        if self.attempt.pace.due < self._deadline:
            self.late = self.attempt.pace.late
        super().expire()
