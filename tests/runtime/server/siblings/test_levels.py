"""Workers of one server have one level of degradation, whichever of them sees the trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hive_resilience import Runtime, Task
from hive_resilience.actors.policies.degradation.several import LevelWord
from hive_resilience.events import DegradationChanged
from hive_resilience.runtime.server.siblings.together import level_together

from ....conftest import Virtual
from ...test_degradation import Switchable, fleet_of, traffic


class Server:
    """Workers that tell each other what they see."""

    def __init__(self, model: Switchable | None = None, **settings: Any) -> None:
        self.model = model or Switchable()
        self.settings = settings
        self.fleets: dict[int, Runtime] = {}
        self.words = 0
        self._take: dict[int, Callable[[LevelWord], None]] = {}

    async def start(self, number: int) -> Runtime:
        """Start a worker."""
        runtime = self.fleets[number] = fleet_of({"a": self.model}, **self.settings)
        await runtime.__aenter__()

        def tell(word: LevelWord) -> None:
            self.words += 1
            for other in self.fleets.keys() - {number}:
                self._take[other](word)

        take = level_together(runtime, number, tell)
        assert take is not None
        self._take[number] = take
        return runtime

    async def end(self, number: int) -> None:
        """End a worker."""
        await self.fleets.pop(number).__aexit__(None, None, None)

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        for number in tuple(self.fleets):
            await self.end(number)

    @property
    def levels(self) -> list[str]:
        """Those of all workers."""
        return [str(one.degradation.level) for one in self.fleets.values()]


def timer(runtime: Runtime) -> object:
    return runtime._fleet.router_state.level.timer  # pyright: ignore[reportPrivateUsage]


def moments(runtime: Runtime) -> list[tuple[float, int]]:
    """When the level of a worker changes from now on, and to what."""
    found: list[tuple[float, int]] = []
    clock = asyncio.get_running_loop().time

    def heard(event: DegradationChanged) -> None:
        found.append((clock(), event.after.rank))

    runtime._bus.tap(heard, (DegradationChanged,), lambda: None)  # pyright: ignore[reportPrivateUsage]
    return found


class Flaky(Switchable):
    """Fails each fourth call while it is `down`."""

    async def __call__(self, task: Task) -> str:
        self.calls += 1
        fails = self.down and self.calls % 4 == 0
        await asyncio.sleep(self.takes)
        if fails:
            raise ConnectionError("down")
        return self.answer


def test_failures_too_few_for_one_worker_are_enough_for_all(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server(Flaky(), min_tasks=20) as server:
            fleets = [await server.start(number) for number in (1, 2, 3)]
            changes = [moments(one) for one in fleets]
            for one in fleets:
                await one.update("a", retry={"max_retries": 0})
                one.model("a").metrics_only()  # no breaker says what tasks say
            server.model.down = True

            await asyncio.gather(*(traffic(one, 120, pace=5.0) for one in fleets))

            assert server.levels == ["severe"] * 3
            reasons = {one.degradation.status().reason for one in fleets}
            assert [reason.partition("%")[2] for reason in reasons] == [" of the tasks succeed"]
            server.model.down = False
            await asyncio.gather(*(traffic(one, 700, pace=2.0) for one in fleets))
            assert server.levels == ["none"] * 3
        assert [rank for _, rank in changes[0]] == [3, 2, 1, 0]
        assert changes[1] == changes[2] == changes[0]  # all three move at once

    virtual(main())


def test_an_idle_worker_has_the_level_of_a_busy_one_until_all_are_idle(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            busy, idle = await server.start(1), await server.start(2)
            server.model.down = True
            await traffic(busy, 60, pace=1.0)
            assert server.levels == ["critical"] * 2
            server.model.down = False
            await traffic(busy, 700, pace=2.0)
            assert server.levels == ["none"] * 2
            await asyncio.sleep(120)
            told = server.words
            await asyncio.sleep(600)
            assert server.words == told
            assert (timer(busy), timer(idle)) == (None, None)

    virtual(main())


def test_a_worker_that_starts_later_takes_the_level_over(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            elder = await server.start(2)
            server.model.down = True
            await traffic(elder, 60, pace=1.0)
            changes: list[DegradationChanged] = []
            elder.degradation.on_change(changes.append)
            await server.start(1)

            await traffic(elder, 8, pace=1.0)  # too short to find it by itself

            assert server.levels == ["critical"] * 2
        assert changes == []

    virtual(main())


def test_the_level_goes_on_where_the_worker_that_decided_has_ended(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            await server.start(1)
            other = await server.start(2)
            server.model.down = True
            await traffic(other, 60, pace=1.0)
            changes: list[DegradationChanged] = []
            other.degradation.on_change(changes.append)
            await server.end(1)
            await traffic(other, 60, pace=1.0)
            assert server.levels == ["critical"]
            assert changes == []
            server.model.down = False
            await traffic(other, 700, pace=2.0)
            assert server.levels == ["none"]

    virtual(main())
