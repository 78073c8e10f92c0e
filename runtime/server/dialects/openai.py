"""OpenAI's chat completions, completions, embeddings, reranking and moderation. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import orjson

from ....config.values.families import Family
from ..failures import Failure
from .dialect import Dialect, Fields, TextEvents, object_in

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
}


def error_fields(failure: Failure) -> Fields:
    """The error object, with all four of its keys."""
    kind = _TYPES.get(failure.status, "server_error")
    more: Fields = {"problems": failure.problems} if failure.problems else {}
    return {
        "message": failure.message,
        "type": kind,
        "param": failure.param,
        "code": failure.code,
        **more,
    }


class OpenAIDialect(Dialect):
    """What all of OpenAI's families have in common: one shape of errors."""

    streams = False

    def __init__(self, family: Family) -> None:
        self.family: Family = family

    def error(self, failure: Failure, request_id: str) -> bytes:
        return orjson.dumps({"error": error_fields(failure)})

    def is_own_error(self, body: bytes) -> bool:
        found = object_in(body)
        return "error" in found and found.get("type") != "error"

    def interruption(self, failure: Failure, request_id: str, last: Mapping[str, object]) -> bytes:
        return self.framed({"error": error_fields(failure)})

    def answer(self, text: str, model: str, request_id: str) -> Fields:
        raise NotImplementedError

    def text_events(self, model: str, request_id: str) -> TextEvents:
        raise NotImplementedError


class ChatDialect(OpenAIDialect):
    """Chat completions; a stream ends with `[DONE]`."""

    streams = True
    may_continue = True
    _prefix: ClassVar[str] = "chatcmpl"
    _whole: ClassVar[str] = "chat.completion"
    _part: ClassVar[str] = "chat.completion.chunk"

    def __init__(self, family: Family = Family.CHAT) -> None:
        super().__init__(family)

    def answer(self, text: str, model: str, request_id: str) -> Fields:
        fields = self._fields(self._whole, model, request_id)
        return {**fields, "choices": [self._choice(text)]}

    def text_events(self, model: str, request_id: str) -> TextEvents:
        return _Texts(self, self._fields(self._part, model, request_id))

    def closing(self, last: Mapping[str, object]) -> bytes:
        return b"data: [DONE]\n\n"

    def _fields(self, kind: str, model: str, request_id: str) -> Fields:
        created = int(time.time())
        return {
            "id": f"{self._prefix}-{request_id}",
            "object": kind,
            "created": created,
            "model": model,
        }

    def _choice(self, text: str) -> Fields:
        message = {"role": "assistant", "content": text}
        return {"index": 0, "message": message, "finish_reason": "stop"}

    def part(self, text: str) -> Fields:
        """A choice of one event, which brings a text."""
        return {"index": 0, "delta": {"content": text}, "finish_reason": None}

    def last_part(self) -> Fields:
        """The choice of the last event."""
        return {"index": 0, "delta": {}, "finish_reason": "stop"}


class TextDialect(ChatDialect):
    """Completions of a prompt."""

    _prefix = "cmpl"
    _whole = _part = "text_completion"

    def __init__(self) -> None:
        super().__init__(Family.TEXT_COMPLETION)

    def _choice(self, text: str) -> Fields:
        return {"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}

    def part(self, text: str) -> Fields:
        return {"index": 0, "text": text, "finish_reason": None, "logprobs": None}

    def last_part(self) -> Fields:
        return self._choice("")


class _Texts(TextEvents):
    def __init__(self, dialect: ChatDialect, fields: Mapping[str, Any]) -> None:
        self._dialect = dialect
        self._fields = fields

    def text(self, text: str) -> Iterator[bytes]:
        yield self._dialect.framed({**self._fields, "choices": [self._dialect.part(text)]})

    def end(self) -> Iterator[bytes]:
        yield self._dialect.framed({**self._fields, "choices": [self._dialect.last_part()]})
