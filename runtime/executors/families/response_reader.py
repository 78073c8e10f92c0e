"""A streamed response in OpenAI's form. Pure."""

from __future__ import annotations

from typing import Any

from ....actors.policies.outcomes.errors import ContentRefusedError
from ..http.chunk import Chunk
from ..http.faults.exchange import Exchange
from ..http.reading.answer_reader import AnswerReader
from ..http.wire.json_value import Json, JsonObject
from ..http.wire.sse import ServerEvent
from .response_output import has_calls, refusal_of, text_of

_DONE = b"[DONE]"
_ENDS = frozenset({"response.completed", "response.incomplete"})
_TEXT = "response.output_text.delta"
_REASONING = frozenset({"response.reasoning_text.delta", "response.reasoning_summary_text.delta"})
_REFUSAL = "response.refusal.delta"
_CALLS = ("call", "mcp", "custom_tool")


class ResponseReader(AnswerReader):
    """Over with `response.completed` or `response.incomplete`, and by nothing else."""

    _text_place = ("delta",)

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._refused = False

    @property
    def ended(self) -> bool:
        return self.over

    @property
    def settled(self) -> bool:
        return self.over

    def json_of(self, event: ServerEvent) -> bytes:
        # It is no end here, but some servers write it.
        return b"" if event.data.strip() == _DONE else event.data

    def _event_of(self, text: str) -> JsonObject:
        return {"type": _TEXT, "delta": text}

    def _chunk(self, found: JsonObject) -> Chunk:
        kind = found.get("type")
        if not isinstance(kind, str):
            self._malformed("type", "a string", kind)
        if kind == "error":
            raise self._failed(found)
        response = found.get("response")
        if kind == "response.failed":
            error = response.get("error") if isinstance(response, dict) else None
            raise self._failed(error or found)
        if kind in _ENDS:
            return self._end(found, response)
        delta = found.get("delta")
        told = delta if isinstance(delta, str) else ""
        self._refused = self._refused or kind == _REFUSAL
        return self._passed_on(
            found,
            text=told if kind == _TEXT else "",
            reasoning=told if kind in _REASONING else "",
            is_content=bool(told) and kind != _REFUSAL,
            can_continue=not any(name in kind for name in _CALLS),
        )

    def _end(self, found: JsonObject, response: Json) -> Chunk:
        output = response.get("output") if isinstance(response, dict) else None
        if not isinstance(response, dict) or not isinstance(output, list):
            self._malformed("response", "an object with its output", response)
        self.over = True
        usage, status = response.get("usage"), response.get("status")
        # What came as deltas is in it once more.
        text = "" if self.has_content else text_of(output)
        self._refused = self._refused or bool(refusal_of(output))
        return self._passed_on(
            found,
            text=text,
            usage=usage if isinstance(usage, dict) else {},
            finish_reason=status if isinstance(status, str) else None,
            is_content=not self.has_content and (bool(text) or has_calls(output)),
            can_continue=False,
        )

    def _passed_on(self, found: JsonObject, **brought: Any) -> Chunk:
        told: dict[str, Any] = {"text": "", "is_content": False, **brought}
        return Chunk(
            model=self.exchange.model,
            raw=found,
            rate_limits=self.exchange.rate_limits,
            headers=self.exchange.told,
            event=self.event,
            data=self.data,
            **told,
        )

    def _check_not_refused(self) -> None:
        if self._refused:
            raise ContentRefusedError(
                "the model refused to answer", model_id=self.exchange.model_id
            )
