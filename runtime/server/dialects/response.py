"""OpenAI's Responses. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ....config.values.families import Family
from ...executors.http.chunk import Chunk
from ..failures import Failure
from .dialect import Fields, TextEvents, named
from .openai import OpenAIDialect, error_fields


class ResponseDialect(OpenAIDialect):
    """Responses; every event has its name and a number. No `[DONE]` ends the stream."""

    streams: bool = True

    def __init__(self, family: Family = Family.RESPONSE) -> None:
        super().__init__(family)
        self.streams = family is Family.RESPONSE

    def interruption(self, failure: Failure, request_id: str, last: Mapping[str, object]) -> bytes:
        told = error_fields(failure)
        number = last.get("sequence_number")
        number = number + 1 if isinstance(number, int) else 0
        code, message = told["code"], told["message"]
        error = {"type": "error", "code": code, "message": message, "param": None}
        # The clients raise at `error` alone: the fields of the specification mean nothing to them.
        error["error"] = told
        failed = {
            **_response(request_id, "", [], "failed"),
            "error": {"code": "server_error", "message": message},
        }
        return named("error", {**error, "sequence_number": number}) + named(
            "response.failed",
            {"type": "response.failed", "response": failed, "sequence_number": number + 1},
        )

    def answer(self, text: str, model: str, request_id: str) -> Fields:
        return _response(request_id, model, [_item(request_id, text)], "completed")

    def text_events(self, model: str, request_id: str) -> TextEvents:
        return _Texts(model, request_id)

    def event(self, chunk: Chunk) -> bytes:
        return chunk.framed if chunk.data and chunk.event else self.framed(chunk.raw)

    def framed(self, fields: Mapping[str, object]) -> bytes:
        return named(str(fields.get("type")), fields)


def _response(request_id: str, model: str, output: list[Any], status: str) -> Fields:
    return {
        "id": f"resp_{request_id}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "model": model,
        "output": output,
        "error": None,
        "incomplete_details": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "store": False,
    }


def _part(text: str) -> Fields:
    return {"type": "output_text", "text": text, "annotations": []}


def _item(request_id: str, text: str | None) -> Fields:
    return {
        "id": f"msg_{request_id}",
        "type": "message",
        "role": "assistant",
        "status": "in_progress" if text is None else "completed",
        "content": [] if text is None else [_part(text)],
    }


class _Texts(TextEvents):
    def __init__(self, model: str, request_id: str) -> None:
        self._model, self._id = model, request_id
        self._number = 0
        self._texts: list[str] = []
        self._has_begun = False

    def text(self, text: str) -> Iterator[bytes]:
        yield from self._start()
        self._texts.append(text)
        yield self._at_part("response.output_text.delta", delta=text)

    def end(self) -> Iterator[bytes]:
        yield from self._start()
        text = "".join(self._texts)
        item = _item(self._id, text)
        yield self._at_part("response.output_text.done", text=text)
        yield self._at_part("response.content_part.done", part=_part(text))
        yield self._event("response.output_item.done", output_index=0, item=item)
        yield self._whole("response.completed", [item], "completed")

    def _start(self) -> Iterator[bytes]:
        if self._has_begun:
            return
        self._has_begun = True
        yield self._whole("response.created", [], "in_progress")
        item = _item(self._id, None)
        yield self._event("response.output_item.added", output_index=0, item=item)
        yield self._at_part("response.content_part.added", part=_part(""))

    def _whole(self, kind: str, output: list[Any], status: str) -> bytes:
        return self._event(kind, response=_response(self._id, self._model, output, status))

    def _at_part(self, kind: str, **fields: object) -> bytes:
        place = {"item_id": f"msg_{self._id}", "output_index": 0, "content_index": 0}
        return self._event(kind, **place, **fields)

    def _event(self, kind: str, **fields: object) -> bytes:
        number = self._number
        self._number += 1
        return named(kind, {"type": kind, **fields, "sequence_number": number})
