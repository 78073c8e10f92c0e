"""Anthropic's Messages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import orjson

from ....config.values.families import Family
from ...executors.http.chunk import Chunk
from ..failures import Failure
from .dialect import Dialect, Fields, TextEvents, named, object_in

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_OVERLOADED = 529
_STOP = {"type": "message_stop"}


class MessageDialect(Dialect):
    """Messages; every event has its name, since these clients go by names alone."""

    keep_alive: ClassVar[bytes] = named("ping", {"type": "ping"})

    def __init__(self, family: Family = Family.MESSAGE) -> None:
        self.family: Family = family
        self.streams: bool = family is Family.MESSAGE

    def status(self, failure: Failure) -> int:
        if failure.overloaded and failure.status in (429, 503):
            return _OVERLOADED
        return failure.status

    def error(self, failure: Failure, request_id: str) -> bytes:
        return orjson.dumps({**self._error(failure), "request_id": request_id})

    def is_own_error(self, body: bytes) -> bool:
        return object_in(body).get("type") == "error"

    def interruption(self, failure: Failure, request_id: str, last: Mapping[str, object]) -> bytes:
        return named("error", self._error(failure))

    def answer(self, text: str, model: str, request_id: str) -> Fields:
        return {
            **_started(model, request_id),
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
        }

    def text_events(self, model: str, request_id: str) -> TextEvents:
        return _Texts(model, request_id)

    def closing(self, last: Mapping[str, object]) -> bytes:
        # A reader of messages keeps the last event to itself, a translation does not.
        return b"" if last.get("type") == _STOP["type"] else named("message_stop", _STOP)

    def event(self, chunk: Chunk) -> bytes:
        return chunk.framed if chunk.data and chunk.event else self.framed(chunk.raw)

    def framed(self, fields: Mapping[str, object]) -> bytes:
        return named(str(fields.get("type")), fields)

    def _error(self, failure: Failure) -> Fields:
        kind = _TYPES.get(self.status(failure), "api_error")
        return {"type": "error", "error": {"type": kind, "message": failure.message}}


def _started(model: str, request_id: str) -> Fields:
    return {
        "id": f"msg_{request_id}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }


class _Texts(TextEvents):
    def __init__(self, model: str, request_id: str) -> None:
        self._message: Fields | None = _started(model, request_id)

    def text(self, text: str) -> Iterator[bytes]:
        yield from self._start()
        delta = {"type": "text_delta", "text": text}
        yield _event("content_block_delta", index=0, delta=delta)

    def end(self) -> Iterator[bytes]:
        yield from self._start()
        yield _event("content_block_stop", index=0)
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        yield _event("message_delta", delta=delta, usage={"output_tokens": 0})

    def _start(self) -> Iterator[bytes]:
        if self._message is not None:
            yield _event("message_start", message=self._message)
            yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
            self._message = None


def _event(kind: str, **fields: object) -> bytes:
    return named(kind, {"type": kind, **fields})
