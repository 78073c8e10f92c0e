"""Telemetry is switched on by the settings or in Python, and off there is none of it."""

from __future__ import annotations

import pytest
from opentelemetry.trace import get_current_span

from hive_resilience import Runtime, Task
from hive_resilience.config import TelemetryConfig
from hive_resilience.observability import instrument
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .watched import Memory, settled


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_off_wraps_nothing() -> None:
    runtime = fleet(model("a", Model()))

    with runtime:
        assert runtime._fleet.environment.hook is None
        executor = runtime._fleet.member("a").backend.executor
        assert type(executor).__module__.endswith("executors.adapters")
        assert "hive_resilience.runtime.observability.telemetry.telemetry" not in _loaded(runtime)


def _loaded(runtime: Runtime) -> set[str]:
    """The module of each object that the fleet has for its calls."""
    environment = runtime._fleet.environment
    return {type(environment.hook).__module__}


def test_telemetry_by_the_settings_uses_the_global_providers(virtual: Virtual) -> None:
    runtime = fleet(model("a", Model("hi")), telemetry=TelemetryConfig(traces=True, metrics=True))

    async def story() -> None:
        async with runtime:
            assert (await runtime.execute(Task("?"))).value == "hi"
            assert runtime._fleet.environment.hook is not None

    virtual(story())


def test_a_runtime_is_instrumented_before_it_starts(virtual: Virtual) -> None:
    runtime = fleet(model("a", Model()))

    async def story() -> None:
        async with runtime:
            with pytest.raises(RuntimeError, match="before it starts"):
                instrument(runtime)

    virtual(story())


def test_metrics_alone_leave_the_callers_span_the_current_one(
    virtual: Virtual, memory: Memory
) -> None:
    seen: list[int] = []

    async def looks(task: Task) -> str:
        seen.append(get_current_span().get_span_context().span_id)
        return "hi"

    runtime = memory.watch(fleet(model("a", looks)), traces=False)

    async def story() -> int:
        async with runtime:
            with memory.caller() as caller:
                await runtime.execute(Task("?"))
            return caller.span_id

    assert [virtual(story())] == seen
    assert [span.name for span in memory.spans] == ["caller"]


def test_two_runtimes_show_to_their_own_providers(virtual: Virtual) -> None:
    inner, outer = Memory(), Memory()
    second = inner.watch(fleet(model("b", Model("deep"))))
    third = fleet(model("c", Model("plain")))

    async def asks(task: Task) -> object:
        await third.execute(Task("?"))
        return (await second.execute(Task("?"))).value

    first = outer.watch(fleet(model("a", asks)))

    async def story() -> None:
        async with first, second, third:
            assert (await first.execute(Task("?"))).value == "deep"

    virtual(story())

    assert [one[0] for one in settled(outer.attempts)] == ["a"]
    assert [one[0] for one in settled(inner.attempts)] == ["b"]
