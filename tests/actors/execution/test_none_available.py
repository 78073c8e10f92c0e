"""What a task does when no model can serve: give up, wait for one, or insist on one."""

from __future__ import annotations

from hive_resilience import CircuitBreakerConfig, Plan, Task
from hive_resilience.errors import AllModelsFailedError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model

SOON = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)
LATE = CircuitBreakerConfig(recovery_timeout=30.0, recovery_jitter=0.0)


def test_fail_is_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model()
        async with fleet(model("a", one, circuit_breaker=SOON)) as runtime:
            runtime.model("a").trip()
            result = await runtime.execute(Task("x"))
            assert isinstance(result.error, AllModelsFailedError)
            assert (result.execution_time, one.calls) == (0.0, 0)

    virtual(main())


def test_wait_is_until_the_first_is_back(virtual: Virtual) -> None:
    async def main() -> None:
        slow, soon = (
            model("a", Model(), circuit_breaker=LATE),
            model("b", Model(), circuit_breaker=SOON),
        )
        async with fleet(slow, soon, when_none_available="wait") as runtime:
            runtime.model("a").trip()
            runtime.model("b").trip()
            result = await runtime.execute(Task("x"))
            assert result.model_used == "b"
            assert 10.0 <= result.execution_time <= 11.5
            assert_at_rest(runtime)

    virtual(main())


def test_wait_ends_early_when_an_operator_brings_a_model_back(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(
            model("a", Model(), circuit_breaker=LATE), when_none_available="wait"
        ) as runtime:
            handle = runtime.model("a")
            handle.trip()
            runtime._fleet.engine.loop.call_later(3.0, handle.reset)
            result = await runtime.execute(Task("x"))
            assert result.success
            assert 3.0 <= result.execution_time <= 4.5

    virtual(main())


def test_wait_ends_at_the_deadline(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(
            model("a", Model(), circuit_breaker=LATE), when_none_available="wait"
        ) as runtime:
            runtime.model("a").trip()
            result = await runtime.execute(Task("x", timeout=5.0))
            assert getattr(result.error, "kind", None) == "task"
            assert 5.0 <= result.execution_time <= 5.01
            assert_at_rest(runtime)

    virtual(main())


def test_waiting_never_asks_a_model_again_that_has_failed_this_task(virtual: Virtual) -> None:
    async def main() -> None:
        wrong = Model(ValueError("no"))
        async with fleet(
            model("a", wrong), model("b", Model(), circuit_breaker=SOON), when_none_available="wait"
        ) as runtime:
            runtime.model("b").trip()
            result = await runtime.execute(Task("x"))
            assert (result.model_used, wrong.calls) == ("b", 1)

    virtual(main())


def test_try_insists_on_the_one_whose_wait_ends_first(virtual: Virtual) -> None:
    async def main() -> None:
        first, second = Model(), Model()
        async with fleet(
            model("a", first, circuit_breaker=LATE),
            model("b", second, circuit_breaker=SOON),
            when_none_available="try",
        ) as runtime:
            runtime.model("a").trip()
            runtime.model("b").trip()
            result = await runtime.execute(Task("x"))
            assert (result.model_used, first.calls, second.calls) == ("b", 0, 1)
            # What a forced call says changes nothing: the breaker stays open.
            assert runtime.snapshot().models["b"].breaker.state == "open"
            assert_at_rest(runtime)

    virtual(main())


def test_try_leaves_alone_what_an_operator_has_closed(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model()
        async with fleet(model("a", one), when_none_available="try") as runtime:
            runtime.model("a").enter_maintenance()
            result = await runtime.execute(Task("x"), plan=Plan("a"))
            assert isinstance(result.error, AllModelsFailedError)
            assert one.calls == 0

    virtual(main())


def test_nobody_waits_for_models_that_have_all_failed_this_task(virtual: Virtual) -> None:
    async def main() -> None:
        soon = CircuitBreakerConfig(failure_threshold=1)
        first, second = Model(ValueError("no")), Model(ConnectionError("no"))
        models = model("a", first), model("b", second, circuit_breaker=soon)
        async with fleet(*models, when_none_available="wait") as runtime:
            result = await runtime.execute(Task("x"))

            assert isinstance(result.error, AllModelsFailedError)
            assert (result.execution_time, first.calls, second.calls) == (0.0, 1, 1)
            assert_at_rest(runtime)

    virtual(main())
