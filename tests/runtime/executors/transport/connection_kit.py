"""What the tests of connections share."""

from __future__ import annotations

from hive_resilience import OpenAICompatible

from ..asking import Context, Task
from ..faulty_server import answer, completion

GOOD = answer(200, completion())


async def asked(executor: OpenAICompatible, times: int = 1) -> list[str]:
    return [str(await executor.execute(Task("Hi"), Context())) for _ in range(times)]
