"""What the model server answers: chat completions in OpenAI's form, without any input or output."""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

from ....config.values.values import is_list, is_mapping
from .connection import Reply
from .markov import MarkovChain, Text, tokenize

_DEFAULT_MAX_TOKENS = 120
_MOST_TOKENS = 4096
_USUAL_TOKENS = 40
_PIECE = re.compile(r"\s*\S+")


class ChatServer:
    """Routes a request to its reply; one generator, seeded, for texts and delays."""

    __slots__ = ("_chain", "_chance", "_delay", "_model", "_pause", "_started")

    def __init__(
        self, model: str, chain: MarkovChain, *, delay: float, pause: float = 0.0, seed: int = 0
    ) -> None:
        self._model = model
        self._chain = chain
        self._delay = delay
        self._pause = pause
        self._chance = random.Random(seed)
        self._started = int(time.time())

    def route(self, method: str, path: str, body: bytes) -> Reply:
        """The reply to one request; a wrong request gets an error in OpenAI's form."""
        match method, path.split("?", 1)[0]:
            case "POST", "/v1/chat/completions":
                return self._complete(body)
            case "GET", "/v1/models":
                return _reply({"object": "list", "data": [self._card()]})
            case "GET", "/health":
                return _reply({"status": "ok"})
            case _, "/v1/chat/completions" | "/v1/models" | "/health":
                return error_reply(405, f"{method} is not possible here")
            case _:
                return error_reply(404, "there is nothing here; try POST /v1/chat/completions")

    def _card(self) -> dict[str, object]:
        card: dict[str, object] = {"id": self._model, "object": "model"}
        return {**card, "created": self._started, "owned_by": "demo"}

    def _complete(self, body: bytes) -> Reply:
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return error_reply(400, "the body is not JSON")
        wrong = _what_is_wrong(request)
        if wrong is not None:
            return error_reply(400, wrong)
        prompt = _prompt(request["messages"])
        text = self._write(prompt, request)
        delay = self._latency(text.tokens)
        if request.get("stream"):
            events = tuple(_events(self._head("chat.completion.chunk"), text))
            # At its own pace, or as long as the answer in one piece.
            delay = self._pause * len(events) or delay
            return Reply(200, events, delay=delay, content_type="text/event-stream")
        answer = {**self._head("chat.completion"), **_body(text, len(tokenize(prompt)))}
        return _reply(answer, delay=delay)

    def _write(self, prompt: str, request: dict[str, Any]) -> Text:
        most = request.get("max_completion_tokens") or request.get("max_tokens")
        seed = request.get("seed")
        return self._chain.write(
            prompt,
            max_tokens=min(most or _DEFAULT_MAX_TOKENS, _MOST_TOKENS),
            seed=self._chance.getrandbits(32) if seed is None else seed,
        )

    def _latency(self, tokens: int) -> float:
        """The delay, by a fifth more or less, and by a half more or less for the length."""
        length = min(1.0, tokens / (2 * _USUAL_TOKENS))
        return self._delay * (0.5 + length) * (0.8 + 0.4 * self._chance.random())

    def _head(self, kind: str) -> dict[str, object]:
        number = f"chatcmpl-{uuid.uuid4().hex[:24]}"
        created = int(time.time())
        return {"id": number, "object": kind, "created": created, "model": self._model}


def error_reply(status: int, message: str) -> Reply:
    """An error in OpenAI's form."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    error = {"message": message, "type": kind, "param": None, "code": None}
    return _reply({"error": error}, status=status)


def _reply(answer: dict[str, object], *, status: int = 200, delay: float = 0.0) -> Reply:
    return Reply(status, (json.dumps(answer).encode(),), delay=delay)


def _what_is_wrong(request: object) -> str | None:
    if not is_mapping(request):
        return "the body is not an object"
    messages = request.get("messages")
    if not is_list(messages) or not messages:
        return "`messages` is missing, or is not a list with at least one message"
    if not all(is_mapping(message) for message in messages):
        return "every message is an object"
    for key in ("max_tokens", "max_completion_tokens"):
        if not _is_count(request.get(key)):
            return f"`{key}` is a whole number above 0"
    if not isinstance(request.get("seed"), int | None):
        return "`seed` is a whole number"
    return None


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and value > 0)


def _prompt(messages: list[dict[str, Any]]) -> str:
    return "\n".join(_content(message.get("content")) for message in messages)


def _content(content: object) -> str:
    """A message's text: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    parts = content if is_list(content) else []
    return " ".join(str(part["text"]) for part in parts if is_mapping(part) and "text" in part)


def _body(text: Text, asked: int) -> dict[str, object]:
    message = {"role": "assistant", "content": text.text}
    choice = {"index": 0, "message": message, "finish_reason": _reason(text)}
    usage = {
        "prompt_tokens": asked,
        "completion_tokens": text.tokens,
        "total_tokens": asked + text.tokens,
    }
    return {"choices": [choice], "usage": usage}


def _events(head: dict[str, object], text: Text) -> Iterator[bytes]:
    yield _event(head, {"role": "assistant", "content": ""}, None)
    for piece in _PIECE.findall(text.text):
        yield _event(head, {"content": piece}, None)
    yield _event(head, {}, _reason(text))
    yield b"data: [DONE]\n\n"


def _event(head: dict[str, object], delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return b"data: " + json.dumps({**head, "choices": [choice]}).encode() + b"\n\n"


def _reason(text: Text) -> str:
    return "stop" if text.finished else "length"
