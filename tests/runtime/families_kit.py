"""Models of several families, and which of them a task passed over."""

from __future__ import annotations

from typing import Any

from hive_resilience import (
    ModelConfig,
    Runtime,
    RuntimeConfig,
    Task,
    TaskResult,
)

SIGNED = {"type": "thinking", "thinking": "Hm", "signature": "x"}
SEALED = {"messages": [{"role": "assistant", "content": [SIGNED]}]}
Calls = list[str]


def model(model_id: str, calls: Calls, *, fails: bool = False, **settings: Any) -> ModelConfig:
    async def executor(task: Task) -> str:
        calls.append(model_id)
        if fails:
            raise ConnectionError("refused")
        return model_id

    settings = {"retry": {"max_retries": 0}, **settings}
    return ModelConfig(id=model_id, executor=executor, **settings)


def embeds(model_id: str, calls: Calls, space: str | None, **more: Any) -> ModelConfig:
    return model(model_id, calls, families=["embedding"], embedding_space=space, **more)


async def asked(
    *models: ModelConfig, kind: str, payload: Any = "Hi", groups: Any = (), **how: Any
) -> TaskResult:
    config = RuntimeConfig(models=models, groups=groups)
    async with Runtime(config) as runtime:
        return await runtime.execute(Task(payload, type=kind), **how)


def passed_over(result: TaskResult) -> dict[str, str]:
    return {one.model_id: str(one.error) for one in result.attempts if not one.number}
