"""Answers and errors on their way out of a worker process."""

from __future__ import annotations

import pickle
from traceback import format_exception
from typing import Any

from ....actors.policies.outcomes.classify import classify, is_lasting, retry_after_of
from ....actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelLimitError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from ....actors.policies.outcomes.fault import Fault
from ....config.errors import ErrorAnswer


def pack_answer(value: object) -> bytes:
    """The value, or an error that says why it cannot be sent."""
    try:
        return pickle.dumps((value, None, "", None))
    except Exception as error:
        return pack_error(
            TypeError(
                f"the executor answered with {type(value).__qualname__}, which cannot be sent "
                f"from its worker process: {error}"
            )
        )


def pack_error(error: BaseException) -> bytes:
    """The error with its traceback, or one that means the same where it cannot be sent."""
    text = "".join(format_exception(error))
    told = error if _survives(error) else _substitute(error)
    return pickle.dumps((None, told, text, _answer_of(error)))


def unpack(parcel: bytes) -> Any:
    """The value; raises the error that came in its place."""
    try:
        value, error, text, answer = pickle.loads(parcel)
    except Exception as failed:
        raise TypeError(
            f"the answer of the worker process cannot be read here: {failed!r}"
        ) from failed
    if error is None:
        return value
    if answer is not None:
        error.answer = ErrorAnswer(*answer)
    error.add_note(f"In the worker process:\n{text}")
    raise error


def _answer_of(error: BaseException) -> tuple[int, dict[str, str], bytes] | None:
    """What a pickle leaves out, since pickles may be stored: between two processes it is passed."""
    answer = getattr(error, "answer", None)
    if not isinstance(answer, ErrorAnswer):
        return None
    return answer.status, dict(answer.headers), answer.body


def _survives(error: BaseException) -> bool:
    # What ends a program must not end the one that asked, and a cancellation was not the asker's.
    if not isinstance(error, Exception):
        return False
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False


def _substitute(error: BaseException) -> Exception:
    """An error of ours that is classified as this one is, by what only this process can see."""
    # Only the class is named: this text goes where a foreign error's own words do not.
    message = f"the executor raised {type(error).__qualname__}"
    if not isinstance(error, Exception):
        return ModelUnavailableError(f"{message}, which is not an Exception")
    match classify(error):
        case Fault.TIMEOUT:
            return ModelTimeoutError(message, kind="attempt", limit=0.0)
        case Fault.RATE_LIMITED:
            return RateLimitedError(message, retry_after=retry_after_of(error))
        case Fault.TRANSIENT:
            return ModelUnavailableError(message, retry_after=retry_after_of(error))
        case Fault.UNAUTHORIZED:
            return ModelAuthenticationError(message)
        case Fault.REQUEST:
            return InvalidRequestError(message)
        case Fault.MODEL_LIMIT:
            return ModelLimitError(message, lasting=is_lasting(error))
        case Fault.CONTENT_REFUSED:
            return ContentRefusedError(message)
        case _:
            return RuntimeError(message)
