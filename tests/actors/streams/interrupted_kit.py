"""Reading streams that break."""

from __future__ import annotations

from hive_resilience import ModelConfig, Plan, Task
from hive_resilience.testing import run_virtual
from tests.fleet_kit import assert_at_rest, fleet

from .stream_kit import Read, read

CHAT = {"messages": [{"role": "user", "content": "Count."}]}
CUT = ConnectionError("the connection broke")


def read_by(
    mode: str | None,
    *models: ModelConfig,
    payload: object = CHAT,
    strategy: str | None = None,
) -> Read:
    async def run() -> Read:
        async with fleet(*models) as runtime:
            plan = Plan(models[0].id, tuple(m.id for m in models[1:]), on_interrupt=mode)
            found = await read(runtime, Task(payload), plan=plan, strategy=strategy)
            assert_at_rest(runtime)
            return found

    return run_virtual(run())


# Raise.
