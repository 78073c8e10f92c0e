"""The innermost wrapper of an executor: it does to a call what an experiment says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Protocol

from ...actors.calls.closing import closing
from ...actors.executor import ExecutionContext, Executor, ExecutorWrapper
from ...actors.policies.chaos.experiments import Hit
from ...actors.policies.chaos.kinds import FaultKind
from ...actors.task import Task
from .effects import answer_of, cut_of, error_of, slow_down, wait_as


class Hits(Protocol):
    """Says what a call meets, and notes it."""

    def of_call(self, task: Task, context: ExecutionContext) -> Hit | None:
        """The fault for this attempt; None: none."""
        ...


class ChaosExecutor(ExecutorWrapper):
    """In the place of an executor, of which it has everything else."""

    def __init__(self, executor: Executor, hits: Hits) -> None:
        super().__init__(executor)
        self._hits = hits

    def begin(
        self, task: Task, context: ExecutionContext | None
    ) -> Coroutine[object, object, object]:
        """The call, or what the experiment makes of it."""
        hit = None if context is None else self._hits.of_call(task, context)
        if hit is None or context is None:
            return self._inner.begin(task, context)
        return self._hit(hit, task, context)

    def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[object]:
        """The chunks, or what the experiment makes of them."""
        hit = self._hits.of_call(task, context)
        if hit is None:
            return self._inner.begin_stream(task, context)
        return self._hit_stream(hit, task, context)

    async def _hit(self, hit: Hit, task: Task, context: ExecutionContext) -> object:
        answer = await _instead(hit, context)
        if answer is not None:
            return answer[0] if answer else ""
        if hit.injection.kind is FaultKind.CUT:
            raise cut_of(hit, context.model_id)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            value = await self._inner.begin(task, context)
        except Exception:
            await asyncio.sleep(slow_down(hit, began, clock()))
            raise
        await asyncio.sleep(slow_down(hit, began, clock()))
        return value

    async def _hit_stream(
        self, hit: Hit, task: Task, context: ExecutionContext
    ) -> AsyncIterator[object]:
        answer = await _instead(hit, context)
        if answer is not None:
            for chunk in answer:
                yield chunk
            return
        most = hit.injection.spec.chunks if hit.injection.kind is FaultKind.CUT else None
        clock, sent = asyncio.get_running_loop().time, 0
        asked, chunks = clock(), self._inner.begin_stream(task, context)
        async with closing(chunks):
            async for chunk in chunks:
                if sent == most:
                    break
                await asyncio.sleep(slow_down(hit, asked, clock()))
                yield chunk
                sent, asked = sent + 1, clock()
        if most is not None:
            raise cut_of(hit, context.model_id)


async def _instead(hit: Hit, context: ExecutionContext) -> tuple[object, ...] | None:
    """The answer in place of the model's; None: the model is asked, perhaps after a wait."""
    error = error_of(hit, context.model_id)
    if error is not None:
        raise error
    await wait_as(hit)
    return answer_of(hit)
