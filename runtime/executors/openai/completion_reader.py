"""A streamed chat completion in OpenAI's form. Pure."""

from __future__ import annotations

from typing import Any

from ....actors.policies.outcomes.errors import ContentRefusedError
from ..http.answer_reader import AnswerReader, Exchange
from ..http.chunk import Chunk
from ..http.completion import GIVEN_UP
from ..http.sse import ServerEvent

_DONE = b"[DONE]"
_NO_CONTENT = ("role", "refusal")
_TOOL_CALLS = ("tool_calls", "function_call")


class CompletionReader(AnswerReader):
    """Ended when each of `choices` answers has its finish reason, or with `[DONE]`."""

    def __init__(self, exchange: Exchange, *, choices: int = 1) -> None:
        super().__init__(exchange)
        self._unfinished = set(range(choices))
        self._finished: set[int] = set()
        self._has_choice = False
        self._refused: str | None = None

    @property
    def ended(self) -> bool:
        return self._has_choice and (self.over or not self._unfinished)

    def read(self, event: ServerEvent) -> Chunk | None:
        if event.data.strip() == _DONE:
            self.over = True
            return None
        return super().read(event)

    def _chunk(self, found: dict[str, Any]) -> Chunk:
        text, reason, is_content, can_continue = "", None, False, True
        for choice in self._choices(found):
            delta = self._delta(choice)
            is_content = is_content or any(
                value for key, value in delta.items() if key not in _NO_CONTENT
            )
            can_continue = can_continue and not any(map(delta.get, _TOOL_CALLS))
            index = self._progress(choice)
            if index == 0:
                text, reason = delta.get("content") or "", _string(choice.get("finish_reason"))
        usage = found.get("usage")
        return Chunk(
            text=text,
            model=_string(found.get("model")) or self._exchange.model,
            finish_reason=reason,
            usage=usage if isinstance(usage, dict) else {},
            raw=found,
            rate_limits=self._exchange.rate_limits,
            is_content=is_content,
            can_continue=can_continue,
        )

    def _choices(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        choices = found.get("choices")
        if choices is None:
            return []
        if not isinstance(choices, list):
            self._malformed("choices", "a list", choices)
        for choice in choices:
            if not isinstance(choice, dict):
                self._malformed("choice", "an object", choice)
        return choices

    def _delta(self, choice: dict[str, Any]) -> dict[str, Any]:
        delta = choice.get("delta")
        if delta is None:
            return {}
        if not isinstance(delta, dict):
            self._malformed("delta", "an object", delta)
        content = delta.get("content")
        if content is not None and not isinstance(content, str):
            self._malformed("delta.content", "a string or null", content)
        if delta.get("refusal"):
            self._refused = "the model refused to answer"
        return delta

    def _progress(self, choice: dict[str, Any]) -> int:
        index = choice.get("index")
        if not isinstance(index, int):
            index = 0
        self._has_choice = True
        if reason := choice.get("finish_reason"):
            if reason in GIVEN_UP:
                raise self.interrupted(f"the server gave the answer up ({reason})")
            self._finished.add(index)
            self._unfinished.discard(index)
            if reason == "content_filter" and self._refused is None:
                self._refused = "the content filter left nothing of the answer"
        elif index not in self._finished:
            self._unfinished.add(index)
        return index

    def _check_not_refused(self) -> None:
        if self._refused is not None:
            raise ContentRefusedError(self._refused, model_id=self._exchange.model_id)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
