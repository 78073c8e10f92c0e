"""Which kind of failure an error is, by its type and, where it has one, by its HTTP status.

Our own errors say it themselves, and so do groups, cancellations and known codes; the status goes
before the type, because clients derive their status errors from all sorts of classes.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from ....config.errors import ResilienceError
from . import errors as ours
from .codes import FAULT_OF_CODE, UNKNOWN_MODEL
from .fault import Fault
from .foreign import as_mapping, members_of
from .retry_after import Headers, stated_wait
from .waits import NOTHING_STATED, StatedWait, Unusable, stated_number, stated_text

_OURS: tuple[tuple[type[BaseException], Fault], ...] = (
    (ours.ModelLimitError, Fault.MODEL_LIMIT),
    (ours.InvalidRequestError, Fault.REQUEST),
    (ours.EmptyAnswerError, Fault.EMPTY_ANSWER),
    (ours.ContentRefusedError, Fault.CONTENT_REFUSED),
    (ours.ModelAuthenticationError, Fault.UNAUTHORIZED),
    (ours.RateLimitedError, Fault.RATE_LIMITED),
    (ours.ModelTimeoutError, Fault.TIMEOUT),
    (ours.StreamInterruptedError, Fault.FAILURE),
    (ours.AllModelsFailedError, Fault.FAILURE),
    (ours.AnswerRejectedError, Fault.FAILURE),
    (ours.CircuitBreakerError, Fault.NOT_ASKED),
    (ours.BulkheadFullError, Fault.NOT_ASKED),
    (ours.OverloadedError, Fault.NOT_ASKED),
    (ours.RetryBudgetError, Fault.NOT_ASKED),
    (ours.RuntimeClosedError, Fault.NOT_ASKED),
)
_BY_STATUS = {
    **dict.fromkeys((400, 422), Fault.REQUEST),
    **dict.fromkeys((401, 402, 403), Fault.UNAUTHORIZED),
    # 499: a proxy of the provider's took the end of its own call for ours.
    **dict.fromkeys((408, 409, 425, 499), Fault.TRANSIENT),
    413: Fault.MODEL_LIMIT,
    429: Fault.RATE_LIMITED,
    # These two say permanent; every other 5xx, also of proxies, may pass.
    **dict.fromkeys((501, 505), Fault.FAILURE),
}
# Classes that say more than their status: both are sent as 400.
_BY_EXACT_NAME = {
    "ContextWindowExceededError": Fault.MODEL_LIMIT,
    "ContentPolicyViolationError": Fault.CONTENT_REFUSED,
}
# What the usual clients raise, by name: importing them all to ask `isinstance` would be absurd.
_BY_NAME = {
    **dict.fromkeys(
        ("TimeoutError", "TimeoutException", "Timeout", "APITimeoutError"),
        Fault.TIMEOUT,
    ),
    **dict.fromkeys(("ReadTimeoutError", "ConnectTimeoutError"), Fault.TIMEOUT),
    **dict.fromkeys(("ConnectionError", "APIConnectionError", "NetworkError"), Fault.TRANSIENT),
    **dict.fromkeys(("RemoteProtocolError", "ProxyError", "gaierror"), Fault.TRANSIENT),
    **dict.fromkeys(("ClientConnectionError", "EndpointConnectionError"), Fault.TRANSIENT),
    **dict.fromkeys(("SSLEOFError", "SSLZeroReturnError", "EOFError"), Fault.TRANSIENT),
    # An answer that is none, such as the web page of a proxy at 200.
    **dict.fromkeys(("APIResponseValidationError", "ContentTypeError"), Fault.TRANSIENT),
    "ModelUnavailableError": Fault.TRANSIENT,
}
T = TypeVar("T")
_CONNECTION = {
    *(
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EPIPE,
        errno.ETIMEDOUT,
    ),
    *(
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETRESET,
        errno.ENETUNREACH,
    ),
}


def classify(error: BaseException) -> Fault:
    """The kind of failure that `error` is; never raises."""
    return _contained(lambda: _fault_of(error), Fault.FAILURE)


def fault_of_status(status: int) -> Fault:
    """What an HTTP status other than 2xx means by itself."""
    usual = Fault.TRANSIENT if 500 <= status <= 599 else Fault.FAILURE
    return _BY_STATUS.get(status, usual)


def is_lasting(error: BaseException, payload: object = None) -> bool:
    """Whether a `MODEL_LIMIT` holds for every request that leaves the model's name as it is.

    A payload that names a model itself may be what a client's error is about.
    """
    if isinstance(error, ours.ModelLimitError):
        return error.lasting
    named = _contained(lambda: "model" in (as_mapping(payload) or ()), True)
    return not named and not UNKNOWN_MODEL.isdisjoint(codes_of(error))


def status_of(error: BaseException) -> int | None:
    """The HTTP status that `error` carries, None where it has none."""
    return _contained(lambda: _read_status(error), None)


def codes_of(error: BaseException) -> tuple[str, ...]:
    """The constants that name `error`: codes and types, its body's too, and its `errno`'s name."""
    return _contained(lambda: _read_codes(error), ())


def retry_after_of(error: BaseException, wall_now: float | None = None) -> float | None:
    """Seconds that `error` asks to wait; None: it does not say. As `wait_stated_by`."""
    return wait_stated_by(error, wall_now).seconds


def wait_stated_by(error: BaseException, wall_now: float | None = None) -> StatedWait:
    """How long `error` asks to wait, by `.retry_after` or by headers, or why that is ignored.

    `wall_now` is seconds since 1970; without it a point in time says nothing.
    """
    return _contained(lambda: _read_wait(error, wall_now), NOTHING_STATED)


def _contained(read: Callable[[], T], unreadable: T) -> T:
    """What `read` finds: the fields of foreign errors may raise anything; judging must not."""
    try:
        return read()
    except Exception:
        return unreadable


def _fault_of(error: BaseException) -> Fault:
    if isinstance(error, ResilienceError):
        fault = _of_ours(error)
        if fault is not None:
            return fault
    members = members_of(error)
    if members is not None:
        return _common(members)
    if _is_cancellation(error):
        return Fault.CANCELLED
    if _tells_nothing_more(error):
        return _by_type(error)
    named = _BY_EXACT_NAME.get(type(error).__name__)
    return named or _by_code(error) or _by_status(error) or _by_type(error)


def _read_status(error: BaseException) -> int | None:
    response = _attribute(error, "response")
    for holder, name in (
        (error, "status_code"),
        (error, "status"),
        (error, "code"),
        (response, "status_code"),
        (response, "status"),
    ):
        found = _attribute(holder, name)
        if isinstance(found, int) and 100 <= found <= 599:
            return int(found)
    return None


def _read_codes(error: BaseException) -> tuple[str, ...]:
    found = [_attribute(error, "code"), _attribute(error, "type")]
    # Only fields, never a search in the text: an answer may quote what the user wrote.
    body = as_mapping(_attribute(error, "body"))
    for record in (body, body and as_mapping(body.get("error"))):
        if record is not None:
            found += (record.get("code"), record.get("type"))
    if isinstance(error, OSError) and error.errno is not None:
        found.append(errno.errorcode.get(error.errno))
    # Plain texts: a subclass may have a hash of its own.
    return tuple(str.__str__(code) for code in found if isinstance(code, str))


def _read_wait(error: BaseException, wall_now: float | None) -> StatedWait:
    if isinstance(error, ours.RetryExhaustedError):
        return wait_stated_by(error.last_error, wall_now)
    members = members_of(error)
    if members is not None:
        asked = [wait_stated_by(member, wall_now) for member in members]
        return max(asked, key=lambda one: -1.0 if one.seconds is None else one.seconds)
    told = _attribute(error, "retry_after")
    if isinstance(told, str):
        return stated_text(str.__str__(told), wall_now)
    if isinstance(told, int | float) and not isinstance(told, bool):
        return stated_number(told, wall_now)
    for holder in (_attribute(error, "response"), error):
        headers = _attribute(holder, "headers")
        if hasattr(headers, "items"):
            return stated_wait(cast(Headers, headers), wall_now)
    ignored = _attribute(error, "ignored_wait")
    return StatedWait(ignored=ignored) if isinstance(ignored, Unusable) else NOTHING_STATED


def _of_ours(error: ResilienceError) -> Fault | None:
    if isinstance(error, ours.RetryExhaustedError):
        return classify(error.last_error)
    return next((fault for kind, fault in _OURS if isinstance(error, kind)), None)


def _tells_nothing_more(error: BaseException) -> bool:
    """Whether it is one of Python's own, with nothing added: there is only its type to look at."""
    return type(error).__module__ == "builtins" and not error.__dict__


def _common(members: Sequence[BaseException]) -> Fault:
    """What all members of a task group's error are; a mixture is a plain failure."""
    faults = {classify(member) for member in members}
    return faults.pop() if len(faults) == 1 else Fault.FAILURE


def _is_cancellation(error: BaseException) -> bool:
    """Cancellations of every library, and the ends of a generator or a program."""
    return not isinstance(error, Exception) or type(error).__name__ == "CancelledError"


def _by_code(error: BaseException) -> Fault | None:
    return next((FAULT_OF_CODE[code] for code in codes_of(error) if code in FAULT_OF_CODE), None)


def _by_status(error: BaseException) -> Fault | None:
    status = status_of(error)
    # A good status says nothing about what was wrong with the answer.
    return None if status is None or 200 <= status <= 299 else fault_of_status(status)


def _by_type(error: BaseException) -> Fault:
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_NAME:
            return _BY_NAME[kind.__name__]
    connection = isinstance(error, OSError) and error.errno in _CONNECTION
    return Fault.TRANSIENT if connection else Fault.FAILURE


def _attribute(holder: object, name: str) -> object:
    try:
        return getattr(holder, name, None)
    except Exception:  # a property of a foreign error may raise anything; judging it must not
        return None
