"""From what an HTTP call can run into to our errors.

A message tells where what was found and what to check, and never what was asked: no headers, no
keys, no prompt, and of an answer only its type and length. A server's own error message is quoted,
shortened, without what of it is the caller's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NoReturn

from .....actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelLimitError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from .....actors.policies.outcomes.fault import Fault
from .....actors.policies.outcomes.retry_after import stated_wait
from .....config.errors import ResilienceError
from ...transport.protocol import Failure, TransportError
from ..wire.json_value import Json, JsonObject
from .addresses import shown, what_to_check
from .error_body import ErrorBody, is_page, read_error, said_in
from .exchange import Exchange
from .limits import asked_wait
from .meaning import LIMIT, PASSING, Meaning, may_mean_more, of_status
from .phrases import meaning_of

_QUOTED_CHARACTERS = 200
_WRONG_PLACE = frozenset({404, 405})
_WHAT_TO_CHECK = {
    Failure.NAME: "; check the host's name and the DNS",
    Failure.TLS: "; check the server's certificate, or give its authority as ca_file",
}


def error_in(answer: JsonObject) -> Json:
    """The error that an answer is or has in it; None or empty: none."""
    return answer if answer.get("object") == "error" else answer.get("error")


def transport_error(
    error: TransportError, exchange: Exchange, *, limit: float | None
) -> ResilienceError:
    """What a failed exchange means; `limit` is the timeout that was set, in seconds."""
    model_id, where = exchange.model_id, _where(exchange)
    # The client's words, but for the place that a redirect names.
    is_quoted = error.failure is Failure.REDIRECT
    strike = exchange.private.struck if is_quoted else exchange.private.keys_struck
    words = _shorten(strike(str(error)))
    if error.failure in (Failure.TIMEOUT, Failure.CONNECT_TIMEOUT):
        seconds = limit or 0.0
        message = f"the server did not answer within {seconds:g} s ({words}){where}"
        return ModelTimeoutError(message, kind="attempt", limit=seconds, model_id=model_id)
    check = _WHAT_TO_CHECK.get(error.failure, "")
    message = f"no answer from the server: {words}{where}{check}"
    return ModelUnavailableError(message, model_id=model_id)


def status_error(status: int, body: bytes, exchange: Exchange) -> ResilienceError:
    """What an answer with a status other than 2xx means."""
    said = read_error(body)
    words = exchange.private.struck(said.words)
    page = " with a web page" if is_page(body) else ""
    meaning = _meaning(said, status, words, exchange)
    message = f"the server answered {status}{page}{_quote(words)}{_where(exchange)}"
    if (page or status in _WRONG_PLACE) and meaning == of_status(status):
        message += what_to_check(exchange.url)
    return _build(meaning, message, status, said, exchange)


def in_band_error(found: Json, exchange: Exchange, *, answer: str = "") -> ResilienceError:
    """What the error inside a 2xx answer means; its own code or status decides if it has one.

    `answer` is what of the answer had come before it.
    """
    said = said_in(found)
    words = exchange.private.struck(said.words, answer)
    own = f" {said.status}" if said.status is not None else ""
    message = f"the server answered 200 with an error{own} in it{_quote(words)}{_where(exchange)}"
    meaning = _meaning(said, said.status, words, exchange)
    return _build(meaning, message, said.status, said, exchange)


def no_answer(kind: str, status: int, exchange: Exchange, *, page: bool) -> ModelUnavailableError:
    """What came is neither an answer nor an error; `kind` is the type that it is sent under."""
    what = "a web page" if page else repr(_shorten(exchange.private.struck(kind)) or "no type")
    message = f"the server answered {status} with {what} in place of an answer{_where(exchange)}"
    if page:
        message += what_to_check(exchange.url)
    return ModelUnavailableError(message, model_id=exchange.model_id, status=status)


def malformed(where: str, wanted: str, found: Json, exchange: Exchange) -> NoReturn:
    """Raise ModelUnavailableError; of what was found it tells type and length only."""
    size = f" of length {len(found)}" if isinstance(found, str | list | dict) else ""
    kind = f"{type(found).__name__}{size}"
    message = f"the server's {where} should be {wanted} and is {kind}{_where(exchange)}"
    raise ModelUnavailableError(message, model_id=exchange.model_id)


def unavailable(message: str, exchange: Exchange) -> ModelUnavailableError:
    """The model's server did something that it should not."""
    return ModelUnavailableError(located(message, exchange), model_id=exchange.model_id)


def located(message: str, exchange: Exchange) -> str:
    """The message with the address that it is about."""
    return message + _where(exchange)


def _meaning(said: ErrorBody, status: int | None, words: str, exchange: Exchange) -> Meaning:
    """By code, then by words, then by status; a type alone goes last."""
    faults = exchange.faults
    if status in faults.limits:
        return LIMIT
    found = faults.of_codes(said.codes, status)
    if found is None and may_mean_more(status):
        found = meaning_of(words)
        # A rate limit of a model may speak of tokens and lengths too: it stays one.
        if found is not None and status == 429 and found.fault is not Fault.UNAUTHORIZED:
            found = None
    if found is not None:
        return found
    return of_status(status) if status is not None else faults.of_types(said.codes) or PASSING


def _build(
    meaning: Meaning, message: str, status: int | None, said: ErrorBody, exchange: Exchange
) -> ResilienceError:
    model_id = exchange.model_id
    match meaning.fault:
        case Fault.REQUEST:
            return InvalidRequestError(message, model_id=model_id, status=status)
        case Fault.MODEL_LIMIT:
            lasting = meaning.lasting and exchange.own_name
            return ModelLimitError(message, model_id=model_id, status=status, lasting=lasting)
        case Fault.CONTENT_REFUSED:
            return ContentRefusedError(message, model_id=model_id)
        case Fault.UNAUTHORIZED:
            reason = meaning.reason
            return ModelAuthenticationError(
                message, model_id=model_id, status=status, reason=reason
            )
        case _:
            return _passing(meaning, message, status, said, exchange)


def _passing(
    meaning: Meaning, message: str, status: int | None, said: ErrorBody, exchange: Exchange
) -> RateLimitedError | ModelUnavailableError:
    """A failure that time may heal."""
    model_id = exchange.model_id
    wait = _wait(said, exchange.headers)
    error = (
        RateLimitedError(message, retry_after=wait, model_id=model_id)
        if meaning.fault is Fault.RATE_LIMITED
        else ModelUnavailableError(message, model_id=model_id, status=status, retry_after=wait)
    )
    if wait is None:
        error.ignored_wait = stated_wait(exchange.headers).ignored
    return error


def _wait(said: ErrorBody, headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks for, in its headers or in its body."""
    now = time.time()
    asked = asked_wait(headers, now)
    if asked is None:
        asked = said.wait
    return asked_wait(said.headers, now) if asked is None else asked


def _where(exchange: Exchange) -> str:
    address = exchange.private.keys_struck(shown(exchange.url))
    return f" ({address})" if address else ""


def _quote(words: str) -> str:
    return f": {_shorten(words)}" if words else ""


def _shorten(text: str) -> str:
    if len(text) <= _QUOTED_CHARACTERS:
        return text
    return text[: _QUOTED_CHARACTERS - 3] + "..."
