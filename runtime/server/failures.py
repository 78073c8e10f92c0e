"""What a caller over HTTP is told of a failure: a status, a code, whether to try again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import NamedTuple, TypeGuard

from ...actors.policies.outcomes.attempt import AttemptRecord
from ...actors.policies.outcomes.errors import (
    AllModelsFailedError,
    BulkheadFullError,
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    OverloadedError,
    RateLimitedError,
    RuntimeClosedError,
    StreamInterruptedError,
    UnsupportedTaskError,
)
from ...config.errors import ErrorAnswer, ResilienceError

LONGEST_RETRY_AFTER = 60.0
"""Seconds; some clients sleep as long as they are told."""
_VERBATIM = frozenset({400, 404, 413, 422})
"""Statuses of a provider about the request itself; programs match on the words of these answers."""
_PLACE = re.compile(r" \(https?://[^\s()]*\)")
"""How the texts of errors tell the address of a model."""
OVERLOADED = 529
"""The status by which a provider says that it has too much to do."""
_LIMITED = (RateLimitedError, BulkheadFullError, OverloadedError)
_OVERLOADED = (BulkheadFullError, OverloadedError)


class Failure(NamedTuple):
    """Why a request has no good answer.

    `retry_after`: seconds until another try makes sense. `should_retry`: what `x-should-retry`
    says; None: the client decides by the status. `answer`: the provider's own words, to be passed
    on. `overloaded`: too much at once, which Anthropic has a status of its own for.
    """

    status: int
    code: str
    message: str
    retry_after: float | None = None
    should_retry: bool | None = None
    answer: ErrorAnswer | None = None
    overloaded: bool = False
    param: str | None = None
    closes: bool = False
    """Whether the connection cannot be used again: its request was not read to the end."""
    allow: tuple[str, ...] = ()
    """The methods that a path takes, where the request has another one."""
    problems: tuple[Mapping[str, object], ...] = ()
    """Mistakes in settings, each with its place."""


class Refused(Exception):
    """The server refuses a request by itself."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure: Failure = failure


def refused(
    status: int,
    code: str,
    message: str,
    *,
    retry_after: float | None = None,
    param: str | None = None,
    closes: bool = False,
) -> Refused:
    """A refusal of the server's own; a wrong request is not to be sent again."""
    again = None if retry_after is not None else False
    return Refused(Failure(status, code, message, retry_after, again, param=param, closes=closes))


def failure_of(error: BaseException) -> Failure:
    """What the error of a task is over HTTP; where the models are is no business of its caller.

    >>> failure_of(ModelTimeoutError("too late", kind="task", limit=1.0)).status
    504
    """
    failure = _failure_of(error)
    return failure._replace(message=without_place(failure.message))


def without_place(text: str) -> str:
    """The text of an error without the address of a model.

    >>> without_place("m answered 500 (http://10.0.0.7:8000/v1/chat/completions)")
    'm answered 500'
    """
    return _PLACE.sub("", text)


def _failure_of(error: BaseException) -> Failure:
    match error:
        case UnsupportedTaskError():
            return Failure(404, "model_not_found", str(error), None, False)
        case InvalidRequestError():
            return _of_the_request(error)
        case ContentRefusedError():
            return _with_answer(error, Failure(400, "content_refused", str(error), None, False))
        case AllModelsFailedError():
            return _of_all(error)
        case ModelTimeoutError():
            return Failure(504, "timeout", str(error), None, False)
        case ModelAuthenticationError():
            return _of_the_account(str(error))
        case StreamInterruptedError():
            return Failure(502, error.code, str(error))
        case RuntimeClosedError():
            return Failure(503, error.code, str(error), 1.0)
        case ResilienceError():
            return _of_attempts([error], str(error), _wait(error))
        case _:
            return Failure(500, "internal_error", "the server failed; its log says more")


def retry_headers(failure: Failure) -> list[tuple[bytes, bytes]]:
    """`retry-after` in whole seconds, a minute at most, `x-should-retry`, and `allow`."""
    told: list[tuple[bytes, bytes]] = []
    if failure.allow:
        told.append((b"allow", ", ".join(failure.allow).encode()))
    if failure.retry_after is not None:
        seconds = ceil(min(max(failure.retry_after, 1.0), LONGEST_RETRY_AFTER))
        told.append((b"retry-after", str(seconds).encode()))
    if failure.should_retry is not None:
        told.append((b"x-should-retry", b"true" if failure.should_retry else b"false"))
    return told


def _of_the_request(error: InvalidRequestError) -> Failure:
    own = Failure(error.status or 400, error.code, str(error), None, False)
    if own.status not in _VERBATIM:
        own = own._replace(status=400)
    return _with_answer(error, own)


def _with_answer(error: ResilienceError, failure: Failure) -> Failure:
    answer = error.answer
    if answer is None or not answer.body or answer.status not in _VERBATIM:
        return failure
    return failure._replace(status=answer.status, answer=answer)


def _of_all(error: AllModelsFailedError) -> Failure:
    tried = last_errors(error.attempts)
    if not tried:
        return Failure(503, error.code, str(error), error.retry_after, False)
    return _of_attempts(tried, str(error), error.retry_after)


def last_errors(attempts: Sequence[AttemptRecord]) -> list[BaseException]:
    """What came of each model in the end."""
    found = {record.model_id: record.error for record in attempts}
    return [error for error in found.values() if error is not None]


def _of_attempts(errors: Sequence[BaseException], told: str, wait: float | None) -> Failure:
    if all(isinstance(error, ModelAuthenticationError) for error in errors):
        return _of_the_account(told)
    answers = [_answer_of(error) for error in errors]
    about_it = [answer for answer in answers if _is_about_the_request(answer)]
    if errors and len(about_it) == len(errors):
        last = about_it[-1]
        return Failure(last.status, "invalid_request", told, None, False, answer=last)
    final = not any(getattr(error, "recoverable", True) for error in errors)
    hopeless = final or (wait is not None and wait > LONGEST_RETRY_AFTER)
    again = False if hopeless else None
    overloaded = all(
        isinstance(error, _OVERLOADED) or (answer is not None and answer.status == OVERLOADED)
        for error, answer in zip(errors, answers, strict=True)
    )
    if all(isinstance(error, _LIMITED) for error in errors):
        return Failure(429, "rate_limited", told, wait or 1.0, again, overloaded=overloaded)
    return Failure(503, "all_models_failed", told, wait, again, overloaded=overloaded)


def _answer_of(error: BaseException) -> ErrorAnswer | None:
    return error.answer if isinstance(error, ResilienceError) else None


def _is_about_the_request(answer: ErrorAnswer | None) -> TypeGuard[ErrorAnswer]:
    """Whether a server has said so itself; the page of another one says nothing of a model."""
    return answer is not None and answer.status in _VERBATIM and answer.body.lstrip()[:1] == b"{"


def _of_the_account(told: str) -> Failure:
    return Failure(502, "upstream_authentication", told, None, False)


def _wait(error: BaseException) -> float | None:
    found = getattr(error, "retry_after", None)
    return found if isinstance(found, int | float) else None
