"""Over real sockets: how long a model is left alone, and whose limit it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from hive_resilience import ModelConfig, Task
from hive_resilience.errors import InvalidRequestError, ModelLimitError
from hive_resilience.events import AlertRaised, WaitCut, WaitIgnored
from tests.fleet_kit import fleet, outcomes
from tests.runtime.executors.faulty_server import (
    Behaviour,
    FaultyServer,
    answer,
    run,
)

from .moving_kit import CHAT, FINE, MORE, RETRY_ONCE, ask, read, world

HOUR = 3600.0


def later(seconds: float, unit: float = 1.0) -> str:
    return str(int((time.time() + seconds) * unit))


@pytest.mark.parametrize(
    ("header", "at_most", "at_least"),
    [
        (lambda: "31000000", HOUR, HOUR - 20),
        (lambda: "99999999999999", HOUR, HOUR - 20),
        (lambda: later(100), 101, 80),
        (lambda: later(100, 1000), 101, 80),
        (lambda: later(-100), 0, 0),
        (lambda: "90", 90, 70),
        (lambda: "-5", 0, 0),
        (lambda: "nan", 0, 0),
        (lambda: "soon", 0, 0),
    ],
    ids=["year", "far", "point", "ms", "past", "span", "negative", "nan", "unreadable"],
)
def test_a_429_parks_a_model_as_long_as_it_says_within_an_hour(
    header: Any, at_most: float, at_least: float
) -> None:
    async def story() -> tuple[float, bool, bool]:
        busy = answer(429, {"error": {"message": "slow down"}}, {"Retry-After": header()})
        async with world((busy, FINE)) as runtime:
            await runtime.execute(Task(CHAT))
            handle = runtime.model("m0")
            parked = handle.snapshot().breaker.parked_for
            before = (await runtime.execute(Task(CHAT))).success
            handle.reset()
            return parked, before, (await runtime.execute(Task(CHAT))).success

    parked, before, after = run(story())
    assert at_least <= parked <= at_most
    assert before is (at_most == 0)
    assert after


@pytest.mark.parametrize(
    ("header", "reason"), [("-5", "negative"), ("inf", "not_finite"), ("soon", "unreadable")]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_cannot_be_used_is_told(header: str, reason: str, status: int) -> None:
    async def story() -> list[Any]:
        busy = answer(status, {"error": {"message": "slow"}}, {"Retry-After": header})
        heard: list[Any] = []
        async with world((busy,)) as runtime:
            runtime.subscribe(heard.append, WaitIgnored)
            await runtime.execute(Task(CHAT))
        return heard

    assert [(event.model_id, event.reason) for event in run(story())] == [("m0", reason)]


def error(message: str, code: str | None = None) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


TOO_LONG = answer(400, error("maximum context length is 8192 tokens", "context_length_exceeded"))
LIMITS = {
    "context length": TOO_LONG,
    "too large": answer(413, b""),
    "too large for a minute": answer(
        413, error("Limit 6000, Requested 9000", "rate_limit_exceeded")
    ),
    "parameter": answer(400, error("Unsupported parameter: 'max_tokens'", "unsupported_parameter")),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_limit_of_the_model_moves_on_and_counts_nowhere(limit: Behaviour) -> None:
    async def story() -> tuple[list[Any], Any]:
        async with world((limit,), (FINE,), **RETRY_ONCE) as runtime:
            found = [outcomes(await runtime.execute(Task(CHAT))) for _ in range(6)]
            return found, runtime.model("m0").snapshot().breaker

    found, breaker = run(story())
    assert found == [[("m0", "failure"), ("m1", "success")]] * 6
    assert (breaker.state, breaker.calls, breaker.parked_for) == ("closed", 0, 0.0)


def test_a_stream_that_the_model_cannot_take_moves_on() -> None:
    text, found = read((TOO_LONG,), (MORE,))

    assert (text, found.model_used) == ("more", "m1")
    assert isinstance(found.attempts[0].error, ModelLimitError)


def test_if_no_model_can_take_the_request_the_error_is_that_of_the_first() -> None:
    found = ask((TOO_LONG,), (LIMITS["parameter"],))

    assert found.error is found.attempts[0].error
    assert isinstance(found.error, InvalidRequestError)
    assert "8192" in str(found.error)


UNKNOWN = answer(404, error("The model `tiny` does not exist", "model_not_found"))


def parked_by(payload: Mapping[str, object], **options: Any) -> tuple[float, list[str]]:
    """Seconds that an unknown model is parked for, and the alerts for it."""

    async def story() -> tuple[float, list[str]]:
        heard: list[Any] = []
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(FaultyServer(UNKNOWN))
            one = ModelConfig(id="m0", endpoint=server.base_url, model="tiny", **options)
            settings = {"drain_timeout": 0.1, "degraded_mode_threshold": 0}
            runtime = await stack.enter_async_context(fleet(one, **settings))
            runtime.subscribe(heard.append, AlertRaised)
            await runtime.execute(Task(payload))
            parked = runtime.model("m0").snapshot().breaker.parked_for
        return parked, [event.condition for event in heard if event.model_id]

    return run(story())


def test_a_model_that_the_server_does_not_have_is_left_alone() -> None:
    parked, alerts = parked_by({**CHAT, "model": "another"})

    assert HOUR - 20 <= parked <= HOUR
    assert alerts == ["model_unknown"]


def test_a_name_that_a_payload_may_choose_is_its_own_affair() -> None:
    assert parked_by({**CHAT, "model": "another"}, model_from_payload=True) == (0.0, [])
    assert parked_by(CHAT, model_from_payload=True)[1] == ["model_unknown"]


def test_a_wait_that_was_cut_is_told_and_ends_with_a_passed_probe() -> None:
    async def story() -> tuple[bool, list[Any]]:
        busy = answer(429, {"error": {"message": "slow"}}, {"Retry-After": "31000000"})
        heard: list[Any] = []
        async with world((busy, answer(200, {"data": []}), FINE)) as runtime:
            runtime.subscribe(heard.append, WaitCut)
            await runtime.execute(Task(CHAT))
            await runtime.model("m0").check_health()
            found = await runtime.execute(Task(CHAT))
        return found.success, heard

    success, heard = run(story())
    assert success
    assert [(event.model_id, event.asked, event.seconds) for event in heard] == [("m0", 31e6, HOUR)]
