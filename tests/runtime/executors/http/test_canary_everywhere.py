"""No secret is in what a runtime tells: results, events, snapshots, logs, frames."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.config.errors import ResilienceError

from ..asking import Context
from ..asking import Task as Asked
from ..canary import KEYS, carried_by, found_in, logged
from ..canned import MESSAGE_START, named, said
from ..faulty_server import FaultyServer, run
from ..pouring import pour
from .canary_kit import (
    PATHS,
    PROMPT,
    anthropic,
    check,
    compatible,
    failures,
)

SECRETS_OF_THE_CALLER = ("zebra crossing at QUAGGA-7731", "okapi was seen at BONGO-9942")


HEADER = "numbat-header-value-QX-5512"
EVERYWHERE = ["401", "a body that is no JSON", "the status line", "an event that is an error"]


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize(
    ("kind", "field", "key"),
    [
        ("chat", "prompt", KEYS["quotes"]),
        ("chat", "prompt", KEYS["two spaces"]),
        ("text_completion", "prompt", KEYS["quotes"]),
        ("response", "input", KEYS["quotes"]),
        ("message", "prompt", KEYS["quotes"]),
        ("embedding", "input", KEYS["quotes"]),
    ],
)
def test_no_secret_is_in_results_events_snapshots_or_logs_of_a_runtime(
    name: str,
    kind: str,
    field: str,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", key)
    told = f"{key} {PROMPT} {HEADER}"
    task = Task({field: PROMPT}, type=kind, headers={"tracestate": HEADER})

    async def story() -> tuple[str, list[BaseException]]:
        seen: list[Any] = []
        async with FaultyServer(PATHS[name](told)) as server:
            model = ModelConfig(
                id="m1",
                endpoint=server.base_url,
                api_key_env="HIVE_KEY",
                families=(kind,),
                retry=RetryConfig(max_retries=1, base_delay=0.01),
            )
            async with Runtime(models=[model]) as runtime:
                runtime.subscribe(seen.append)
                results = [await runtime.execute(task)]
                stream = runtime.stream(task)
                try:
                    async for _ in stream:
                        pass
                except ResilienceError:
                    pass
                results.append(stream.result)
                seen += results
                seen.append(runtime.snapshot())
        errors = [one.error for result in results for one in result.attempts if one.error]
        errors += [result.error for result in results if result.error]
        return "\n".join(map(repr, seen)), errors

    seen, errors = run(story())

    assert errors
    for secret in (key, SECRETS_OF_THE_CALLER[0], HEADER):
        assert found_in(seen, secret) is None
        assert found_in(logged(caplog.records), secret) is None
        for error in errors:
            assert found_in(f"{error} {error!r}", secret) is None
    for error in errors:
        for place, text in carried_by(error):
            assert found_in(text, key) is None, (place, text[:500])


def test_a_cancelled_call_leaves_no_key_in_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    key = KEYS["plain"]
    monkeypatch.setenv("HIVE_KEY", key)

    async def story() -> BaseException:
        from .. import faulty_server as faulty

        async with FaultyServer(faulty.hang) as server:
            executor = compatible(server.base_url)
            call = asyncio.ensure_future(executor.execute(Asked(PROMPT), Context()))
            await server.arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await call
            await executor.close()
            return caught.value

    for place, text in carried_by(run(story())):
        assert found_in(text, key) is None, (place, text)


def test_a_message_of_claude_that_quotes_a_key_is_struck(monkeypatch: pytest.MonkeyPatch) -> None:
    key = KEYS["backslashes"]
    monkeypatch.setenv("HIVE_KEY", key)
    error = named("error", error={"type": "overloaded_error", "message": f"no: {key}"})

    check(run(failures(anthropic, pour(MESSAGE_START, said("a"), error))), key)
