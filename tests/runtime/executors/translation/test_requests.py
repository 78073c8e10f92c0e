"""Requests of either family in the form of the other."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.errors import ModelLimitError

from .requests_kit import HI, PNG, SCHEMA, TOOL, lost, message


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_tokens": 5}, {"max_tokens": 5}),
        ({"max_completion_tokens": 7, "max_tokens": 5}, {"max_tokens": 7}),
        ({"stop": "END"}, {"stop_sequences": ["END"]}),
        ({"stop": ["A", "B"]}, {"stop_sequences": ["A", "B"]}),
        ({"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
        ({"reasoning_effort": "high"}, {"output_config": {"effort": "high"}}),
        ({"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
        ({"response_format": {"type": "text"}}, {}),
        ({"user": "u"}, {"metadata": {"user_id": "u"}}),
        ({"service_tier": "default"}, {"service_tier": "standard_only"}),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({"n": 1, "seed": None, "logprobs": False, "frequency_penalty": 0}, {}),
        (
            {"top_k": 5, "thinking": {"type": "adaptive"}},
            {"top_k": 5, "thinking": {"type": "adaptive"}},
        ),
        ({"unheard_of": 1}, {"unheard_of": 1}),
        (
            {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
            {
                "tools": [{"name": "f", "description": "d", "input_schema": SCHEMA}],
                "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            },
        ),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"tool_choice": {"type": "tool", "name": "f"}},
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
                },
                "reasoning_effort": "low",
            },
            {
                "output_config": {
                    "format": {"type": "json_schema", "schema": SCHEMA},
                    "effort": "low",
                }
            },
        ),
    ],
    ids=range(17),
)
def test_the_fields_of_a_chat_as_those_of_a_message(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert message(**fields) == {"messages": [HI], **expected}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"n": 2, "seed": 7}, "a message has no counterpart for n, seed"),
        ({"temperature": 1.5}, "a temperature above 1"),
        ({"logprobs": True}, "logprobs"),
        ({"reasoning_effort": "minimal"}, "this reasoning_effort"),
        ({"response_format": {"type": "json_object"}}, "response_format json_object"),
        ({"response_format": 7}, "response_format"),
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, "tools[0]"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice"),
        ({"metadata": {"team": "x"}}, "metadata"),
        ({"service_tier": "flex"}, "this service_tier"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"stream_options": 7}, "stream_options"),
        ({"output_config": 7}, "output_config"),
        ({"messages": [{**HI, "name": "Ann"}]}, "messages[0].name"),
        ({"messages": [{"role": "function"}]}, "the role of messages[0]"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "content[0]"),
        ({"messages": [{"role": "assistant", "content": None}]}, "messages[0], which is empty"),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{"}}],
                    }
                ]
            },
            "messages[0].tool_calls[0].function.arguments",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}
                        ],
                    }
                ]
            },
            "messages[0].content[0].image_url.detail",
        ),
    ],
    ids=range(21),
)
def test_what_a_message_does_not_have_is_named(fields: dict[str, Any], named: str) -> None:
    assert named in lost(message, **fields)


def test_the_error_is_that_of_a_model_that_cannot_take_it() -> None:
    with pytest.raises(ModelLimitError):
        message(seed=1)


def test_many_names_are_not_all_told() -> None:
    told = lost(message, n=2, seed=1, audio={}, prediction={}, store=True, logprobs=True)
    assert told.endswith("and 1 more")
