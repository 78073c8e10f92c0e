"""Which kind of failure an error is."""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import socket

import httpx2
import pytest

from hive_resilience.actors.policies.outcomes import errors
from hive_resilience.actors.policies.outcomes.classify import classify, is_lasting, retry_after_of
from hive_resilience.actors.policies.outcomes.fault import Fault

from .foreign_kit import ForeignError


class Record:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


class HostileError(Exception):
    @property
    def response(self) -> object:
        raise RuntimeError("the request has not been sent")


def named(name: str, *bases: type[Exception]) -> Exception:
    error: Exception = type(name, bases or (Exception,), {})()
    return error


BY_STATUS = {
    Fault.REQUEST: (400, 422),
    Fault.MODEL_LIMIT: (413,),
    Fault.UNAUTHORIZED: (401, 402, 403),
    Fault.TRANSIENT: (
        *(408, 409, 425, 499, 500, 502, 503, 504, 506, 507, 508, 509, 511),
        *(520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 599),
    ),
    Fault.RATE_LIMITED: (429,),
    Fault.FAILURE: (100, 200, 302, 404, 405, 410, 418, 501, 505),
}


@pytest.mark.parametrize(
    ("status", "fault"),
    [(status, fault) for fault, statuses in BY_STATUS.items() for status in statuses],
)
@pytest.mark.parametrize("place", ["status_code", "status", "code", "response", "answer"])
def test_an_http_status_decides_wherever_the_client_puts_it(
    status: int, fault: Fault, place: str
) -> None:
    nested: dict[str, dict[str, object]] = {
        "response": {"response": Record(status_code=status)},
        "answer": {"response": Record(status=status)},
    }
    fields = nested.get(place, {place: status})

    assert classify(ForeignError(**fields)) is fault


OURS = [
    (errors.InvalidRequestError("x"), Fault.REQUEST),
    (errors.InvalidRequestError("x", status=503), Fault.REQUEST),
    (errors.ModelLimitError("x"), Fault.MODEL_LIMIT),
    (errors.ModelLimitError("x", status=404, lasting=True), Fault.MODEL_LIMIT),
    (errors.EmptyAnswerError("x"), Fault.EMPTY_ANSWER),
    (errors.AnswerRejectedError("x"), Fault.FAILURE),
    (errors.ContentRefusedError("x"), Fault.CONTENT_REFUSED),
    (errors.ModelAuthenticationError("x"), Fault.UNAUTHORIZED),
    (errors.ModelAuthenticationError("x", status=429), Fault.UNAUTHORIZED),
    (errors.ModelUnavailableError("x"), Fault.TRANSIENT),
    (errors.ModelUnavailableError("x", status=503), Fault.TRANSIENT),
    (errors.ModelUnavailableError("x", status=404), Fault.FAILURE),
    (errors.ModelUnavailableError("x", status=520), Fault.TRANSIENT),
    (errors.ModelUnavailableError("x", status=501), Fault.FAILURE),
    (errors.ModelUnavailableError("a web page", status=200), Fault.TRANSIENT),
    (errors.RateLimitedError("x"), Fault.RATE_LIMITED),
    (errors.ModelTimeoutError("x", kind="attempt", limit=1.0), Fault.TIMEOUT),
    (errors.StreamInterruptedError("x"), Fault.FAILURE),
    (errors.AllModelsFailedError("x"), Fault.FAILURE),
    (errors.CircuitBreakerError("x", state="open", retry_after=1.0), Fault.NOT_ASKED),
    (errors.BulkheadFullError("x", limit=1, waiting=0), Fault.NOT_ASKED),
    (errors.OverloadedError("x"), Fault.NOT_ASKED),
    (errors.RuntimeClosedError("x"), Fault.NOT_ASKED),
]


@pytest.mark.parametrize(("error", "fault"), OURS)
def test_our_own_errors_say_what_they_are(error: Exception, fault: Fault) -> None:
    assert classify(error) is fault


def test_an_error_retried_to_the_end_is_what_its_last_error_was() -> None:
    last = errors.RateLimitedError("busy", retry_after=7)
    error = errors.RetryExhaustedError("x", max_retries=3, last_error=last)

    assert classify(error) is Fault.RATE_LIMITED
    assert retry_after_of(error) == 7


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        concurrent.futures.CancelledError(),
        GeneratorExit(),
        KeyboardInterrupt(),
        named("CancelledError"),
    ],
)
def test_cancellations_and_ends_are_the_callers_wish(error: BaseException) -> None:
    assert classify(error) is Fault.CANCELLED


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TimeoutError(), Fault.TIMEOUT),
        (OSError(errno.ETIMEDOUT, "slow"), Fault.TIMEOUT),
        (httpx2.ReadTimeout("slow"), Fault.TIMEOUT),
        (named("Timeout", OSError), Fault.TIMEOUT),
        (named("APITimeoutError", type("APIConnectionError", (Exception,), {})), Fault.TIMEOUT),
        (ConnectionError(), Fault.TRANSIENT),
        (ConnectionResetError(), Fault.TRANSIENT),
        (BrokenPipeError(), Fault.TRANSIENT),
        (OSError(errno.EHOSTUNREACH, "no route"), Fault.TRANSIENT),
        (OSError(errno.ENETUNREACH, "no network"), Fault.TRANSIENT),
        (socket.gaierror(socket.EAI_AGAIN, "no name"), Fault.TRANSIENT),
        (httpx2.ConnectError("refused"), Fault.TRANSIENT),
        (httpx2.RemoteProtocolError("half an answer"), Fault.TRANSIENT),
        (asyncio.IncompleteReadError(b"", 1), Fault.TRANSIENT),
        (OSError(errno.ENOSPC, "disk full"), Fault.FAILURE),
        (OSError("without a number"), Fault.FAILURE),
        (FileNotFoundError(errno.ENOENT, "x"), Fault.FAILURE),
        (httpx2.UnsupportedProtocol("gopher"), Fault.FAILURE),
        (ValueError("x"), Fault.FAILURE),
        (ForeignError(), Fault.FAILURE),
        (HostileError(), Fault.FAILURE),
    ],
)
def test_without_a_status_the_type_decides(error: Exception, fault: Fault) -> None:
    assert classify(error) is fault


