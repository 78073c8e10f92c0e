"""Whether a failed call may have reached its model."""

from __future__ import annotations

import socket

import pytest

from hive_resilience.actors.policies.outcomes.reached import may_have_reached
from hive_resilience.errors import (
    BulkheadFullError,
    CircuitBreakerError,
    ModelTimeoutError,
    RateLimitedError,
    RetryBudgetError,
)


class ConnectError(Exception):
    """As httpx calls it."""


class ConnectTimeout(Exception):
    """As httpx calls it."""


class ClientConnectorError(OSError):
    """As aiohttp calls it."""


class Certificate(ClientConnectorError):
    """A client's own kind of it."""


class Told(Exception):
    """Says itself whether it has reached the model."""

    def __init__(self, reached: object) -> None:
        super().__init__(f"reached: {reached}")
        self.reached = reached


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        socket.gaierror(),
        ConnectError(),
        ConnectTimeout(),
        ClientConnectorError(),
        Certificate(),
        Told(False),
        CircuitBreakerError(state="open", retry_after=None, model_id="m"),
        BulkheadFullError("full", limit=1, waiting=0),
        RetryBudgetError("no budget"),
        caused(RuntimeError("of an adapter"), ConnectError()),
        caused(RuntimeError("a"), caused(RuntimeError("b"), Told(False))),
    ],
    ids=lambda error: f"{type(error).__name__} {error}",
)
def test_what_never_had_a_connection_or_was_never_asked_has_not(error: BaseException) -> None:
    assert may_have_reached(error) is False


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        BrokenPipeError(),
        TimeoutError(),
        RuntimeError(),
        ModelTimeoutError("late", kind="attempt", limit=1.0),
        Told(True),
        Told(None),
        Told(0),
        RateLimitedError("busy"),
        caused(RuntimeError("of an adapter"), ConnectionResetError()),
    ],
    ids=lambda error: f"{type(error).__name__} {error}",
)
def test_everything_else_may_have(error: BaseException) -> None:
    assert may_have_reached(error) is True
