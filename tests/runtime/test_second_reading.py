"""What a second reading of the runtime asked for."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from hive_resilience import Plan, Runtime, Task

from ..conftest import Virtual
from ..fleet_kit import STEADY, Model, fleet, model

whose: ContextVar[str] = ContextVar("whose", default="nobody's")


def test_a_task_that_an_executor_tells_has_its_own_deadline(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=5.0)
        async with fleet(model("a", slow, timeout=60.0)) as runtime:

            async def tells() -> None:
                runtime.router.tell(Task("told"))

            await runtime.call("a", tells, timeout=1.0)
            await asyncio.sleep(10.0)
            assert (slow.calls, slow.cancelled) == (1, 0)

    virtual(main())


def test_failures_of_other_strategies_teach_the_weights_nothing(virtual: Virtual) -> None:
    # Their successes are not told to the router either: half of the truth would be a lie.
    async def main() -> None:
        async with fleet(model("a", Model(ValueError("no"))), model("b", Model())) as runtime:
            for _ in range(3):
                await runtime.execute(Task("x"), strategy="sequential")
            assert runtime._fleet.router_state.learned.snapshot() == ()
            await runtime.execute(Task("x"), strategy="weighted", plan=Plan("a"))
            assert len(runtime._fleet.router_state.learned.snapshot()) == 1

    virtual(main())


def test_what_a_running_task_asks_for_is_drained_with_it(virtual: Virtual) -> None:
    async def main() -> None:
        async def nests(task: Task) -> Any:
            await asyncio.sleep(2.0)
            asked = await runtime.execute(Task("inner"), plan=Plan("b"))
            return asked.value, await runtime.call("b", inner, Task("y"))

        async def inner(task: Task) -> str:
            return "inner"

        runtime: Runtime
        async with fleet(model("a", nests), model("b", inner)) as runtime:
            outer = asyncio.create_task(runtime.execute(Task("outer"), plan=Plan("a")))
            await asyncio.sleep(1.0)
        assert (await outer).unwrap() == ("inner", "inner")

    virtual(main())


def test_a_failover_is_counted_at_the_model_that_failed(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(
            model("a", Model(ConnectionError()), retry=STEADY), model("b", Model())
        ) as runtime:
            await runtime.execute(Task("x"))
            models = runtime.snapshot().models
            assert [m.metrics.failovers for m in models.values()] == [1, 0]

    virtual(main())


def test_a_probe_does_not_inherit_what_a_caller_has_in_its_context(virtual: Virtual) -> None:
    seen: list[str] = []

    class Probed:
        async def execute(self, task: Task, context: object) -> str:
            raise ConnectionError

        async def check_health(self) -> bool:
            seen.append(whose.get())
            return True

    async def main() -> None:
        async with fleet(model("a", Probed())) as runtime:
            whose.set("a caller's")
            await runtime.model("a").check_health()
            for _ in range(5):  # the last one opens the breaker, which sets the timer anew
                await runtime.execute(Task("x"))
            await asyncio.sleep(10.0)
            assert len(seen) > 1
            assert set(seen) == {"nobody's"}

    virtual(main())


def test_a_client_whose_close_blocks_is_closed_too() -> None:
    closed: list[bool] = []

    class Client:
        async def execute(self, task: Task, context: object) -> str:
            return "answer"

        def close(self) -> None:
            closed.append(True)

    with fleet(model("a", Client())) as runtime:
        assert runtime.submit(Task("x")).result(10).success
    assert closed == [True]


def test_ctrl_c_raised_in_an_executors_thread_ends_only_its_attempt() -> None:
    def blocks(task: Task) -> str:
        raise KeyboardInterrupt

    with fleet(model("a", blocks), model("b", Model())) as runtime:
        result = runtime.submit(Task("x")).result(10)
        assert result.model_used == "b"
