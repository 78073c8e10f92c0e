"""From what an HTTP call can run into to our errors: the one table.

A message tells what was found and never what was asked: no headers, no keys, no prompt, and of an
answer only its type and length. A server's own error message is quoted, shortened.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import orjson

from ....actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from ....actors.policies.outcomes.fault import Fault
from ....actors.policies.outcomes.retry_after import parse_retry_after
from ....config.errors import ResilienceError
from ..transport.protocol import Failure, TransportError

_QUOTED_CHARACTERS = 200

_FAULT_OF_CODE = {
    "account_deactivated": Fault.UNAUTHORIZED,
    "billing_error": Fault.UNAUTHORIZED,
    "billing_hard_limit_reached": Fault.UNAUTHORIZED,
    "billing_not_active": Fault.UNAUTHORIZED,
    "insufficient_quota": Fault.UNAUTHORIZED,
    "invalid_api_key": Fault.UNAUTHORIZED,
    "context_length_exceeded": Fault.REQUEST,
    "content_filter": Fault.CONTENT_REFUSED,
    "content_policy": Fault.CONTENT_REFUSED,
    "content_policy_violation": Fault.CONTENT_REFUSED,
    "rate_limit_exceeded": Fault.RATE_LIMITED,
}
"""Codes say more than the status they come with: a used-up quota is sent as 429."""

_FAULT_OF_STATUS = {
    400: Fault.REQUEST,
    401: Fault.UNAUTHORIZED,
    402: Fault.UNAUTHORIZED,
    403: Fault.UNAUTHORIZED,
    413: Fault.REQUEST,
    422: Fault.REQUEST,
    429: Fault.RATE_LIMITED,
}
"""Every other status is the server's affair: unavailable."""

_FAULT_OF_TYPE = {
    "authentication_error": Fault.UNAUTHORIZED,
    "invalid_request_error": Fault.REQUEST,
    "permission_error": Fault.UNAUTHORIZED,
    "rate_limit_error": Fault.RATE_LIMITED,
    "request_too_large": Fault.REQUEST,
}
"""Asked only where there is no status: `invalid_request_error` comes with 401 and 404 too."""


def error_in(answer: Mapping[str, object]) -> object:
    """The error that an answer is or has in it; None or empty: none."""
    return answer if answer.get("object") == "error" else answer.get("error")


def transport_error(
    error: TransportError, *, limit: float | None, model_id: str | None
) -> ResilienceError:
    """What a failed exchange means; `limit` is the timeout that was set, in seconds."""
    if error.failure in (Failure.TIMEOUT, Failure.CONNECT_TIMEOUT):
        seconds = limit or 0.0
        message = f"the server did not answer within {seconds:g} s ({_shorten(str(error))})"
        return ModelTimeoutError(message, kind="attempt", limit=seconds, model_id=model_id)
    message = f"no answer from the server: {_shorten(str(error))}"
    return ModelUnavailableError(message, model_id=model_id)


def status_error(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: str | None = None,
    model_id: str | None = None,
) -> ResilienceError:
    """What an answer with a status other than 2xx means; `secret` is struck from its message."""
    found = _error_object(body)
    fault = _fault(found, status)
    message = f"the server answered {status}{_quote(found, secret)}"
    return _build(fault, message, status, headers, model_id)


def in_band_error(
    found: object,
    headers: Mapping[str, str],
    *,
    secret: str | None = None,
    model_id: str | None = None,
) -> ResilienceError:
    """What the error inside a 2xx answer means; its own code or status decides if it has one."""
    status = _own_status(found)
    shown = f" {status}" if status is not None else ""
    message = f"the server answered 200 with an error{shown} in it{_quote(found, secret)}"
    return _build(_fault(found, status), message, status, headers, model_id)


def _fault(found: object, status: int | None) -> Fault:
    code, kind = _text_of(found, "code"), _text_of(found, "type")
    # OpenAI sends insufficient_quota as code and as type, so codes are looked up in both.
    by_code = _FAULT_OF_CODE.get(code) or _FAULT_OF_CODE.get(kind)
    if by_code is not None:
        return by_code
    if status is not None:
        return _FAULT_OF_STATUS.get(status, Fault.TRANSIENT)
    return _FAULT_OF_TYPE.get(kind, Fault.TRANSIENT)


def _build(
    fault: Fault,
    message: str,
    status: int | None,
    headers: Mapping[str, str],
    model_id: str | None,
) -> ResilienceError:
    match fault:
        case Fault.REQUEST:
            return InvalidRequestError(message, model_id=model_id, status=status)
        case Fault.CONTENT_REFUSED:
            return ContentRefusedError(message, model_id=model_id)
        case Fault.UNAUTHORIZED:
            return ModelAuthenticationError(message, model_id=model_id, status=status)
    retry_after = parse_retry_after(headers, time.time())
    if fault is Fault.RATE_LIMITED:
        return RateLimitedError(message, retry_after=retry_after, model_id=model_id)
    return ModelUnavailableError(message, model_id=model_id, status=status, retry_after=retry_after)


def _error_object(body: bytes) -> object:
    """The error in an answer: OpenAI's, or FastAPI's `detail`, or the object itself."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(answer, dict):
        return None
    return answer.get("error") or answer.get("detail") or answer


def _own_status(found: object) -> int | None:
    for key in ("code", "status"):
        text = _text_of(found, key)
        if len(text) == 3 and text.isascii() and text.isdigit() and "400" <= text < "600":
            return int(text)
    return None


def _quote(found: object, secret: str | None) -> str:
    said = (
        [found] if isinstance(found, str) else [_text_of(found, "code"), _text_of(found, "message")]
    )
    text = " ".join(": ".join(filter(None, said)).split())
    if secret:
        text = text.replace(secret, "***")
    return f": {_shorten(text)}" if text else ""


def _text_of(found: object, key: str) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    return str(value) if isinstance(value, str | int) else ""


def _shorten(text: str) -> str:
    if len(text) <= _QUOTED_CHARACTERS:
        return text
    return text[: _QUOTED_CHARACTERS - 3] + "..."
