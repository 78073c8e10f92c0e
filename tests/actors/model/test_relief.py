"""What the fleet asks of its models while it is not well: to shed, and to call less."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Plan, Task
from hive_resilience.actors.load_messages import LowerLimits, ShedFrom
from hive_resilience.errors import AllModelsFailedError, LoadShedError
from hive_resilience.testing import crash as injected_crash

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, crash, fleet, model, outcomes, until
from .load_kit import BUSY, adaptive, limit_of, reasons, start, tell


def test_the_fleet_sheds_by_priority_and_never_what_is_critical(virtual: Virtual) -> None:
    async def main() -> None:
        one, two = Model(), Model()
        async with fleet(model("a", one), model("b", two)) as runtime:
            for x, served in ((0.3, 3), (0.8, 2), (0.95, 1), (1.0, 1), (0.0, 4), (None, 4)):
                tell(runtime, ShedFrom(x))
                results = [
                    await runtime.execute(Task(n, priority=name))
                    for n, name in enumerate(("low", "normal", "high", "critical"))
                ]
                assert [result.success for result in results] == [False] * (4 - served) + [
                    True
                ] * served, x
            assert two.calls == 0
            assert_at_rest(runtime)

    virtual(main())


def test_a_task_that_the_fleet_sheds_asks_one_model_and_says_why(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            tell(runtime, ShedFrom(0.5))
            result = await runtime.execute(Task("one", priority="low"))
            assert outcomes(result) == [("a", "rejected")]
            assert isinstance(result.attempts[0].error, LoadShedError)
            assert isinstance(result.error, AllModelsFailedError)
            assert not result.degraded
            assert reasons(runtime) == {"load_shed": 1}
            assert result.execution_time == 0.0

    virtual(main())


def test_a_task_that_has_begun_is_not_ended_by_shedding(virtual: Virtual) -> None:
    async def main() -> None:
        one, two = Model(BUSY, takes=1.0), Model(takes=1.0)
        async with fleet(model("a", one), model("b", two)) as runtime:
            task = start(runtime, priority="low")[0]
            await until(lambda: one.running)
            tell(runtime, ShedFrom(0.3))
            result = await task
            assert outcomes(result) == [("a", "failure"), ("b", "rejected")]
            assert_at_rest(runtime)

    virtual(main())


def test_a_model_that_joins_later_has_the_same_relief(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            tell(runtime, LowerLimits(0.5))
            tell(runtime, ShedFrom(0.3))
            runtime.add_model(model("b", Model()))
            assert (limit_of(runtime, "a"), limit_of(runtime, "b")) == (50, 50)
            result = await runtime.execute(Task("one", priority="low"), plan=Plan("b"))
            assert isinstance(result.attempts[0].error, LoadShedError)

    virtual(main())


def test_limits_that_are_given_back_are_those_of_the_settings(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), adaptive("b", Model())) as runtime:
            tell(runtime, LowerLimits(0.25))
            assert (limit_of(runtime, "a"), limit_of(runtime, "b")) == (25, 5)
            tell(runtime, LowerLimits(0.001))
            assert (limit_of(runtime, "a"), limit_of(runtime, "b")) == (1, 1)
            tell(runtime, LowerLimits(None))
            # What adapts finds its way up by itself.
            assert (limit_of(runtime, "a"), limit_of(runtime, "b")) == (100, 1)

    virtual(main())


def test_places_that_are_given_back_go_to_the_line_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=10.0)
        async with fleet(model("a", one)) as runtime:
            tell(runtime, LowerLimits(0.01))
            tasks = start(runtime, 4)
            await asyncio.sleep(1.0)
            assert one.running == 1
            tell(runtime, LowerLimits(None))
            await asyncio.sleep(1.0)
            assert one.running == 4
            assert all(result.success for result in await asyncio.gather(*tasks))
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("crashes", ["router", "model"])
def test_relief_outlives_a_crash(virtual: Virtual, crashes: str) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            tell(runtime, ShedFrom(0.3))
            tell(runtime, LowerLimits(0.5))
            if crashes == "model":
                crash(runtime, "a")
            else:
                injected_crash(runtime, "router")
            await asyncio.sleep(1.0)
            assert limit_of(runtime) == 50
            assert not (await runtime.execute(Task("one", priority="low"))).success
            tell(runtime, ShedFrom(None))
            assert (await runtime.execute(Task("two", priority="low"))).success

    virtual(main())


def test_at_the_defaults_a_call_takes_the_plain_doors(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            member = runtime._fleet.member("a")
            assert not member.state.load.is_on
            assert member.state.load.places == 100

    virtual(main())
