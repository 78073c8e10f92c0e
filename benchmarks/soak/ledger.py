"""What the executors of the threaded soak have done: beside it stand what callers saw and counts.

A `deque` takes an entry from any thread in one step, so that no lock is needed.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator

from hive_resilience import ExecutionContext, Outcome, Task, TaskResult
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.snapshots import RuntimeSnapshot

EXACT = ("steady", "slow", "streaming")
"""Models whose executors begin with their permit and end with it; a thread may begin later."""
_MADE = (Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT, Outcome.CANCELLED)


class Ledger:
    """Begun and ended calls, and the results that callers have seen."""

    def __init__(self) -> None:
        self.begun: deque[tuple[str, str]] = deque()
        """Model and task of each call."""
        self.ended: deque[tuple[str, str]] = deque()
        """Model and end of each call."""
        self.results: deque[TaskResult] = deque()

    def violations(self, snapshot: RuntimeSnapshot) -> list[str]:
        """Where metrics, executors and callers disagree, once all is over."""
        return [*self._uncounted(snapshot), *self._untold()]

    def _uncounted(self, snapshot: RuntimeSnapshot) -> list[str]:
        begun = Counter(model for model, _ in self.begun)
        ended = Counter(self.ended)
        told: list[str] = []
        for name in EXACT:
            one = snapshot.models[name].metrics
            answered, raised = ended[name, "answered"], ended[name, "raised"]
            # A caller may leave between the permit and the call, or just as the answer comes, and
            # a call that the end of the loop cancels has failed.
            cut = one.timeouts + one.cancelled
            whole = one.successes + one.failures + cut == one.attempts >= begun[name]
            fits = one.successes <= answered and one.failures <= raised + ended[name, "cancelled"]
            if not (whole and fits):
                told.append(
                    f"{name}: the counts are {one.attempts} attempts, {one.successes} successes, "
                    f"{one.failures} failures and {cut} cut off; the executor has begun "
                    f"{begun[name]}, answered {answered}, raised {raised} and was left in "
                    f"{ended[name, 'cancelled']}"
                )
        return told

    def _untold(self) -> list[str]:
        made = Counter(self.begun)
        told: list[str] = []
        for result in self.results:
            names = [one.model_id for one in result.attempts if one.outcome in _MADE]
            for name in {*names, *EXACT}.intersection(EXACT):
                if names.count(name) != made[name, result.task_id]:
                    told.append(
                        f"a result of {result.task_id} tells of {names.count(name)} attempts at "
                        f"{name}, of {made[name, result.task_id]}"
                    )
        return told[:5]


class Executor:
    """A model that answers with what it was asked; a part of the calls fails or hangs."""

    def __init__(self, name: str, ledger: Ledger, chance: random.Random) -> None:
        self._name = name
        self._ledger = ledger
        self._chance = chance

    def _begin(self, task: Task) -> None:
        self._ledger.begun.append((self._name, task.id))

    def _end(self, how: str) -> None:
        self._ledger.ended.append((self._name, how))

    def _fail_sometimes(self, share: float) -> None:
        if self._chance.random() < share:
            raise ModelUnavailableError("the model is away")


class Async(Executor):
    """Waits for up to some milliseconds, at times for ever."""

    def __init__(
        self, name: str, ledger: Ledger, chance: random.Random, takes: float, fails: float
    ) -> None:
        super().__init__(name, ledger, chance)
        self._takes = takes
        self._fails = fails

    async def execute(self, task: Task, context: ExecutionContext) -> object:
        """The answer."""
        self._begin(task)
        try:
            if self._takes:
                await self._wait()
            self._fail_sometimes(self._fails)
        except asyncio.CancelledError:
            self._end("cancelled")
            raise
        except ModelUnavailableError:
            self._end("raised")
            raise
        self._end("answered")
        return task.payload

    async def _wait(self) -> None:
        if self._chance.random() < 0.01:
            await asyncio.Event().wait()
        await asyncio.sleep(self._chance.random() * self._takes)


class Streaming(Async):
    """As text by text too."""

    async def stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[str]:
        """The answer in pieces."""
        self._begin(task)
        try:
            for _ in range(self._chance.randrange(1, 8)):
                await self._wait()
                yield "word "
            self._fail_sometimes(self._fails)
            yield str(task.payload)
        except (asyncio.CancelledError, GeneratorExit):
            self._end("cancelled")
            raise
        except ModelUnavailableError:
            self._end("raised")
            raise
        self._end("answered")


class Blocking(Executor):
    """Holds a thread for up to two milliseconds."""

    def __call__(self, task: Task) -> object:
        self._begin(task)
        time.sleep(self._chance.random() * 0.002)
        self._fail_sometimes(0.2)
        self._end("answered")
        return task.payload
