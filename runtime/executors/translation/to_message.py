"""A request for a chat completion as a request for a message. Pure.

What is in Anthropic's own form already stays as it is: such fields and blocks mean nothing else in
OpenAI's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .foreign import Foreign
from .lost import Lost, items_of
from .tools_to_message import tool_choice_of, tools_of
from .turns_to_message import turns_of

_EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})
_TIERS = {"auto": "auto", "default": "standard_only"}
_NOTHING: Mapping[str, tuple[object, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "store": (False,),
    "modalities": (["text"],),
    "verbosity": ("medium",),
    "seed": (),
    "audio": (),
    "prediction": (),
    "web_search_options": (),
    "prompt_cache_key": (),
    "prompt_cache_options": (),
    "prompt_cache_retention": (),
    "moderation": (),
    "functions": ([],),
    "function_call": (),
    "top_a": (),
    "min_p": (),
}
"""Fields without a counterpart, and the values by which they ask for nothing."""


def message_request(chat: Mapping[str, Any]) -> dict[str, Any]:
    """The request for a message; without `max_tokens` where the chat names none.

    Raises `UntranslatableRequestError`, which names all that has no counterpart.

    >>> chat = {"messages": [{"role": "user", "content": "Hi"}], "stop": "END"}
    >>> message_request(chat)
    {'messages': [{'role': 'user', 'content': 'Hi'}], 'stop_sequences': ['END']}
    """
    lost = Lost("a message")
    chat = {name: value for name, value in chat.items() if value is not None}
    found: dict[str, Any] = {}
    turns_of(chat.pop("messages"), chat.pop("system", None), found, lost)
    tools_of(chat.pop("tools", None), found, lost)
    choice, parallel = chat.pop("tool_choice", None), chat.pop("parallel_tool_calls", None)
    tool_choice_of(choice, parallel, found, lost)
    for name, value in chat.items():
        take = _TAKEN.get(name)
        if take is not None:
            take(value, found, lost)
        elif name not in _NOTHING:
            found[name] = value
        elif not any(value == one for one in _NOTHING[name]):
            lost.add(name)
    lost.check()
    # The newer name goes before the older one.
    if "max_completion_tokens" in chat:
        found["max_tokens"] = chat["max_completion_tokens"]
    return found


def _max_tokens(value: Any, found: dict[str, Any], lost: Lost) -> None:
    found["max_tokens"] = value


def _stop(value: Any, found: dict[str, Any], lost: Lost) -> None:
    found["stop_sequences"] = [value] if isinstance(value, str) else value


def _temperature(value: Any, found: dict[str, Any], lost: Lost) -> None:
    if isinstance(value, int | float) and value > 1:
        lost.add("a temperature above 1")
    found["temperature"] = value


def _format(value: Any, found: dict[str, Any], lost: Lost) -> None:
    match value:
        case {"type": "text"}:
            return
        case {"type": "json_schema", "json_schema": {"schema": {**schema}} as told}:
            if "description" in told:
                schema.setdefault("description", told["description"])
            config = found.setdefault("output_config", {})
            found["output_config"] = {**config, "format": {"type": "json_schema", "schema": schema}}
        case {"type": "json_object"}:
            lost.add("response_format json_object (it needs a schema)")
        case _:
            lost.add("response_format")


def _effort(value: Any, found: dict[str, Any], lost: Lost) -> None:
    if value == "none":
        found["thinking"] = {"type": "disabled"}
    elif value in _EFFORTS:
        found["output_config"] = {**found.get("output_config", {}), "effort": value}
    else:
        lost.add("this reasoning_effort")


def _output_config(value: Any, found: dict[str, Any], lost: Lost) -> None:
    told = dict(items_of(value, "output_config", lost))
    found["output_config"] = {**found.get("output_config", {}), **told}


def _stream_options(value: Any, found: dict[str, Any], lost: Lost) -> None:
    # A stream of messages always tells its usage.
    for name, wish in items_of(value, "stream_options", lost):
        if name != "include_usage" and wish:
            lost.add(f"stream_options.{name}")


def _user(value: Any, found: dict[str, Any], lost: Lost) -> None:
    found["metadata"] = {"user_id": value}


def _metadata(value: Foreign, found: dict[str, Any], lost: Lost) -> None:
    if not isinstance(value, Mapping) or value.keys() - {"user_id"}:
        lost.add("metadata")
    elif value:
        found["metadata"] = dict(value)


def _tier(value: Any, found: dict[str, Any], lost: Lost) -> None:
    tier = value if value == "standard_only" else _TIERS.get(value)
    if tier is None:
        lost.add("this service_tier")
    found["service_tier"] = tier


_TAKEN: Mapping[str, Callable[[Any, dict[str, Any], Lost], None]] = {
    "max_tokens": _max_tokens,
    "max_completion_tokens": _max_tokens,
    "stop": _stop,
    "temperature": _temperature,
    "response_format": _format,
    "reasoning_effort": _effort,
    "output_config": _output_config,
    "stream_options": _stream_options,
    "user": _user,
    "safety_identifier": _user,
    "metadata": _metadata,
    "service_tier": _tier,
}
