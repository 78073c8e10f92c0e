"""Every way in which the official clients of Python read a stream."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import anthropic
import httpx2
import openai

from .. import answers_kit as good


class Content(NamedTuple):
    """What a reader has of an answer in the end."""

    text: str = ""
    arguments: str = ""
    finish: str | None = None


Read = Callable[["Clients", str], Content]
ReadAsync = Callable[["Clients", str], Awaitable[Content]]


_NO_TLS = ssl.create_default_context()
"""One for all: by themselves each client reads every certificate of the machine."""


class Clients:
    """The four clients at one server, without retries of their own."""

    def __init__(self, url: str, **options: Any) -> None:
        given: dict[str, Any] = {"api_key": "sk-test", "max_retries": 0, "timeout": 30.0, **options}
        root = url.removesuffix("/v1")
        blocking: dict[str, Any] = {"http_client": httpx2.Client(verify=_NO_TLS), **given}
        others: dict[str, Any] = {"http_client": httpx2.AsyncClient(verify=_NO_TLS), **given}
        self.openai = openai.OpenAI(base_url=url, **blocking)
        self.anthropic = anthropic.Anthropic(base_url=root, **blocking)
        self.async_openai = openai.AsyncOpenAI(base_url=url, **others)
        self.async_anthropic = anthropic.AsyncAnthropic(base_url=root, **others)

    def close(self) -> None:
        """Close those for threads; the others close on the loop that has used them."""
        self.openai.close()
        self.anthropic.close()

    async def aclose(self) -> None:
        """Close those for loops."""
        await self.async_openai.close()
        await self.async_anthropic.close()


# Chat completions and completions.


class _Choices:
    def __init__(self) -> None:
        self.text, self.arguments, self.finish = "", "", None

    def add(self, chunk: Any) -> None:
        for choice in chunk.choices or ():
            delta = getattr(choice, "delta", None)
            self.text += (choice.text if delta is None else delta.content) or ""
            for call in getattr(delta, "tool_calls", None) or ():
                self.arguments += (call.function and call.function.arguments) or ""
            self.finish = choice.finish_reason or self.finish

    def content(self) -> Content:
        return Content(self.text, self.arguments, self.finish)


def _said(prompt: str) -> list[Any]:
    return [{"role": "user", "content": prompt}]


def chat(clients: Clients, prompt: str) -> Content:
    found = _Choices()
    stream = clients.openai.chat.completions.create(model="m", messages=_said(prompt), stream=True)
    for chunk in stream:
        found.add(chunk)
    return found.content()


async def chat_async(clients: Clients, prompt: str) -> Content:
    found = _Choices()
    stream = await clients.async_openai.chat.completions.create(
        model="m", messages=_said(prompt), stream=True
    )
    async for chunk in stream:
        found.add(chunk)
    return found.content()


async def chat_events(clients: Clients, prompt: str) -> Content:
    making = clients.async_openai.chat.completions.stream(model="m", messages=_said(prompt))
    async with making as stream:
        choice = (await stream.get_final_completion()).choices[0]
    calls: Any = choice.message.tool_calls or ()
    arguments = "".join(call.function.arguments for call in calls)
    return Content(choice.message.content or "", arguments, choice.finish_reason)


def text(clients: Clients, prompt: str) -> Content:
    found = _Choices()
    for chunk in clients.openai.completions.create(model="m", prompt=prompt, stream=True):
        found.add(chunk)
    return found.content()


async def text_async(clients: Clients, prompt: str) -> Content:
    found = _Choices()
    stream = await clients.async_openai.completions.create(model="m", prompt=prompt, stream=True)
    async for chunk in stream:
        found.add(chunk)
    return found.content()


# Messages.


class _Blocks:
    def __init__(self) -> None:
        self.text, self.arguments, self.finish = "", "", None

    def add(self, event: Any) -> None:
        if event.type == "content_block_delta":
            self.text += getattr(event.delta, "text", "")
            self.arguments += getattr(event.delta, "partial_json", "")
        elif event.type == "message_delta":
            self.finish = event.delta.stop_reason

    def content(self) -> Content:
        return Content(self.text, self.arguments, self.finish)


def message(clients: Clients, prompt: str) -> Content:
    found = _Blocks()
    stream = clients.anthropic.messages.create(
        model="m", messages=_said(prompt), max_tokens=99, stream=True
    )
    for event in stream:
        found.add(event)
    return found.content()


async def message_async(clients: Clients, prompt: str) -> Content:
    found = _Blocks()
    stream = await clients.async_anthropic.messages.create(
        model="m", messages=_said(prompt), max_tokens=99, stream=True
    )
    async for event in stream:
        found.add(event)
    return found.content()


async def message_events(clients: Clients, prompt: str) -> Content:
    making = clients.async_anthropic.messages.stream(
        model="m", messages=_said(prompt), max_tokens=99
    )
    async with making as stream:
        found = await stream.get_final_message()
    block: Any = found.content[0] if found.content else None
    if getattr(block, "type", None) == "tool_use":
        is_whole = block.input == {"city": "Zürich"}
        return Content("", good.ARGUMENTS if is_whole else str(block.input), found.stop_reason)
    return Content("" if block is None else block.text, "", found.stop_reason)


# Responses.


class _Items:
    def __init__(self) -> None:
        self.text, self.arguments, self.finish = "", "", None

    def add(self, event: Any) -> None:
        match event.type:
            case "response.output_text.delta":
                self.text += event.delta
            case "response.function_call_arguments.delta":
                self.arguments += event.delta
            case "response.completed":
                self.finish = event.response.status
            case _:
                pass

    def content(self) -> Content:
        return Content(self.text, self.arguments, self.finish)


def response(clients: Clients, prompt: str) -> Content:
    found = _Items()
    for event in clients.openai.responses.create(model="m", input=prompt, stream=True):
        found.add(event)
    return found.content()


async def response_async(clients: Clients, prompt: str) -> Content:
    found = _Items()
    stream = await clients.async_openai.responses.create(model="m", input=prompt, stream=True)
    async for event in stream:
        found.add(event)
    return found.content()


async def response_events(clients: Clients, prompt: str) -> Content:
    async with clients.async_openai.responses.stream(model="m", input=prompt) as stream:
        found = await stream.get_final_response()
    calls: Any = [item for item in found.output if item.type == "function_call"]
    arguments = "".join(call.arguments for call in calls)
    return Content(found.output_text, arguments, found.status)


READERS: dict[str, Read] = {"chat": chat, "text": text, "message": message, "response": response}
ASYNC_READERS: dict[str, tuple[ReadAsync, ...]] = {
    "chat": (chat_async, chat_events),
    "text": (text_async,),
    "message": (message_async, message_events),
    "response": (response_async, response_events),
}
WHOLE: dict[str, tuple[Content, Content]] = {
    "chat": (Content(good.TEXT, "", "stop"), Content("", good.ARGUMENTS, "tool_calls")),
    "text": (Content(good.TEXT, "", "stop"), Content(good.TEXT, "", "stop")),
    "message": (Content(good.TEXT, "", "end_turn"), Content("", good.ARGUMENTS, "tool_use")),
    "response": (Content(good.TEXT, "", "completed"), Content("", good.ARGUMENTS, "completed")),
}
