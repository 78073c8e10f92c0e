"""OpenAI's completions: a prompt, and the text that follows it."""

from __future__ import annotations

from typing import Any

from ....config.values.families import Family
from ..http.chat_request import invalid, payload_fields
from ..http.completion import Completion, completion_of
from ..http.faults.errors import malformed
from ..http.faults.exchange import Exchange
from ..http.wire.json_value import Json
from .chat.assembly import assembled
from .chat.completion_reader import CompletionReader
from .chat.form import ChatForm


class TextReader(CompletionReader):
    """As a chat's; the text stands in the choice itself."""

    _text_place = ("choices", 0, "text")

    def _event_of(self, text: str) -> dict[str, Any]:
        return {"choices": [{"index": 0, "text": text}]}

    def _delta(self, choice: dict[str, Any]) -> dict[str, Any]:
        return {"content": choice.get("text")}


class TextForm(ChatForm):
    """Text completions as they are."""

    family = Family.TEXT_COMPLETION
    path = "/completions"
    _reader = TextReader

    def fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        fields = dict(payload_fields(payload, model_id, text_as="prompt"))
        if "prompt" not in fields:
            raise invalid("a text completion needs a `prompt`", model_id)
        return fields

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        found = completion_of(answer, exchange)
        choices: list[Json] = found.raw["choices"]  # type: ignore[assignment]  # it has been read
        for choice in choices:
            if not isinstance(choice, dict) or not isinstance(choice.get("text"), str):
                malformed("choice's text", "a string", choice, exchange)
        return found

    def assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        chat: dict[str, Any] = assembled([_as_chat(event) for event in events])
        for choice in chat["choices"]:
            choice["text"] = choice.pop("message").get("content") or ""
        return {**chat, "object": "text_completion"}

    def continued(self, payload: object, partial: str) -> dict[str, Any] | None:
        fields = self.fields(payload, None)
        prompt = fields["prompt"]
        return {**fields, "prompt": prompt + partial} if isinstance(prompt, str) else None


def _as_chat(event: dict[str, Any]) -> dict[str, Any]:
    choices = [
        {**choice, "delta": {"content": choice.get("text")}, "text": None}
        for choice in event.get("choices") or ()
    ]
    return {**event, "choices": choices}
