"""A runtime was entered on one loop, and its program runs another one in the same thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.errors import RuntimeClosedError, WouldDeadlockError

from ..fleet_kit import Model, fleet, model

USES: list[Callable[[Runtime], Awaitable[object]]] = [
    lambda runtime: runtime.execute(Task("x")),
    lambda runtime: runtime.call("m", lambda: 1),
    lambda runtime: runtime.drain(),
    lambda runtime: anext(runtime.stream(Task("x"))),
    lambda runtime: asyncio.wrap_future(runtime.submit(Task("x"))),
    lambda runtime: runtime.aclose(),
]


@pytest.mark.parametrize(
    "use", USES, ids=["execute", "call", "drain", "stream", "submit", "aclose"]
)
def test_another_loop_of_the_same_thread_is_told_that_the_first_one_stands(
    use: Callable[[Runtime], Awaitable[object]],
) -> None:
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    runtime = fleet(model("m", Model()))
    first.run_until_complete(runtime.astart())

    async def main() -> None:
        with pytest.raises(WouldDeadlockError, match="stands"):
            await use(runtime)

    second.run_until_complete(main())
    first.run_until_complete(runtime.aclose())
    first.close()
    second.close()


def test_another_loop_may_close_what_its_own_loop_has_closed_or_left_behind() -> None:
    async def enter(and_close: bool) -> Runtime:
        runtime = await fleet(model("m", Model())).astart()
        if and_close:
            await runtime.aclose()
        return runtime

    for closed in (True, False):
        runtime = asyncio.run(enter(closed))
        asyncio.run(runtime.aclose())
        with pytest.raises(RuntimeClosedError):
            runtime.submit(Task("x"))


def test_a_runtime_in_a_thread_serves_every_loop() -> None:
    async def use(runtime: Runtime) -> bool:
        chunks = [chunk async for chunk in runtime.stream(Task("x"))]
        return (await runtime.execute(Task("x"))).success and len(chunks) == 1

    with fleet(model("m", Model())) as runtime:
        assert asyncio.run(use(runtime))
        assert asyncio.run(use(runtime))
