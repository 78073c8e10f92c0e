"""What is told of an executor's own errors: enough to find the mistake, and no secret."""

from __future__ import annotations

import logging

import pytest

from hive_resilience import Task
from hive_resilience.actors.execution.failure_log import QUIET, FailureLog
from hive_resilience.actors.policies.outcomes.foreign_text import described, report_of

from ...fleet_kit import NO_RETRY, fleet, model

PROMPT = 'a prompt with "quotes" and secrets'
KEY = "sk-live-1234567890"


def raised() -> BaseException:
    try:
        try:
            raise KeyError(PROMPT)
        except KeyError as error:
            error.add_note(f"it was asked {PROMPT} with {KEY}")
            local = f"{KEY} {PROMPT}"
            raise ValueError(f"no {PROMPT}: {local}") from error
    except ValueError as error:
        return error


def test_a_mistake_in_an_executor_is_told_in_the_result_with_its_cause() -> None:
    async def typo(task: Task) -> object:
        return task.promt  # type: ignore[attr-defined]

    with fleet(model("m", typo, retry=NO_RETRY)) as runtime:
        error = runtime.submit(Task("x")).result(10).error
    told = "no model answered: m: AttributeError: 'Task' object has no attribute 'promt'"
    assert str(error) == told
    assert error is not None
    assert isinstance(error.__cause__, AttributeError)


def test_the_log_has_a_traceback_once_a_minute_for_each_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = FailureLog()
    with caplog.at_level(logging.WARNING):
        for now in (0.0, 1.0, QUIET - 1, QUIET):
            log.note("m", raised(), {"prompt": PROMPT}, now)
        log.note("m", TypeError("x"), None, QUIET)
        log.note("n", raised(), None, QUIET)
    assert len(caplog.records) == 4
    first = caplog.records[0].getMessage()
    assert first.startswith("the executor of m failed\n")
    assert "test_failure_log.py" in first
    assert "which led to:" in first


@pytest.mark.parametrize("payload", [PROMPT, {"messages": [{"content": PROMPT}]}, ("x", PROMPT)])
def test_neither_prompt_nor_key_nor_local_variable_is_told(payload: object) -> None:
    told = report_of(raised(), payload) + described(raised(), payload)
    assert "ValueError: no [hidden]" in told
    assert PROMPT not in told
    assert repr(PROMPT)[1:-1] not in told
    assert KEY not in told
    assert "local" not in told


def test_a_text_ends_at_500_characters_and_has_no_control_characters() -> None:
    told = described(ValueError("\x1b[31mred\r\n" + "x" * 10_000))
    assert len(told) < 520
    assert "\x1b" not in told


def test_an_error_that_cannot_be_shown_is_its_class() -> None:
    class Shy(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert described(Shy()) == "Shy"
