"""What the threads of the threaded soak do with a runtime: everything, at random."""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import pykka

from hive_resilience import ModelConfig, Plan, Runtime, RuntimeConfig, Strategy, Task, TaskResult
from hive_resilience.errors import RuntimeClosedError
from hive_resilience.events import HealthChanged

from .ledger import EXACT, Async, Ledger

T = TypeVar("T")

LIMIT = 20.0
"""Seconds in which every call is over, the longest task and a busy machine included."""
_EXTRAS = ("extra one", "extra two")
_STRATEGIES = (Strategy.SEQUENTIAL, Strategy.WEIGHTED, Strategy.RANDOM)


class WrongAnswerError(Exception):
    """A caller got what belongs to another, or nothing at all."""


class Caller:
    """One thread: its chance, and what it does with it."""

    def __init__(
        self, runtime: Runtime, config: RuntimeConfig, ledger: Ledger, chance: random.Random
    ) -> None:
        self._runtime = runtime
        self._config = config
        self._ledger = ledger
        self._chance = chance
        self._deeds: tuple[tuple[Callable[[], None], int], ...] = (
            (self.ask, 12),
            (self.ask_and_cancel, 6),
            (self.wait_in_turns, 4),
            (self.ask_from_another_loop, 3),
            (self.read, 6),
            (self.read_from_another_loop, 2),
            (self.ask_the_router, 4),
            (self.look, 3),
            (self.operate, 4),
            (self.change_the_fleet, 2),
            (self.change_settings, 2),
            (self.reload, 1),
            (self.listen, 2),
        )

    def next_deed(self) -> Callable[[], None]:
        """What this caller does now."""
        deeds, weights = zip(*self._deeds, strict=True)
        found: Callable[[], None] = self._chance.choices(deeds, weights)[0]
        return found

    def has_own_loop(self, deed: Callable[[], None]) -> bool:
        """Whether a Ctrl-C would meet Python's own event loop, which it may break."""
        return deed in (self.ask_from_another_loop, self.read_from_another_loop)

    # Tasks.

    def ask(self) -> None:
        """Wait for an answer, perhaps for several that are under way together."""
        tasks = [self._task() for _ in range(self._chance.randint(1, 5))]
        futures = [self._runtime.submit(task, **self._how()) for task in tasks]
        for task, future in zip(tasks, futures, strict=True):
            self._take(task, future.result(LIMIT))

    def ask_and_cancel(self) -> None:
        """Cancel before, in or after the call."""
        task = self._task()
        future = self._runtime.submit(task, **self._how())
        self._pause()
        future.cancel()
        with suppress(concurrent.futures.CancelledError):
            self._take(task, future.result(LIMIT))

    def wait_in_turns(self) -> None:
        """Give up waiting, then wait again."""
        task = self._task()
        future = self._runtime.submit(task, **self._how())
        for _ in range(3):
            with suppress(concurrent.futures.TimeoutError):
                future.result(self._chance.random() * 0.002)
                break
        self._take(task, future.result(LIMIT))

    def ask_from_another_loop(self) -> None:
        """As an asyncio program in a thread of its own."""
        task = self._task()

        async def main() -> TaskResult | None:
            running = self._runtime.execute(task, **self._how())
            if self._chance.random() < 0.7:
                return await asyncio.wait_for(running, LIMIT)
            with suppress(TimeoutError):
                return await asyncio.wait_for(running, self._chance.random() * 0.005)
            return None

        result = asyncio.run(main())
        if result is not None:
            self._take(task, result)

    def ask_the_router(self) -> None:
        """By message."""
        task = self._task()
        if self._chance.random() < 0.3:
            self._runtime.router.tell(task)
            return
        with suppress(pykka.Timeout):
            short = self._chance.random() < 0.2
            self._take(task, self._runtime.router.ask(task, timeout=0.001 if short else LIMIT))

    # Streams.

    def read(self) -> None:
        """To the end, or leave early, or drop it."""
        stream = self._runtime.stream(self._task(), plan=Plan("streaming", ("steady",)))
        lot = self._chance.random()
        if lot < 0.1:
            next(stream, None)
            return
        with stream:
            for _ in stream:
                if lot < 0.3:
                    return
        self._ledger.results.append(stream.result)

    def read_from_another_loop(self) -> None:
        """As `read`, in an asyncio program."""

        async def main() -> None:
            stream = self._runtime.stream(self._task(), plan=Plan("streaming", ("steady",)))
            async with asyncio.timeout(LIMIT), stream:
                async for _ in stream:
                    if self._chance.random() < 0.05:
                        return

        asyncio.run(main())

    # Operators.

    def look(self) -> None:
        """Look at everything, and probe a model."""
        self._runtime.snapshot().to_json()
        handle = self._runtime.model(self._chance.choice(EXACT))
        handle.status()
        if self._chance.random() < 0.3:
            handle.check_health().get(timeout=LIMIT)

    def operate(self) -> None:
        """Take a model out, and bring it back."""
        handle = self._runtime.model(self._chance.choice(EXACT))
        out, back = self._chance.choice(
            (
                (handle.trip, handle.reset),
                (handle.force_open, handle.reset),
                (handle.disable, handle.reset),
                (handle.enter_maintenance, handle.leave_maintenance),
                (handle.restart, handle.restart),
            )
        )
        try:
            out()
            self._pause()
        finally:
            back()

    def change_the_fleet(self) -> None:
        """Add a model, or remove one; other threads do the same with the same models."""
        name = self._chance.choice(_EXTRAS)
        if self._chance.random() < 0.5:
            self._runtime.add_model(self._extra(name))
        else:
            drain = self._chance.random() < 0.5
            self._runtime.remove_model(name, drain=drain).get(timeout=LIMIT)

    def change_settings(self) -> None:
        """Change one thing of a model, or of all."""
        name, weight = self._chance.choice(EXACT), self._chance.uniform(0.5, 2.0)
        if self._chance.random() < 0.5:
            self._runtime.update(name, weight=weight).get(timeout=LIMIT)
        else:
            overrides = {"global": {"health_check_interval": 10 + weight}}
            self._runtime.reload(overrides=overrides).get(timeout=LIMIT)

    def reload(self) -> None:
        """Other models, for a while."""
        models = self._config.models
        if self._chance.random() < 0.5:
            models = (*models, self._extra(self._chance.choice(_EXTRAS)))
        config = self._config.model_copy(update={"models": models})
        self._runtime.reload(config).get(timeout=LIMIT)

    def listen(self) -> None:
        """Hear of something for a while."""
        end = self._runtime.subscribe(lambda _: None, HealthChanged)
        self._pause()
        end()

    # What they share.

    def _task(self) -> Task:
        task_id = f"{self._chance.getrandbits(64):x}"
        return Task(task_id, id=task_id, timeout=self._chance.choice((0.05, 1.0, 2.0)))

    def _how(self) -> dict[str, Any]:
        names = [*EXACT[:2], "blocking"]
        self._chance.shuffle(names)
        return {
            "strategy": self._chance.choice(_STRATEGIES),
            "plan": Plan(names[0], tuple(names[1:])),
        }

    def _take(self, task: Task, result: TaskResult) -> None:
        if result.task_id != task.id or (result.success and result.value != task.payload):
            raise WrongAnswerError(f"{task.id} was answered by {result}")
        if isinstance(result.error, RuntimeClosedError):
            raise result.error
        self._ledger.results.append(result)

    def _extra(self, name: str) -> ModelConfig:
        executor = Async(name, self._ledger, random.Random(self._chance.random()), 0.002, 0.1)
        return ModelConfig(id=name, executor=executor)

    def _pause(self) -> None:
        # Most of the calls are in flight for less than this.
        time.sleep(self._chance.random() * 0.003)
