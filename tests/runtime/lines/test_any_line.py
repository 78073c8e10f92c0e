# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
"""Whatever stands in a line of tasks or in a header is read soon, or refused by our own error."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hive_resilience.actors.policies.limits.rate_headers import parse_limits
from hive_resilience.actors.policies.outcomes.retry_after import parse_retry_after, stated_wait
from hive_resilience.errors import ResilienceError
from hive_resilience.runtime.executors.http.api_key import ApiKey
from hive_resilience.runtime.lines.task_line import read_prompt, read_task

ENOUGH = 1.0
"""Seconds of this process: far more than any of these takes."""
MB = 1_000_000
PIECES = (
    *("{", "}", "[", "]", '"', ":", ",", "null", "true", "1", "-", ".", "e", "9" * 40, "NaN", "\\"),
    *("\\u00", "\ud800", "é", " ", "\t", "\x00", '"payload"', '"id"', '"plan"', '"timeout"', "1s"),
    *('{"payload": "x", ', '"plan": {"primary": ', '"priority": "high"', "Mon, ", "GMT", "2026-11"),
)
BOUNDS = (
    "1" + " " * 100_000 + "x",
    "9" * 100_000,
    "[" * MB,
    '{"payload":' * 100_000,
    '{"payload": "x", "' + "k" * MB + '": 1}',
    '{"payload": "' + "\\u0041" * 200_000 + '"}',
    '{"payload": 1e' + "9" * 100_000 + "}",
    '{"payload": "x", "timeout": "1' + " " * 100_000 + 'x"}',
    '{"payload": "x", "plan": {"primary": "a", "weights": {' + '"a": 1,' * 100_000 + '"a": 1}}}',
    "1h" * 100_000,
    "Mon, " * 100_000,
    "-" * 100_000,
    "0." + "0" * 100_000 + "1",
)


def texts() -> list[str]:
    chance = random.Random(7)
    made = ["".join(chance.choices(PIECES, k=chance.randrange(12))) for _ in range(2_000)]
    return [*BOUNDS, *made]


def soon(read: Callable[[str], object], text: str) -> None:
    began = time.process_time()
    with suppress(ResilienceError):
        read(text)
    assert time.process_time() - began < ENOUGH, text[:50]


def as_bytes(read: Callable[[bytes], object]) -> Callable[[str], object]:
    return lambda text: read(text.encode("utf-8", "surrogatepass"))


def limits(text: str) -> object:
    names = ("x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset", "ratelimit-reset")
    headers = {name: text for name in names} | {"x-ratelimit-limit-requests": text}
    return parse_limits(headers, 1e9)


@pytest.mark.parametrize(
    "read",
    [
        as_bytes(read_task),
        as_bytes(read_prompt),
        lambda text: parse_retry_after({"retry-after": text}, 1e9),
        lambda text: stated_wait({"retry-after-ms": text, "Retry-After": text}, 1e9),
        limits,
    ],
    ids=["task", "prompt", "retry-after", "retry-after-ms", "limits"],
)
def test_any_text_is_read_soon_or_refused_by_an_error_of_ours(
    read: Callable[[str], object],
) -> None:
    for text in texts():
        soon(read, text)


def test_any_file_of_a_key_is_read_soon_or_refused_by_an_error_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "key"
    for text in (*BOUNDS, *texts()[:300]):
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        soon(lambda _: ApiKey(None, str(file)).read("m"), text)


def test_a_file_of_a_key_that_is_none_is_refused_by_an_error_of_ours(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", Path("/dev/zero")):
        soon(lambda _, path=path: ApiKey(None, str(path)).read("m"), str(path))  # type: ignore[misc]
