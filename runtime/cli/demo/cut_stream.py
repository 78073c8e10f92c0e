"""One answer that is read as it comes, from the model whose server is about to be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ....actors.policies.stream_content import StreamRestarted, is_content
from ....actors.result import TaskResult
from ....actors.task import Plan, Task
from ....config.errors import ResilienceError
from ...runtime import Runtime

ENOUGH = 5
"""Chunks after which the server may be killed: the reader has begun, and much is to come."""
# With this seed the demonstration's servers have much to say.
_QUESTION = {"prompt": "Tell me about the hive.", "seed": 8}


@dataclass(frozen=True, slots=True)
class StreamShown:
    """What its reader saw; None: it did not happen.

    `gap`: seconds from the last chunk before the cut to the first of the new answer. `whole`: it
    ended properly, and what the reader has is the answer of one model, from its beginning.
    """

    whole: bool
    begun_by: str
    chunks_before_the_cut: int | None
    ended_by: str | None
    chunks: int
    gap: float | None
    text: str


class CutStream:
    """Reads one stream that begins again where it is cut. `tell` hears what is worth telling."""

    def __init__(
        self, models: tuple[str, ...], tell: Callable[[str], None], now: Callable[[], float]
    ) -> None:
        self._models = models
        self._tell = tell
        self._now = now
        self._texts: list[str] = []
        self._times: list[float] = []
        self._before: int | None = None
        self._last_before: float | None = None
        self._result: TaskResult | None = None
        self.begun: asyncio.Event = asyncio.Event()
        """Set when enough of it has come, or nothing more does."""

    async def read(self, runtime: Runtime) -> None:
        """To its end, whatever that is."""
        plan = Plan(self._models[0], self._models[1:], on_interrupt="restart")
        try:
            async with runtime.stream(Task(_QUESTION), plan=plan) as stream:
                async for chunk in stream:
                    self._hear(chunk)
        except ResilienceError as error:
            self._tell(f"the stream failed: {error}")
        else:
            self._result = stream.result
            self._tell(f"the stream has ended as a whole: {len(self._texts)} chunks")
        finally:
            self.begun.set()

    def shown(self) -> StreamShown:
        """What there was to see."""
        result, text = self._result, "".join(self._texts)
        again, last = next(iter(self._times), None), self._last_before
        return StreamShown(
            whole=result is not None and result.success and result.value == text,
            begun_by=self._models[0],
            chunks_before_the_cut=self._before,
            ended_by=None if result is None else result.model_used,
            chunks=len(self._texts),
            gap=None if again is None or last is None else again - last,
            text=text,
        )

    def _hear(self, chunk: object) -> None:
        if isinstance(chunk, StreamRestarted):
            self._begin_again(chunk)
        elif is_content(chunk):
            self._texts.append(str(chunk))
            self._times.append(self._now())
            if len(self._texts) == ENOUGH and self._before is None:
                self._tell(f"a stream of {self._models[0]} is under way: {ENOUGH} chunks so far")
                self.begun.set()

    def _begin_again(self, restarted: StreamRestarted) -> None:
        self._before, self._last_before = len(self._texts), self._times[-1]
        self._texts.clear()
        self._times.clear()
        self._tell(
            f"the stream of {restarted.interrupted} was cut after {self._before} chunks; "
            f"{restarted.model_id} begins again"
        )
