"""The key and the prompt are in no span, no metric and no record, whatever quotes them."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, Plan, Runtime, Task
from hive_resilience.errors import ResilienceError
from hive_resilience.runtime.observability.logs.json_lines import JSONLines
from tests.fleet_kit import NO_RETRY, model
from tests.runtime.executors.canary import KEYS, found_in
from tests.runtime.executors.canned import data, piece
from tests.runtime.executors.faulty_server import (
    Behaviour,
    FaultyServer,
    answer,
    completion,
    run,
    speak_no_http,
)

from .watched import Memory

PROMPT = "Zebra-Quittung 4711: warum singt der Leuchtturm?"
KEY = KEYS["plain"]
QUOTED = f"you asked {PROMPT} with Bearer {KEY}"
SSE = {"Content-Type": "text/event-stream"}
ERROR = {"error": {"message": QUOTED, "type": QUOTED, "code": QUOTED}}
ANSWERS: dict[str, Behaviour] = {
    "an error": answer(500, ERROR, {"X-Echo": KEY}),
    "a refusal": answer(401, ERROR),
    "a limit": answer(429, ERROR, {"Retry-After": "1", "X-RateLimit-Reset": KEY}),
    "a redirect": answer(302, b"", {"Location": f"https://elsewhere/?key={KEY}&q={PROMPT[:9]}"}),
    "a page": answer(200, f"<html>{QUOTED}".encode(), {"Content-Type": "text/html"}),
    "no HTTP": speak_no_http,
    "an answer": answer(200, {**completion(QUOTED, finish_reason=QUOTED), "model": QUOTED}),
    "a key for a name": answer(200, {**completion("x", finish_reason="stop"), "model": KEY}),
    "a stream": answer(200, piece(QUOTED) + data(ERROR), SSE),
}


async def raises(task: Task) -> str:
    raise ValueError(QUOTED, task.payload)


async def raises_in_chunks(task: Task) -> AsyncIterator[str]:
    yield "x"
    raise KeyError(QUOTED)


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_text(KEY)
    return str(path)


def shown(memory: Memory, records: list[logging.LogRecord]) -> str:
    """All that has left the process, as text."""
    form = JSONLines()
    spans = [span.to_json() for span in memory.spans]
    metrics = memory.metrics_as_json()
    ours = [one for one in records if one.name.startswith("hive_resilience")]
    return "\n".join([*spans, metrics, *map(form.format, ours)])


async def ask(runtime: Runtime, task: Task, plan: Plan) -> None:
    await runtime.execute(task, plan=plan)
    try:
        async with runtime.stream(task, plan=plan) as stream:
            async for _ in stream:
                pass
    except ResilienceError:
        pass


@pytest.mark.parametrize("name", ANSWERS)
def test_no_server_gets_them_out(
    name: str, key_file: str, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory()

    async def story() -> None:
        async with FaultyServer(ANSWERS[name]) as server:
            config = ModelConfig(
                id="a", endpoint=server.base_url, api_key_file=key_file, retry=NO_RETRY
            )
            async with memory.watch(Runtime(models=[config])) as runtime:
                payload = {"messages": [{"role": "user", "content": PROMPT}]}
                await ask(runtime, Task(payload, headers={"x-user": KEY}), Plan("a"))

    with caplog.at_level(logging.DEBUG, logger="hive_resilience"):
        run(story())

    assert memory.open == 0
    assert memory.attempts
    look_through(shown(memory, caplog.records))


def test_no_function_gets_them_out(caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory()

    async def story() -> None:
        models = [model("a", raises), model("b", raises_in_chunks)]
        async with memory.watch(Runtime(models=models)) as runtime:
            task = Task({"prompt": PROMPT, "key": KEY}, id=f"task-{PROMPT}", metadata={"k": KEY})
            await ask(runtime, task, Plan("a", fallbacks=("b",)))

    with caplog.at_level(logging.DEBUG, logger="hive_resilience"):
        run(story())

    assert len(memory.attempts) >= 3
    look_through(shown(memory, caplog.records))


def look_through(text: str) -> None:
    assert "hive.task" in text
    assert found_in(text, KEY) is None
    assert found_in(text, PROMPT) is None


def test_what_is_looked_through_would_show_them() -> None:
    memory = Memory()
    with memory.tracer.start_as_current_span("hive.task") as span:
        span.set_attribute("x", QUOTED)
    told: list[Any] = [json.loads(one.to_json()) for one in memory.spans]

    assert found_in(shown(memory, []), KEY) is not None
    assert told[0]["attributes"]["x"] == QUOTED
