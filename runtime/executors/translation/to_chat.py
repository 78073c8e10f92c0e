"""A request for a message as a request for a chat completion. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .foreign import Foreign
from .lost import Lost, items_of
from .turns_to_chat import instructions_of, turns_of

_TIERS = {"auto": "auto", "standard_only": "default"}
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_SCHEMA_NAME = "answer"
"""A schema has a name there, and none here."""
_WITHOUT = frozenset(
    {"top_k", "container", "cache_control", "mcp_servers", "context_management", "diagnostics"}
    | {"inference_geo", "speed", "user_profile_id", "workspace_id", "betas", "fallbacks"}
)


def chat_request(message: Mapping[str, Any]) -> dict[str, Any]:
    """The request for a chat completion.

    Raises `UntranslatableRequestError`, which names all that has no counterpart.

    >>> chat_request({"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]})
    {'messages': [{'role': 'user', 'content': 'Hi'}], 'max_completion_tokens': 9}
    """
    lost = Lost("a chat completion")
    message = {name: value for name, value in message.items() if value is not None}
    turns = turns_of(message.pop("messages"), lost)
    found: dict[str, Any] = {
        "messages": [*instructions_of(message.pop("system", None), lost), *turns]
    }
    for name, value in message.items():
        take = _TAKEN.get(name)
        if take is not None:
            take(value, found, lost)
        elif name in _WITHOUT:
            lost.add(name)
        else:
            found[name] = value
    lost.check()
    return found


def _max_tokens(value: Any, found: dict[str, Any], lost: Lost) -> None:
    found["max_completion_tokens"] = value


def _stop(value: Any, found: dict[str, Any], lost: Lost) -> None:
    found["stop"] = value


def _tools(value: Any, found: dict[str, Any], lost: Lost) -> None:
    if value:
        found["tools"] = [_tool(tool, f"tools[{at}]", lost) for at, tool in enumerate(value)]


def _tool(tool: Any, place: str, lost: Lost) -> Any:
    match tool:
        case {"name": str(name), "input_schema": schema, **rest}:
            for key in rest.keys() - {"type", "description", "strict"}:
                lost.add(f"{place}.{key}")
            if rest.pop("type", None) not in (None, "custom"):
                lost.add(place)
            return {"type": "function", "function": {"name": name, **rest, "parameters": schema}}
        case _:
            lost.add(place)
            return tool


def _tool_choice(value: Any, found: dict[str, Any], lost: Lost) -> None:
    rest: Mapping[Any, Any] = {}
    match value:
        case {"type": str(kind), **rest} if kind in _CHOICES:
            found["tool_choice"] = _CHOICES[kind]
        case {"type": "tool", "name": str(name), **rest}:
            found["tool_choice"] = {"type": "function", "function": {"name": name}}
        case _:
            lost.add("tool_choice")
    if (alone := rest.get("disable_parallel_tool_use")) is not None:
        found["parallel_tool_calls"] = not alone


def _thinking(value: Foreign, found: dict[str, Any], lost: Lost) -> None:
    if isinstance(value, Mapping) and value.get("type") == "disabled":
        found["reasoning_effort"] = "none"
    else:
        lost.add("thinking")


def _output_config(value: Any, found: dict[str, Any], lost: Lost) -> None:
    for name, told in items_of(value, "output_config", lost):
        match name, told:
            case _, None:
                continue
            case "effort", str():
                found["reasoning_effort"] = told
            case "format", {"type": "json_schema", "schema": schema}:
                named = {"name": _SCHEMA_NAME, "strict": True, "schema": schema}
                found["response_format"] = {"type": "json_schema", "json_schema": named}
            case _:
                lost.add(f"output_config.{name}")


def _metadata(value: Any, found: dict[str, Any], lost: Lost) -> None:
    for name, told in items_of(value, "metadata", lost):
        if name != "user_id":
            lost.add(f"metadata.{name}")
        elif told is not None:
            found["user"] = told


def _tier(value: Any, found: dict[str, Any], lost: Lost) -> None:
    if value not in _TIERS:
        lost.add("this service_tier")
    found["service_tier"] = _TIERS.get(value)


_TAKEN: Mapping[str, Callable[[Any, dict[str, Any], Lost], None]] = {
    "max_tokens": _max_tokens,
    "stop_sequences": _stop,
    "tools": _tools,
    "tool_choice": _tool_choice,
    "thinking": _thinking,
    "output_config": _output_config,
    "metadata": _metadata,
    "service_tier": _tier,
}