def test_the_error_of_a_real_client_is_read() -> None:
    response = httpx2.Response(
        429, headers={"Retry-After": "3"}, request=httpx2.Request("GET", "http://model")
    )
    error = httpx2.HTTPStatusError("busy", request=response.request, response=response)

    assert classify(error) is Fault.RATE_LIMITED
    assert retry_after_of(error) == 3


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"status_code": 429, "code": "insufficient_quota"}, Fault.UNAUTHORIZED),
        ({"status_code": 429, "type": "insufficient_quota"}, Fault.UNAUTHORIZED),
        ({"status_code": 429, "body": {"code": "insufficient_quota"}}, Fault.UNAUTHORIZED),
        (
            {"status_code": 429, "body": {"error": {"type": "insufficient_quota"}}},
            Fault.UNAUTHORIZED,
        ),
        ({"code": "context_length_exceeded"}, Fault.MODEL_LIMIT),
        ({"status_code": 400, "code": "unsupported_parameter"}, Fault.MODEL_LIMIT),
        ({"status_code": 404, "code": "model_not_found"}, Fault.MODEL_LIMIT),
        ({"status_code": 403, "code": "model_not_found"}, Fault.MODEL_LIMIT),
        ({"status_code": 413, "code": "rate_limit_exceeded"}, Fault.MODEL_LIMIT),
        ({"status_code": 400, "body": {"type": "request_too_large"}}, Fault.MODEL_LIMIT),
        ({"status_code": 400, "body": {"message": "model_not_found"}}, Fault.REQUEST),
        ({"status_code": 400, "code": "content_filter"}, Fault.CONTENT_REFUSED),
        ({"status_code": 429, "code": "rate_limit_exceeded"}, Fault.RATE_LIMITED),
        ({"status_code": 429, "body": "insufficient_quota"}, Fault.RATE_LIMITED),
        ({"status_code": 400, "body": {"message": "insufficient_quota"}}, Fault.REQUEST),
        ({"status_code": 503, "body": {"error": None}}, Fault.TRANSIENT),
    ],
)
def test_a_known_code_says_more_than_the_status_and_quoted_text_says_nothing(
    fields: dict[str, object], fault: Fault
) -> None:
    assert classify(ForeignError(**fields)) is fault


@pytest.mark.parametrize(
    ("name", "status", "fault"),
    [
        ("ContextWindowExceededError", 400, Fault.MODEL_LIMIT),
        ("ContentPolicyViolationError", 400, Fault.CONTENT_REFUSED),
        ("BadRequestError", 400, Fault.REQUEST),
        ("APIResponseValidationError", 200, Fault.TRANSIENT),
        ("ContentTypeError", 200, Fault.TRANSIENT),
        ("StreamError", 200, Fault.FAILURE),
    ],
)
def test_a_class_that_says_more_than_its_status_is_known_by_its_name(
    name: str, status: int, fault: Fault
) -> None:
    error = named(name)
    error.status_code = status  # type: ignore[attr-defined]

    assert classify(error) is fault


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (errors.ModelLimitError("too long"), False),
        (errors.ModelLimitError("no such model", lasting=True), True),
        (ForeignError(status_code=404, code="model_not_found"), True),
        (ForeignError(status_code=404, body={"error": {"code": "model_not_found"}}), True),
        (ForeignError(status_code=400, code="context_length_exceeded"), False),
        (ForeignError(status_code=413), False),
    ],
)
def test_a_limit_lasts_where_the_server_does_not_have_the_model(
    error: Exception, lasting: bool
) -> None:
    assert is_lasting(error) is lasting


def test_a_group_is_what_all_its_members_are() -> None:
    alike = ExceptionGroup("two", [ConnectionError(), ForeignError(status=503)])
    # Neither is a plain failure, so that no order of a set can give the right answer by chance.
    mixed = ExceptionGroup("two", [ConnectionError(), TimeoutError()])
    ended = BaseExceptionGroup("one", [asyncio.CancelledError()])

    assert classify(alike) is Fault.TRANSIENT
    assert classify(ExceptionGroup("deep", [alike])) is Fault.TRANSIENT
    assert classify(mixed) is Fault.FAILURE
    assert classify(ended) is Fault.CANCELLED
