"""Texts of others that are no settings file: headers, and lines of tasks. Refused soon, by us."""

from __future__ import annotations

import time
from contextlib import suppress

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hive_resilience.actors.policies.limits.rate_headers import parse_limits
from hive_resilience.actors.policies.outcomes.retry_after import stated_wait
from hive_resilience.config import ModelConfig
from hive_resilience.errors import InvalidRequestError
from hive_resilience.runtime.lines.task_line import InvalidLineError, read_prompt, read_task

ENOUGH = 5.0
FUZZED = settings(max_examples=60, deadline=None)
LONG = ["1" + " " * 100_000 + "x", "9" * 100_000, "1h" * 50_000, " " * 100_000, "-" * 100_000]
VALUES = st.text(max_size=30) | st.sampled_from(
    ["Wed, 99 Foo 2026 99:99:99 GMT", "1e999", "nan", "-1", "٣", "6m0s", "1h2m", "0x1"]
)


@FUZZED
@given(st.dictionaries(st.sampled_from(
    ["retry-after", "retry-after-ms", "date", "x-ratelimit-limit-requests",
     "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"]
), VALUES))  # fmt: skip
def test_any_header_is_read_or_passed_over(headers: dict[str, str]) -> None:
    stated_wait(headers, 1.7e9)
    parse_limits(headers, 1.7e9)


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_a_long_header_is_passed_over_soon(text: str) -> None:
    began = time.process_time()
    stated_wait({"retry-after": text, "date": text}, 1.7e9)
    parse_limits({"x-ratelimit-reset-tokens": text, "x-ratelimit-limit-tokens": text}, 1.7e9)

    assert time.process_time() - began < ENOUGH


@FUZZED
@given(st.binary(max_size=40) | st.dictionaries(
    st.sampled_from(["payload", "id", "timeout", "priority", "plan", "metadata", "prompt", "x"]),
    st.none() | st.booleans() | st.integers(-2**63, 2**64 - 1) | st.text(max_size=6)
    | st.dictionaries(st.sampled_from(["primary", "weights", "fallbacks", "strategy", "timeout"]),
                      st.none() | st.text(max_size=4) | st.integers(0, 9)),
).map(orjson.dumps))  # fmt: skip
@example(b"[" * 100_000)
@example(b'{"payload": 1, "timeout": "1' + b" " * 100_000 + b'x"}')
@example(b'{"' + b"payload" * 100_000 + b'": 1}')
@example(b"{" + b",".join(b'"k%d": 1' % n for n in range(100_000)) + b"}")
@example(b'{"payload": 1, "timeout": 1' + b"0" * 5_000 + b"}")
def test_any_line_is_a_task_or_refused_as_a_line(line: bytes) -> None:
    began = time.process_time()
    for read in (read_task, read_prompt):
        with suppress(InvalidLineError):
            read(line)

    assert time.process_time() - began < ENOUGH


@FUZZED
@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9) | st.dictionaries(
    st.sampled_from(["env", "file", "x"]), st.text(max_size=9))))  # fmt: skip
@example({"a" * 1_000_000: "b"})
@example({"a": "b" * 1_000_000})
@example({"a": {"file": "\0"}})
def test_any_headers_of_a_model_are_settings_or_a_validation_error(headers: object) -> None:
    began = time.process_time()
    with suppress(ValueError, InvalidRequestError):
        ModelConfig.model_validate({"id": "m", "headers": headers})

    assert time.process_time() - began < ENOUGH
