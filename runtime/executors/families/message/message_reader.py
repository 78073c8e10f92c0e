"""A streamed message in Anthropic's form. Pure."""

from __future__ import annotations

from typing import Any

from .....actors.policies.outcomes.errors import ContentRefusedError
from ...http.chunk import UNNAMED, Chunk
from ...http.faults.exchange import Exchange
from ...http.reading.answer_reader import AnswerReader
from ...http.wire.json_value import JsonObject
from .message import with_total

_THINKING = ("thinking", "thinking_delta")


class MessageReader(AnswerReader):
    """Over with `message_stop`, and by nothing else; `ping` is not passed on."""

    _text_place = ("delta", "text")

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._model = exchange.model
        self._usage: JsonObject = {}
        self._refused = False

    @property
    def ended(self) -> bool:
        return self.over

    @property
    def settled(self) -> bool:
        return self.over

    def _chunk(self, found: JsonObject) -> Chunk | None:
        match found.get("type"):
            case "ping":
                return None
            case "message_stop":
                self.over = True
                return self._passed_on(found)
            case "message_start":
                return self._started(found)
            case "content_block_start":
                return self._content(found, self._part(found, "content_block"))
            case "content_block_delta":
                return self._content(found, self._part(found, "delta"))
            case "message_delta":
                return self._message_delta(found)
            case str():
                return self._passed_on(found)
            case kind:
                self._malformed("type", "a string", kind)

    def _event_of(self, text: str) -> JsonObject:
        delta: JsonObject = {"type": "text_delta", "text": text}
        return {"type": "content_block_delta", "index": 0, "delta": delta}

    def _started(self, found: JsonObject) -> Chunk:
        message = self._part(found, "message")
        model, usage = message.get("model"), message.get("usage")
        if isinstance(model, str) and model:
            self._model = model
        if isinstance(usage, dict):
            self._usage.update(usage)
        return self._passed_on(found)

    def _content(self, found: JsonObject, part: JsonObject) -> Chunk:
        text = self._text(part, "text")
        # A tool's name opens its block; a text's block opens empty.
        is_content = any(value for key, value in part.items() if key not in ("type", "citations"))
        kind = str(part.get("type"))
        return self._passed_on(
            found,
            text=text,
            is_content=is_content,
            can_continue="tool" not in kind and kind != "input_json_delta",
            reasoning=self._text(part, "thinking") if kind in _THINKING else "",
        )

    def _text(self, part: JsonObject, name: str) -> str:
        text = part.get(name) or ""
        if not isinstance(text, str):
            self._malformed(name, "a string", text)
        return text

    def _message_delta(self, found: JsonObject) -> Chunk:
        reason, usage = self._part(found, "delta").get("stop_reason"), found.get("usage")
        self._refused = self._refused or reason == "refusal"
        if isinstance(usage, dict):
            self._usage.update({key: value for key, value in usage.items() if value is not None})
        return self._passed_on(
            found,
            finish_reason=reason if isinstance(reason, str) else None,
            usage=with_total(self._usage),
        )

    def _passed_on(self, found: dict[str, Any], **brought: Any) -> Chunk:
        told: dict[str, Any] = {"text": "", "is_content": False, **brought}
        return Chunk(
            model=self._model,
            raw=found,
            rate_limits=self.exchange.rate_limits,
            headers=self.exchange.told,
            # Clients of this family pass over an event without a name.
            event=str(found.get("type")) if self.event == UNNAMED else self.event,
            data=self.data,
            **told,
        )

    def _part(self, found: JsonObject, name: str) -> JsonObject:
        part = found.get(name)
        if not isinstance(part, dict):
            self._malformed(name, "an object", part)
        return part

    def _check_not_refused(self) -> None:
        if self._refused:
            raise ContentRefusedError(
                "the model refused to answer", model_id=self.exchange.model_id
            )
