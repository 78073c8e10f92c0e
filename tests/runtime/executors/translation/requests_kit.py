"""Requests of both families."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from hive_resilience.errors import UntranslatableRequestError
from hive_resilience.runtime.executors.translation.to_chat import chat_request
from hive_resilience.runtime.executors.translation.to_message import message_request

HI = {"role": "user", "content": "Hi"}
PNG = "data:image/png;base64,aGk="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"city":"Oslo"}'}}


def message(**fields: Any) -> dict[str, Any]:
    return message_request({"messages": [HI], **fields})


def chat(**fields: Any) -> dict[str, Any]:
    return chat_request({"messages": [HI], "max_tokens": 9, **fields})


def lost(translate: Any, **fields: Any) -> str:
    with pytest.raises(UntranslatableRequestError) as caught:
        translate(**fields)
    return str(caught.value)


def fields(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these fields."""
    return st.fixed_dictionaries(parts)
