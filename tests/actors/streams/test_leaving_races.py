"""A reader that leaves a race: what its models were asked is told, and their clean-up awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hive_resilience import Task
from hive_resilience.errors import InvalidRequestError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import assert_at_rest, fleet, model, outcomes


@pytest.mark.parametrize("leaves_at", [1.0, 2.0])
def test_a_reader_that_leaves_while_a_lost_race_cleans_up_hears_of_all_its_models(
    leaves_at: float,
) -> None:
    async def cleans_up(task: Task) -> AsyncIterator[str]:
        try:
            await asyncio.sleep(100.0)
        finally:
            await asyncio.sleep(2.0)
        yield "late"

    async def refuses(task: Task) -> AsyncIterator[str]:
        await asyncio.sleep(0.5)
        raise InvalidRequestError("no model takes this")
        yield ""

    async def main() -> None:
        models = [model("slow", cleans_up), model("refuses", refuses)]
        async with fleet(*models) as runtime:
            loop = asyncio.get_running_loop()
            began = loop.time()
            stream = runtime.stream(Task("prompt"), strategy="parallel")
            reader = asyncio.create_task(anext(stream))
            await asyncio.sleep(leaves_at)
            await stream.aclose()
            assert loop.time() - began == pytest.approx(2.5)
            assert [name for name, _ in outcomes(stream.result)] == ["refuses", "slow"]
            assert_at_rest(runtime)
            await asyncio.gather(reader, return_exceptions=True)

    run_virtual(main())
