"""Tools of a chat as those of a message. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .foreign import Foreign
from .lost import Lost

_NO_ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {}}
_CHOICES = {"auto": "auto", "required": "any", "none": "none"}


def tools_of(tools: Any, found: dict[str, Any], lost: Lost) -> None:
    """Put `tools` into `found`."""
    if tools:
        found["tools"] = [_tool(tool, f"tools[{at}]", lost) for at, tool in enumerate(tools)]


def tool_choice_of(choice: Any, parallel: Any, found: dict[str, Any], lost: Lost) -> None:
    """Put `tool_choice` into `found`; whether several tools may be called at once is part of it."""
    told = _choice(choice, lost)
    if parallel is not None and "tools" in found and told.get("type") != "none":
        told = {"type": "auto", **told, "disable_parallel_tool_use": not parallel}
    if told:
        found["tool_choice"] = told


def _tool(tool: Any, place: str, lost: Lost) -> Any:
    match tool:
        case {"type": "function", "function": {"name": str(name), **function}}:
            rest = {key: value for key, value in function.items() if value is not None}
            schema = rest.pop("parameters", _NO_ARGUMENTS)
            for key in rest.keys() - {"description", "strict"}:
                lost.add(f"{place}.function.{key}")
            return {"name": name, **rest, "input_schema": schema}
        case {"type": "custom", "custom": _} | {"type": "function"}:
            lost.add(place)
        case _:
            pass
    return tool


def _choice(choice: Foreign, lost: Lost) -> dict[str, Any]:
    match choice:
        case None:
            return {}
        case str() if choice in _CHOICES:
            return {"type": _CHOICES[choice]}
        case {"type": "function", "function": {"name": str(name)}}:
            return {"type": "tool", "name": name}
        case Mapping() if choice.get("type") in ("auto", "any", "none", "tool"):
            return dict(choice)
        case _:
            lost.add("tool_choice")
            return {}
