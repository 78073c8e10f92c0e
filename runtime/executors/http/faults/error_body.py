"""What the body of an error says, in whichever shape it comes. Pure.

OpenAI's and Anthropic's `error`, Google's list with `details`, FastAPI's `detail`, OpenRouter's
`metadata` with the words of the provider behind it, JSON within the text of a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from .....actors.policies.outcomes.waits import stated_text
from ..wire.json_reading import NotJSONError, read_json
from ..wire.json_value import Json, JsonObject
from ..wire.sse import EventParser, StreamTooLargeError

MOST_BYTES = 64 * 1024
"""A larger body is not read: it quotes the request, or is no error of a model's server."""
_CODES = ("code", "type", "status", "reason", "error_code", "error_type", "limit_source")
_WITHIN = ("error", "innererror", "inner_error", "errors", "details", "metadata", "detail")
_WORDS = ("message", "msg", "raw", "error_description", "title")
_SHOWN_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_. -]{1,59}")
_DEEPEST, _MOST_OF_A_LIST, _MOST_OBJECTS = 8, 5, 50
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE)


class ErrorBody(NamedTuple):
    """What a server says is wrong.

    `codes` are the constants, from the outermost in, and `code` the one to show; `status` is the
    one that the body itself names, `wait` the seconds that it asks for, `headers` those of a
    provider behind this one.
    """

    codes: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    status: int | None = None
    wait: float | None = None
    headers: Mapping[str, str] = {}

    @property
    def words(self) -> str:
        """The code and the message, as far as there are any."""
        return ": ".join(filter(None, (self.code, self.message)))


def is_page(body: bytes) -> bool:
    """Whether it is a web page."""
    return _PAGE.match(body[:1024]) is not None


def read_error(body: bytes) -> ErrorBody:
    """What the body of an answer with a bad status says; empty where that cannot be read."""
    try:
        return said_in(read_json(_first_event(body)))
    except NotJSONError:
        return ErrorBody()


def said_in(found: Json) -> ErrorBody:
    """What an error says that has been read."""
    objects = list(islice(_objects(found, 0), _MOST_OBJECTS))
    messages = list(dict.fromkeys(text for one in objects for text in _texts(one) if text))
    if isinstance(found, str) and not objects:
        messages = [found]
    codes = tuple(dict.fromkeys(code for one in objects for code in _codes(one)))
    named = [code for one in objects if isinstance(code := one.get("code"), str)]
    shown = named if messages else [*named, *codes]
    return ErrorBody(
        codes=codes,
        code=next((code for code in shown if _SHOWN_CODE.fullmatch(code)), ""),
        message="; ".join(messages),
        status=next((status for one in objects if (status := _status(one))), None),
        wait=next((wait for one in objects if (wait := _wait(one)) is not None), None),
        headers=next((told for one in objects if (told := _headers(one))), dict[str, str]()),
    )


def _first_event(body: bytes) -> bytes:
    """The data of the first event where a body is a stream of them; else the body."""
    if not re.match(rb"\s*(?:data|event|error)\s*:", body[:256]):
        return body
    parser = EventParser()
    try:
        event = next(parser.feed(body.lstrip()), None) or parser.finish()
    except StreamTooLargeError:
        return b""
    return event.data if event is not None else b""


def _objects(found: Json, depth: int) -> Iterator[JsonObject]:
    """The objects that say something, from the outermost in."""
    if depth > _DEEPEST:
        return
    if isinstance(found, list):
        for one in found[:_MOST_OF_A_LIST]:
            if not isinstance(one, list):
                yield from _objects(one, depth + 1)
    elif isinstance(found, str):
        yield from _objects(_json_in(found), depth + 1)
    elif isinstance(found, dict):
        yield found
        for key in (*_WITHIN, *_WORDS):
            yield from _objects(found.get(key), depth + 1)


def _json_in(text: str) -> Json:
    """The object that a text is, where it is one."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return read_json(text.encode("utf-8", "surrogatepass"))
    except NotJSONError:
        return None


def _texts(found: JsonObject) -> Iterator[str]:
    place = found.get("loc")
    where = ".".join(map(str, place)) + ": " if isinstance(place, list) else ""
    for key in (*_WORDS, "error", "detail"):
        text = found.get(key)
        if isinstance(text, str) and _json_in(text) is None:
            yield where + text


def _codes(found: JsonObject) -> Iterator[str]:
    for key in _CODES:
        code = found.get(key)
        if isinstance(code, str) or (isinstance(code, int) and not isinstance(code, bool)):
            yield str(code)
    reasons = found.get("reasons")
    if isinstance(reasons, list) and reasons:
        yield "moderation"


def _status(found: JsonObject) -> int | None:
    for key in ("code", "status", "status_code"):
        text = found.get(key)
        if isinstance(text, bool) or not isinstance(text, str | int):
            continue
        if re.fullmatch(r"[45][0-9][0-9]", str(text), re.ASCII):
            return int(text)
    return None


def _wait(found: JsonObject) -> float | None:
    for key in ("retryDelay", "retry_after", "retry_after_seconds"):
        told = found.get(key)
        if isinstance(told, str | int | float) and not isinstance(told, bool):
            return stated_text(str(told), None).seconds
    return None


def _headers(found: JsonObject) -> dict[str, str]:
    headers = found.get("headers")
    if not isinstance(headers, dict):
        return {}
    return {str(name): str(value) for name, value in headers.items()}
