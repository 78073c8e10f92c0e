"""Turns, tools and whole requests in the other family's form, there and back."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.errors import UntranslatableRequestError
from hive_resilience.runtime.executors.translation.to_chat import chat_request
from hive_resilience.runtime.executors.translation.to_message import message_request

from .requests_kit import CALL, HI, PNG, SCHEMA, TOOL, chat, fields, lost, message


def test_instructions_stand_before_the_turns_wherever_they_were() -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        HI,
        {"role": "assistant", "content": "Hello"},
        {"role": "developer", "content": [{"type": "text", "text": "In French."}]},
        HI,
    ]
    found = message_request({"messages": turns})
    assert found["messages"] == [HI, {"role": "assistant", "content": "Hello"}, HI]
    assert found["system"] == [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "In French."},
    ]


def test_calls_of_tools_and_their_results_are_turns() -> None:
    turns = [
        {"role": "assistant", "content": "Let me see", "tool_calls": [CALL, {**CALL, "id": "d"}]},
        {"role": "tool", "tool_call_id": "c", "content": "rain"},
        {"role": "tool", "tool_call_id": "d", "content": [{"type": "text", "text": "sun"}]},
    ]
    use = {"type": "tool_use", "name": "f", "input": {"city": "Oslo"}}
    assert message_request({"messages": turns})["messages"] == [
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see"},
                {**use, "id": "c"},
                {**use, "id": "d"},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c", "content": "rain"},
                {
                    "type": "tool_result",
                    "tool_use_id": "d",
                    "content": [{"type": "text", "text": "sun"}],
                },
            ],
        },
    ]


def test_thoughts_that_can_be_sent_back_are() -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": "x"}
    turn = {
        "role": "assistant",
        "content": "Yes",
        "reasoning_content": "Hm",
        "thinking_blocks": [thought],
    }
    assert message_request({"messages": [turn]})["messages"][0]["content"] == [
        thought,
        {"type": "text", "text": "Yes"},
    ]
    assert "reasoning_content" in lost(message, messages=[{**turn, "thinking_blocks": None}])


def test_what_is_in_anthropics_form_already_stays() -> None:
    given_: dict[str, Any] = {
        "system": "Be brief.",
        "tools": [{"name": "f", "input_schema": SCHEMA}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {}}]}
        ],
    }
    assert message_request(given_) == given_


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"top_k": 5}, "a chat completion has no counterpart for top_k"),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "thinking"),
        ({"tools": [{"type": "web_search_20250305", "name": "w"}]}, "tools[0]"),
        (
            {"tools": [{"name": "f", "input_schema": SCHEMA, "cache_control": {"type": "x"}}]},
            "cache_control",
        ),
        ({"output_config": {"task_budget": 1}}, "output_config.task_budget"),
        ({"metadata": {"team": "x"}}, "metadata.team"),
        ({"metadata": 7}, "metadata"),
        ({"output_config": 7}, "output_config"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"system": [{"type": "text", "text": "a", "cache_control": {"type": "e"}}]}, "system[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "document"}]}]}, "document"),
        ({"messages": [{"role": "assistant", "content": [{"type": "thinking"}]}]}, "thinking"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0]"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "tool_result", "tool_use_id": "c", "is_error": True}],
                    }
                ]
            },
            "messages[0].content[0].is_error",
        ),
    ],
    ids=range(14),
)
def test_what_a_chat_does_not_have_is_named(fields: dict[str, Any], named: str) -> None:
    assert named in lost(chat, **fields)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("choice", [None, "auto", "required"])
def test_whether_tools_are_called_side_by_side_goes_there_and_back(
    choice: str | None, alone: bool
) -> None:
    given_ = {"messages": [HI], "tools": [TOOL], "parallel_tool_calls": not alone}
    told = message_request(given_ if choice is None else {**given_, "tool_choice": choice})
    assert told["tool_choice"]["disable_parallel_tool_use"] is alone
    back = chat_request(told)
    assert (back["parallel_tool_calls"], back["tool_choice"]) == (not alone, choice or "auto")


@pytest.mark.parametrize("payload", [7, {"messages": 7}, {"messages": [HI], "tools": 7}, {}])
def test_what_is_no_request_at_all_is_not_taken_for_one(payload: Any) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, UntranslatableRequestError)):
        message_request(payload)
    with pytest.raises((AttributeError, KeyError, TypeError, UntranslatableRequestError)):
        chat_request(payload)


def test_neither_changes_what_it_is_given() -> None:
    given_: dict[str, Any] = {
        "messages": [HI, {"role": "assistant", "tool_calls": [CALL]}],
        "tools": [TOOL],
    }
    before = copy.deepcopy(given_)
    back = chat_request(message_request(given_))
    assert given_ == before
    assert back["tools"] == [TOOL]


# There and back.

TEXT = st.text(min_size=1, max_size=8)
PARTS = st.lists(
    st.one_of(
        TEXT.map(lambda text: {"type": "text", "text": text}),
        st.sampled_from([PNG, "https://host/a.png"]).map(
            lambda url: {"type": "image_url", "image_url": {"url": url}}
        ),
    ),
    min_size=1,
    max_size=3,
)
ARGUMENTS = st.dictionaries(TEXT, st.one_of(st.integers(-9, 9), TEXT, st.none()), max_size=2)
CALLS = st.lists(
    fields(
        id=TEXT,
        type=st.just("function"),
        function=fields(
            name=TEXT, arguments=ARGUMENTS.map(lambda found: orjson.dumps(found).decode())
        ),
    ),
    min_size=1,
    max_size=3,
)
USER = fields(role=st.just("user"), content=TEXT | PARTS)
ANSWER = fields(role=st.just("assistant"), content=TEXT)
CALLING = fields(role=st.just("assistant"), content=st.none() | TEXT, tool_calls=CALLS)
RESULT = fields(role=st.just("tool"), tool_call_id=TEXT, content=TEXT)
SYSTEM = fields(role=st.just("system"), content=TEXT)
FUNCTION: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": TEXT, "parameters": st.just(SCHEMA)},
    optional={"description": TEXT, "strict": st.booleans()},
)
TOOLS = st.lists(fields(type=st.just("function"), function=FUNCTION), min_size=1, max_size=2)
TURNS = st.tuples(
    st.lists(SYSTEM, max_size=1),
    st.lists(USER | ANSWER | CALLING | RESULT, min_size=1, max_size=5),
).map(lambda found: [*found[0], *found[1]])
CHATS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"messages": TURNS},
    optional={
        "max_completion_tokens": st.integers(1, 99),
        "stop": st.lists(TEXT, min_size=1, max_size=2),
        "temperature": st.floats(0, 1),
        "top_p": st.floats(0, 1),
        "stream": st.just(True),
        "tools": TOOLS,
        "tool_choice": st.sampled_from(
            ["auto", "required", "none", {"type": "function", "function": {"name": "f"}}]
        ),
        "reasoning_effort": st.sampled_from(["none", "low", "medium", "high", "xhigh", "max"]),
        "response_format": st.just(
            {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
            }
        ),
        "user": TEXT,
        "service_tier": st.sampled_from(["auto", "default"]),
    },
)


@given(CHATS)
def test_there_and_back_is_the_same(found: dict[str, Any]) -> None:
    assert chat_request(message_request(found)) == found


@given(CHATS)
def test_a_message_goes_there_and_back_too(found: dict[str, Any]) -> None:
    told = message_request(found)
    assert message_request(chat_request(told)) == told
