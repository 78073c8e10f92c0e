"""A streamed chat completion in OpenAI's form. Pure."""

from __future__ import annotations

from .....actors.policies.outcomes.errors import ContentRefusedError
from ...http.chunk import Chunk
from ...http.completion import finish_reason_of, is_filtered, is_given_up, shown_reason
from ...http.faults.exchange import Exchange
from ...http.reading.answer_reader import AnswerReader
from ...http.reading.parts import Parts, parts_of, reasoning_of
from ...http.wire.json_value import Json, JsonObject
from ...http.wire.sse import ServerEvent
from ...http.wire.surrogates import Path

_DONE = b"[DONE]"
_NO_ANSWER = frozenset({"role", "refusal", "content"})
_TOOL_CALLS = ("tool_calls", "function_call")


class CompletionReader(AnswerReader):
    """Over with `[DONE]`; ended when each of `choices` answers has a finish reason.

    A finish reason alone is no end: some servers write one into every chunk. It settles the answer
    where it came without content, and no content has come with one or after one.
    """

    _text_place: Path = ("choices", 0, "delta", "content")

    def __init__(self, exchange: Exchange, *, choices: int = 1, hides_usage: bool = False) -> None:
        super().__init__(exchange)
        self._hides_usage = hides_usage
        """Whether an event of nothing but the usage is for the runtime alone."""
        self._unfinished = set(range(choices))
        self._finished: set[int] = set()
        self._means_little = False
        """Whether a finish reason came with content, or content after one."""
        self._has_choice = False
        self._refused: str | None = None

    @property
    def ended(self) -> bool:
        return self._has_choice and (self.over or not self._unfinished)

    @property
    def settled(self) -> bool:
        told = self.has_content or self._refused is not None
        return self.ended and (self.over or (told and not self._means_little))

    def json_of(self, event: ServerEvent) -> bytes:
        data = event.data.strip()
        if data.endswith(_DONE):
            self.over = True
            data = data.removesuffix(_DONE).rstrip().removesuffix(b"data:")
        return data

    def _chunk(self, found: JsonObject) -> Chunk:
        text, reasoning, reason, is_content, can_continue = "", "", None, False, True
        for choice in self._choices(found):
            if not isinstance(choice, dict):
                self._malformed("choice", "an object", choice)
            delta = self._delta(choice)
            parts = self._parts(delta)
            told = reasoning_of(delta) or parts.reasoning
            has_more = any(value for key, value in delta.items() if key not in _NO_ANSWER)
            is_answer = parts.is_answer or has_more
            is_content = is_content or is_answer
            can_continue = can_continue and not any(map(delta.get, _TOOL_CALLS))
            index = self._progress(choice, is_answer)
            if index == 0:
                text, reasoning, reason = parts.text, told, finish_reason_of(choice)
        usage, model = found.get("usage"), found.get("model")
        return Chunk(
            text=text,
            model=model if isinstance(model, str) and model else self.exchange.model,
            finish_reason=reason,
            usage=usage if isinstance(usage, dict) else {},
            raw=found,
            rate_limits=self.exchange.rate_limits,
            headers=self.exchange.told,
            is_content=is_content,
            can_continue=can_continue,
            reasoning=reasoning,
            event=self.event,
            data=self.data,
            for_runtime=self._hides_usage and isinstance(usage, dict) and not found.get("choices"),
        )

    def _event_of(self, text: str) -> JsonObject:
        return {"choices": [{"index": 0, "delta": {"content": text}}]}

    def _choices(self, found: JsonObject) -> list[Json]:
        choices = found.get("choices")
        if choices is None:
            return []
        if not isinstance(choices, list):
            self._malformed("choices", "a list", choices)
        return choices

    def _delta(self, choice: JsonObject) -> JsonObject:
        """The delta; where there is none and nothing has come yet, the message in its place."""
        delta = choice.get("delta")
        if delta is None and not self.has_content:
            delta = choice.get("message")
        if delta is None:
            return {}
        if not isinstance(delta, dict):
            self._malformed("delta", "an object", delta)
        return delta

    def _parts(self, delta: JsonObject) -> Parts:
        parts = parts_of(delta.get("content"))
        if parts is None:
            self._malformed("delta.content", "a string, a list or null", delta["content"])
        if delta.get("refusal") or parts.refusal:
            self._refused = "the model refused to answer"
        return parts

    def _progress(self, choice: JsonObject, is_answer: bool) -> int:
        index = choice.get("index")
        if not isinstance(index, int):
            index = 0
        self._has_choice = True
        reason = finish_reason_of(choice)
        if is_answer and (reason or index in self._finished):
            self._means_little = True
        if reason:
            self._finish(index, reason)
        elif index not in self._finished:
            self._unfinished.add(index)
        return index

    def _finish(self, index: int, reason: str) -> None:
        if is_given_up(reason):
            self.fail(f"the server gave the answer up ({shown_reason(reason)})")
        self._finished.add(index)
        self._unfinished.discard(index)
        if is_filtered(reason) and self._refused is None:
            self._refused = "the content filter left nothing of the answer"

    def _check_not_refused(self) -> None:
        if self._refused is not None:
            raise ContentRefusedError(self._refused, model_id=self.exchange.model_id)
