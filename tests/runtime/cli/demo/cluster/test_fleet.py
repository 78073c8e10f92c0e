"""The models of the demonstration, as each of its processes has them."""

from __future__ import annotations

import asyncio
import time

from hive_resilience import Runtime, Task
from hive_resilience.config import ClusterConfig
from hive_resilience.runtime.cli.demo.cluster.fleet import configuration
from hive_resilience.runtime.cli.demo.servers import Servers, ServerSpec


def test_a_call_says_when_it_starts_and_asks_its_server() -> None:
    starts: list[tuple[str, float]] = []

    async def main() -> str | None:
        async with Servers([ServerSpec("tiny", order=1, delay=0.0)]) as servers:
            urls = {"tiny": servers.url("tiny")}
            settings = configuration(
                urls, ClusterConfig(), lambda name, at: starts.append((name, at))
            )
            async with Runtime(settings) as runtime:
                result = await runtime.execute(Task({"prompt": "Where do the bees fly?"}))
                return result.model_used

    before = time.monotonic()
    answered_by = asyncio.run(main())

    assert answered_by == "tiny"
    assert [model for model, _ in starts] == ["tiny"]
    assert before <= starts[0][1] <= time.monotonic()
