"""Anthropic's messages: the request for a task, and the answer as a completion. Pure."""

from __future__ import annotations

from typing import Any

from .....actors.policies.outcomes.errors import ContentRefusedError
from .....actors.policies.outcomes.foreign import as_mapping, as_sequence
from ...http.completion import Completion, answer_object, made
from ...http.faults.errors import malformed
from ...http.faults.exchange import Exchange
from ...http.wire.json_value import Json, JsonObject

_SYSTEM = ("system", "developer")


def message_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message; instructions at the head of its turns get their place.

    >>> fields = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user"}]}
    >>> message_fields(fields)
    {'messages': [{'role': 'user'}], 'system': 'Be brief.'}
    """
    fields = dict(fields)
    instructions: list[object] = []
    messages: list[Any] = list(fields["messages"])
    while messages and _role(messages[0]) in _SYSTEM:
        instructions.append(messages.pop(0).get("content"))
    if not instructions or "system" in fields:
        return fields
    texts = [text for text in instructions if isinstance(text, str)]
    plain = len(texts) == len(instructions)
    fields["messages"] = messages
    fields["system"] = "\n\n".join(texts) if plain else _parts(instructions)
    return fields


def message_of(answer: Json, exchange: Exchange) -> Completion:
    """Read the object of a 2xx answer; raises ModelUnavailableError where it is no message."""
    fields = answer_object(answer, exchange)
    blocks = _blocks(fields, exchange)
    text, reason, usage = _text(blocks, exchange), fields.get("stop_reason"), fields.get("usage")
    if not text and reason == "refusal":
        raise ContentRefusedError("the model refused to answer", model_id=exchange.model_id)
    return made(
        fields,
        exchange,
        text=text,
        finish_reason=reason if isinstance(reason, str) else None,
        usage=with_total(usage) if isinstance(usage, dict) else None,
        reasoning="".join(str(block.get("thinking") or "") for block in blocks),
    )


def with_total(usage: JsonObject) -> JsonObject:
    """The usage with `total_tokens`, which here must be added up."""
    asked, answered = usage.get("input_tokens"), usage.get("output_tokens")
    if "total_tokens" in usage or not (isinstance(asked, int) and isinstance(answered, int)):
        return dict(usage)
    return {**usage, "total_tokens": asked + answered}


def _blocks(answer: JsonObject, exchange: Exchange) -> list[JsonObject]:
    content = answer.get("content")
    blocks: list[JsonObject] = []
    if not isinstance(content, list):
        malformed("content", "a list", content, exchange)
    for block in content:
        if not isinstance(block, dict):
            malformed("content block", "an object", block, exchange)
        blocks.append(block)
    return blocks


def _text(blocks: list[JsonObject], exchange: Exchange) -> str:
    texts: list[str] = []
    for block in blocks:
        if block.get("type") != "text":
            continue
        text = block.get("text")
        if not isinstance(text, str):
            malformed("content block's text", "a string", text, exchange)
        texts.append(text)
    return "".join(texts)


def _role(message: object) -> object:
    fields = as_mapping(message)
    return None if fields is None else fields.get("role")


def _parts(instructions: list[object]) -> list[object]:
    parts: list[object] = []
    for text in instructions:
        if (several := as_sequence(text)) is not None:
            parts.extend(several)
        else:
            parts.append({"type": "text", "text": str(text)})
    return parts
