"""Every code, name and system error that says which kind of failure an error is."""

from __future__ import annotations

import errno

import pytest

from hive_resilience.actors.policies.outcomes.classify import classify
from hive_resilience.actors.policies.outcomes.fault import Fault

CODES = {
    "insufficient_quota": Fault.UNAUTHORIZED,
    "billing_hard_limit_reached": Fault.UNAUTHORIZED,
    "billing_not_active": Fault.UNAUTHORIZED,
    **dict.fromkeys(
        (
            *("context_length_exceeded", "string_above_max_length"),
            *("request_too_large", "tokens_limit_reached"),
            *("unsupported_parameter", "unsupported_value", "unknown_parameter"),
            *("model_not_found", "model_not_available", "model_decommissioned"),
            *("unknown_model", "unavailable_model", "DeploymentNotFound"),
        ),
        Fault.MODEL_LIMIT,
    ),
    "content_policy_violation": Fault.CONTENT_REFUSED,
    "content_filter": Fault.CONTENT_REFUSED,
}

NAMES = {
    Fault.TIMEOUT: (
        *("TimeoutError", "TimeoutException", "Timeout", "APITimeoutError"),
        *("ReadTimeoutError", "ConnectTimeoutError"),
    ),
    Fault.TRANSIENT: (
        *("ConnectionError", "APIConnectionError", "NetworkError"),
        *("RemoteProtocolError", "ProxyError", "gaierror"),
        *("ClientConnectionError", "EndpointConnectionError"),
        *("SSLEOFError", "SSLZeroReturnError", "EOFError", "ModelUnavailableError"),
    ),
}

SYSTEM_ERRORS = (
    *("ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"),
    *("EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETRESET", "ENETUNREACH"),
)


class CodedError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.status, self.code = 429, code


class ForeignSystemError(OSError):
    """Python picks a class for the number of a plain `OSError`, never for that of this one."""


@pytest.mark.parametrize(("code", "fault"), CODES.items())
def test_a_known_code_goes_before_the_status(code: str, fault: Fault) -> None:
    assert classify(CodedError(code)) is fault


@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for fault, names in NAMES.items() for name in names]
)
def test_what_clients_raise_is_known_by_its_name(name: str, fault: Fault) -> None:
    error = type(name, (Exception,), {})()
    assert classify(error) is fault


@pytest.mark.parametrize("name", SYSTEM_ERRORS)
def test_a_broken_connection_is_known_by_its_number(name: str) -> None:
    assert classify(ForeignSystemError(getattr(errno, name), "x")) is Fault.TRANSIENT
