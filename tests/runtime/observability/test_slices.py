"""The books of a large fleet are read in small steps, and come out as if in one."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Plan, Runtime, Task
from hive_resilience.observability import metrics_text
from hive_resilience.runtime.fleet.figures import fleet_figures, reading
from hive_resilience.runtime.metrics import text_in_slices
from hive_resilience.runtime.observability.slices import at_once, in_slices
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .metrics.parsing import samples, value


def large(models: int = 40) -> Runtime:
    return fleet(*(model(f"m{number}", Model()) for number in range(models)))


async def ask_each(runtime: Runtime) -> None:
    for model_id in list(runtime._fleet.members):
        await runtime.execute(Task("?"), plan=Plan(model_id))


class Turns:
    """Counts the turns that other work of the loop has had."""

    def __init__(self) -> None:
        self.count = 0

    async def run(self) -> None:
        while True:
            self.count += 1
            await asyncio.sleep(0)


@pytest.mark.parametrize("openmetrics", [False, True])
def test_a_page_in_slices_is_the_page_and_other_work_goes_on(
    virtual: Virtual, openmetrics: bool
) -> None:
    async def main() -> None:
        async with large() as runtime:
            await ask_each(runtime)
            turns = Turns()
            beside = asyncio.create_task(turns.run())
            await asyncio.sleep(0)
            before = turns.count
            text = await text_in_slices(runtime, (), openmetrics=openmetrics)
            had = turns.count - before
            beside.cancel()
            assert text == metrics_text(runtime, openmetrics=openmetrics)
            # Four models in one go are read and measured, and 500 lines are written.
            assert had >= 40 / 4 * 2 + len(text.splitlines()) // 500

    virtual(main())


@pytest.mark.parametrize("gone", ["m0", "m39"])
def test_a_model_that_goes_meanwhile_is_counted_once(virtual: Virtual, gone: str) -> None:
    async def main() -> None:
        async with large() as runtime:
            await ask_each(runtime)
            steps = reading(runtime._fleet)
            for _ in range(5):
                next(steps)
            await runtime.remove_model(gone)
            found = at_once(steps)
            assert found.tasks.durations.count == found.tasks.succeeded == 40
            assert len(found.models) == 39

    virtual(main())


def test_a_fleet_that_changes_all_the_time_is_read_all_the_same(virtual: Virtual) -> None:
    async def main() -> None:
        async with large(12) as runtime:
            await ask_each(runtime)

            async def change() -> None:
                for number in range(50):
                    runtime.add_model(model(f"new{number}", Model()))
                    await asyncio.sleep(0)
                    await runtime.remove_model(f"new{number}")

            changing = asyncio.create_task(change())
            found = await in_slices(reading(runtime._fleet))
            assert found.tasks.durations.count == 12
            await changing

    virtual(main())


def test_another_thread_and_another_loop_get_the_same_books() -> None:
    with large(8) as runtime:
        for number in range(8):
            runtime.submit(Task("?"), plan=Plan(f"m{number}")).result(10.0)
        here = samples(metrics_text(runtime))
        there = samples(asyncio.run(text_in_slices(runtime, (), openmetrics=False)))
        at_once_there = runtime._portal.do(lambda: fleet_figures(runtime._fleet))

    assert here == there
    assert value(here, "hive_tasks_total", outcome="success") == at_once_there.tasks.succeeded == 8
