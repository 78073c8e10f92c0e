"""A model whose limit of calls at once follows what it bears."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Task
from hive_resilience.actors.load_messages import LowerLimits
from hive_resilience.config import BulkheadConfig
from hive_resilience.errors import ModelUnavailableError, RateLimitedError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, crash, fleet, model, until
from .load_kit import BUSY, adaptive, limit_of, start, tell


@pytest.mark.parametrize("refusal", [BUSY, RateLimitedError("slow down"), TimeoutError()])
def test_a_refusal_lowers_the_limit(virtual: Virtual, refusal: BaseException) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model(refusal))) as runtime:
            assert limit_of(runtime) == 10
            await runtime.execute(Task("one"))
            assert limit_of(runtime) == 9
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(RateLimitedError("later", retry_after=5.0), id="parks instead"),
        pytest.param(ModelUnavailableError("broken", status=500), id="says nothing of load"),
        pytest.param(ConnectionError(), id="no answer at all"),
        pytest.param(ValueError(), id="any other error"),
    ],
)
def test_other_failures_leave_the_limit(virtual: Virtual, failure: BaseException) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model(failure))) as runtime:
            await runtime.execute(Task("one"))
            assert limit_of(runtime) == 10

    virtual(main())


def test_the_deadline_of_a_task_says_nothing_about_its_model(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model(takes=9.0))) as runtime:
            await runtime.execute(Task("one", timeout=1.0))
            assert limit_of(runtime) == 10

    virtual(main())


def test_successes_raise_the_limit_to_what_is_configured_and_no_further(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model(takes=1.0))) as runtime:
            assert all(result.success for result in await asyncio.gather(*start(runtime, 200)))
            assert limit_of(runtime) == 20
            assert_at_rest(runtime)

    virtual(main())


def test_a_model_with_few_calls_keeps_its_limit(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model())) as runtime:
            for _ in range(30):
                await runtime.execute(Task("one"))
            assert limit_of(runtime) == 10

    virtual(main())


def test_a_raised_limit_gives_its_new_places_to_the_line(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(adaptive("a", one)) as runtime:
            tasks = start(runtime, 30)
            await until(lambda: one.calls == 10)
            await until(lambda: one.calls > 10)
            await asyncio.sleep(0.5)
            assert (one.running, limit_of(runtime)) == (11, 11)
            await asyncio.gather(*tasks)
            assert_at_rest(runtime)

    virtual(main())


def test_a_lowered_limit_wakes_no_task_until_calls_are_below_it(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=1.0)
        async with fleet(model("a", one, bulkhead=BulkheadConfig(max_concurrent=10))) as runtime:
            tasks = start(runtime, 25)
            await until(lambda: one.running == 10)
            tell(runtime, LowerLimits(0.5))
            await asyncio.sleep(0.5)
            assert (one.running, limit_of(runtime)) == (10, 5)
            await until(lambda: one.calls > 10)
            assert one.running == 5
            assert all(result.success for result in await asyncio.gather(*tasks))
            assert_at_rest(runtime)

    virtual(main())


def test_the_gradient_lowers_the_limit_of_a_model_that_slows_down(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(_Answer(), takes=1.0)
        config = adaptive(
            "a",
            one,
            adaptive_limit={"rule": "gradient"},
            bulkhead=BulkheadConfig(max_concurrent=100),
        )
        async with fleet(config) as runtime:
            await asyncio.gather(*start(runtime, 400))
            fast = limit_of(runtime)
            one.takes = 8.0
            await asyncio.gather(*start(runtime, 200))
            assert 1 <= limit_of(runtime) < fast / 2
            assert fast > 20

    virtual(main())


def test_the_gradient_is_off_where_no_latency_can_be_compared(virtual: Virtual) -> None:
    async def main() -> None:
        config = adaptive("a", Model("text", takes=1.0), adaptive_limit={"rule": "gradient"})
        async with fleet(config) as runtime:
            await asyncio.gather(*start(runtime, 100))
            assert limit_of(runtime) == 20

    virtual(main())


class _Answer:
    """An answer that tells its tokens."""

    text = "answer"
    usage = {"prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 15}  # noqa: RUF012


def test_a_crash_keeps_what_the_limit_has_learnt(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model(BUSY, "answer"))) as runtime:
            await runtime.execute(Task("one"))
            crash(runtime, "a")
            await asyncio.sleep(1.0)
            assert limit_of(runtime) == 9
            assert (await runtime.execute(Task("two"))).success
            assert_at_rest(runtime)

    virtual(main())


def test_a_reset_begins_the_limit_again(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(adaptive("a", Model(BUSY, "answer"))) as runtime:
            await runtime.execute(Task("one"))
            runtime.model("a").reset()
            assert limit_of(runtime) == 10

    virtual(main())


def test_a_reload_switches_the_adapting_limit_on_and_off(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=0.0)
        plain = model("a", one, bulkhead=BulkheadConfig(max_concurrent=20))
        async with fleet(plain) as runtime:
            assert limit_of(runtime) == 20
            await runtime.update("a", adaptive_limit={"rule": "aimd"})
            assert limit_of(runtime) == 10
            one.script[:] = [BUSY]
            await runtime.execute(Task("one"))
            assert limit_of(runtime) == 9
            await runtime.update("a", adaptive_limit={"rule": "fixed"})
            assert limit_of(runtime) == 20
            await runtime.execute(Task("two"))
            assert limit_of(runtime) == 20

    virtual(main())
