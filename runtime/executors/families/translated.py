"""Chat completions over messages, and the other way: asked and answered in the caller's form."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from ....actors.policies.outcomes.errors import UntranslatableRequestError
from ....config.values.families import Family
from ..http.chat_request import invalid, payload_fields, with_messages
from ..http.chunk import Chunk
from ..http.completion import Completion
from ..http.faults.errors import unavailable
from ..http.faults.exchange import Exchange
from ..http.faults.meaning import FaultTable
from ..http.form import Form
from ..http.reading.answer_reader import AnswerReader
from ..http.usage_wish import is_wished
from ..translation.answers import chat_answer, finish_reason, message_answer, stop_reason
from ..translation.chat_events import ChatEvents
from ..translation.lost import UnreadableAnswerError
from ..translation.message_events import MessageEvents
from ..translation.to_chat import chat_request
from ..translation.to_message import message_request
from .chat.form import ChatForm, with_partial
from .message.form import MessageForm

Fields = dict[str, Any]
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What comes of a payload, or of an answer, that is another kind of thing somewhere."""


class Translated(Form):
    """One family over another: `native` is asked, and says what is whole, cut or an error."""

    def __init__(self, native: Form) -> None:
        self._native = native
        self.path: str = native.path  # type: ignore[misc]  # of this one
        self.faults: FaultTable = native.faults  # type: ignore[misc]
        self.wishes_usage: bool = native.wishes_usage  # type: ignore[misc]

    @property
    def native(self) -> Family:
        return self._native.family

    @abstractmethod
    def _answer(self, native: Completion) -> tuple[Fields, str | None]:
        """A whole answer in the caller's form, and why it ended."""

    def fields(self, payload: object, model_id: str | None) -> Fields:
        return with_messages(payload_fields(payload, model_id, text_as="prompt"), model_id)

    def finished(self, fields: Fields) -> Fields:
        return self._native.finished(fields)

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        native = self._native.completion(answer, exchange)
        try:
            raw, reason = self._answer(native)
        except _UNREADABLE as error:
            told = self._unreadable("answer", error)
        else:
            return replace(
                native,
                raw=raw,
                finish_reason=reason,
                usage=raw.get("usage") or {},
                body=orjson.dumps(raw),
                untranslated=native.raw,
            )
        raise unavailable(told, exchange)

    def _unreadable(self, what: str, error: Exception) -> str:
        why = f": {error}" if isinstance(error, UnreadableAnswerError) else ""
        return f"the server's {what} cannot be told as a {self.family}{why}"

    def reader(self, fields: Fields, exchange: Exchange) -> AnswerReader:
        return self._native.reader(fields, exchange)

    def assembled(self, events: list[Fields]) -> Fields:
        return self._native.assembled(events)

    def continued(self, payload: object, partial: str) -> Fields | None:
        return with_partial(Translated.fields(self, payload, None), partial)


class ChatOverMessages(Translated):
    """Chat completions of a model that speaks messages."""

    family = Family.CHAT

    def __init__(self, native: MessageForm) -> None:
        super().__init__(native)

    def fields(self, payload: object, model_id: str | None) -> Fields:
        return _named(message_request, super().fields(payload, model_id), model_id)

    def _answer(self, native: Completion) -> tuple[Fields, str | None]:
        return chat_answer(native.raw), finish_reason(native.finish_reason)

    async def told(
        self, chunks: AsyncGenerator[Chunk, None], reader: AnswerReader, payload: object
    ) -> AsyncGenerator[Chunk, None]:
        events, usage = ChatEvents(), None
        last: Chunk | None = None
        async for chunk in chunks:
            last = chunk
            usage = chunk.usage or usage
            try:
                found = events.take(chunk.raw)
            except _UNREADABLE as error:
                told = self._unreadable("stream", error)
            else:
                if found is not None:
                    reason = finish_reason(chunk.finish_reason)
                    yield _as(chunk, found, "", finish_reason=reason, usage={})
                continue
            reader.fail(told)
        if last is not None and usage:
            event = events.usage(usage)
            wished = is_wished(payload_fields(payload, None, text_as="prompt"))
            said = {"text": "", "reasoning": "", "is_content": False, "finish_reason": None}
            yield _as(last, event, "", usage=event["usage"], for_runtime=not wished, **said)


class MessageOverChat(Translated):
    """Messages of a model that speaks chat completions."""

    family = Family.MESSAGE

    def __init__(self, native: ChatForm) -> None:
        super().__init__(native)

    def fields(self, payload: object, model_id: str | None) -> Fields:
        return _named(chat_request, super().fields(payload, model_id), model_id)

    def _answer(self, native: Completion) -> tuple[Fields, str | None]:
        return message_answer(native.raw), stop_reason(native.finish_reason)

    async def told(
        self, chunks: AsyncGenerator[Chunk, None], reader: AnswerReader, payload: object
    ) -> AsyncGenerator[Chunk, None]:
        events, last = MessageEvents(), None
        async for chunk in chunks:
            last = chunk
            try:
                found = list(events.take(chunk.raw))
            except _UNREADABLE as error:
                told = self._unreadable("stream", error)
            else:
                for event in found:
                    yield _message_event(chunk, event)
                continue
            reader.fail(told)
        if last is not None:
            for event in events.finish():
                yield _message_event(last, event)


def _message_event(chunk: Chunk, event: Fields) -> Chunk:
    """An event of a message, with what of the chunk it tells."""
    delta: Fields = event.get("delta") or {}
    kind = event["type"]
    block: Fields = event.get("content_block") or {}
    return _as(
        chunk,
        event,
        kind,
        text=delta.get("text") or "",
        reasoning=delta.get("thinking") or "",
        is_content=kind == "content_block_delta" or block.get("type") == "tool_use",
        finish_reason=delta.get("stop_reason"),
        usage=event.get("usage") or {},
        for_runtime=False,
    )


def _as(chunk: Chunk, raw: Fields, event: str, **changes: Any) -> Chunk:
    return replace(chunk, raw=raw, event=event, data=orjson.dumps(raw), **changes)


def _named(
    translate: Callable[[Mapping[str, Any]], Fields], fields: Fields, model_id: str | None
) -> Fields:
    try:
        return translate(fields)
    except UntranslatableRequestError as error:
        error.model_id = model_id
        raise
    except _UNREADABLE:
        told = "the payload cannot be read as a request"
    raise invalid(told, model_id)
