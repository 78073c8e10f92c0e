"""Workers of one server that tell each other what fires, each with people of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hive_resilience import Runtime
from hive_resilience.actors.policies.alerting.several import AlertWord
from hive_resilience.runtime.server.siblings.together import alerts_together

from ....actors.alerting.alerts_kit import Notebook, Pager, remembering, watched

ALERTS: dict[str, Any] = {"group_wait": 0.0, "group_interval": 0.0, "keep": 5.0}


class Server:
    """`delay`: seconds that a word is on its way; they come in their order."""

    def __init__(self, delay: float = 0.0, models: str = "abc", **alerts: Any) -> None:
        self.alerts = ALERTS | alerts
        self.models = models
        self.delay = delay
        self.pagers: dict[int, Pager] = {}
        self.workers: dict[int, Runtime] = {}
        self.words = 0
        self._take: dict[int, Callable[[AlertWord], None]] = {}

    async def start(self, number: int, notebook: Notebook | None = None, **alerts: Any) -> Runtime:
        """Start a worker; with a notebook it remembers its alerts."""
        pager = self.pagers.setdefault(number, Pager())
        runtime = watched(pager, models=self.models, **self.alerts | alerts)
        if notebook is not None:
            remembering(runtime, notebook)
        self.workers[number] = runtime
        await runtime.__aenter__()
        self.join(number, runtime)
        return runtime

    async def out(self, *numbers: int) -> tuple[Runtime, ...]:
        """Workers that have just lost the same model, of which the first one has told."""
        found = tuple([await self.start(number) for number in numbers])
        for worker in found:
            worker.model("a").trip()
            await asyncio.sleep(0.5)
        return found

    def join(self, number: int, runtime: Runtime) -> None:
        """Let a runtime be one of them."""

        def say(word: AlertWord) -> None:
            self.words += 1
            loop = asyncio.get_running_loop()
            for other in self._take.keys() - {number}:
                loop.call_later(self.delay, self._hear, other, word)

        take = alerts_together(runtime, number, say)
        assert take is not None
        self._take[number] = take

    def _hear(self, number: int, word: AlertWord) -> None:
        if number in self._take:
            self._take[number](word)

    async def kill(self, number: int) -> None:
        """A worker ends without a word."""
        del self._take[number]
        await self.workers.pop(number).__aexit__(None, None, None)

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        for number in tuple(self.workers):
            await self.kill(number)

    @property
    def told(self) -> dict[int, list[tuple[str, tuple[str, ...]]]]:
        """What people have heard of each worker, of those that have said anything."""
        return {number: pager.told for number, pager in self.pagers.items() if pager.heard}
