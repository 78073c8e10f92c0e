from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience import Plan, Priority, Strategy
from hive_resilience.runtime.lines.task_line import InvalidLineError, read_task


def reason(line: object) -> str:
    text = line if isinstance(line, bytes) else json.dumps(line).encode()
    with pytest.raises(InvalidLineError) as caught:
        read_task(text)
    return str(caught.value)


def test_a_text_is_a_payload() -> None:
    task, plan = read_task(b'"Hi"\n')

    assert (task.payload, plan) == ("Hi", None)


@pytest.mark.parametrize("payload", [{"prompt": "Hi", "seed": 1}, {"messages": []}])
def test_an_object_with_a_prompt_or_messages_is_a_payload_itself(payload: dict[str, Any]) -> None:
    assert read_task(json.dumps(payload).encode())[0].payload == payload


def test_an_object_with_a_payload_describes_the_whole_task() -> None:
    line = {
        "payload": {"prompt": "Hi"},
        "id": "t-1",
        "type": "chat",
        "priority": "high",
        "timeout": 2,
        "metadata": {"a": 1},
        "plan": {"primary": "m", "fallbacks": ["n"], "strategy": "random", "timeout": "1m"},
    }

    task, plan = read_task(json.dumps(line).encode())

    assert (task.payload, task.id, task.type) == ({"prompt": "Hi"}, "t-1", "chat")
    assert (task.priority, task.timeout, task.metadata) == (Priority.HIGH, 2.0, {"a": 1})
    assert plan == Plan("m", ("n",), strategy=Strategy.RANDOM, timeout=60.0)


def test_a_line_may_have_a_session_and_a_quorum() -> None:
    line = {"payload": "x", "session": "chat 7", "plan": {"primary": "m", "quorum": 2}}

    task, plan = read_task(json.dumps(line).encode())

    assert task.session == "chat 7"
    assert plan == Plan("m", strategy=Strategy.QUORUM, quorum=2)


@pytest.mark.parametrize(("written", "seconds"), [("30s", 30.0), ("500ms", 0.5), ("4", 4.0)])
def test_a_timeout_may_carry_its_unit(written: str, seconds: float) -> None:
    line = json.dumps({"payload": "Hi", "timeout": written})

    assert read_task(line.encode())[0].timeout == seconds


def test_tasks_without_an_id_get_different_ones() -> None:
    assert read_task(b'"Hi"')[0].id != read_task(b'"Hi"')[0].id


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_task(b'\xef\xbb\xbf"Hi"')[0].payload == "Hi"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "not JSON"),
        (b'"\xff"', "not JSON"),
        ([1], "this is a list"),
        (None, "this is null"),
        (True, "this is true or false"),
        ({}, "none of them"),
        ({"promt": "Hi"}, "promt: unknown key; did you mean prompt?"),
        ({"payload": "Hi", "timeot": 1}, "timeot: unknown key; did you mean timeout?"),
        ({"payload": "Hi", "x": 1}, "x: unknown key; allowed: payload, id,"),
        ({"payload": "Hi", "id": 7}, "id: should be a valid string, found 7"),
        ({"payload": "Hi", "id": ""}, "id: "),
        ({"payload": "Hi", "priority": "urgent"}, "'high' or 'critical', found 'urgent'"),
        ({"payload": "Hi", "timeout": "soon"}, 'timeout: write a span of time as "500ms"'),
        ({"payload": "Hi", "timeout": 0}, "timeout: should be greater than 0"),
        ({"payload": "Hi", "timeout": True}, "timeout: a span of time is a number"),
        ({"payload": "Hi", "metadata": []}, "metadata: should be a valid dictionary"),
        ({"payload": "Hi", "plan": 3}, "plan: "),
        ({"payload": "Hi", "plan": {}}, "plan.primary: Field required"),
        ({"payload": "Hi", "plan": {"fallback": []}}, "did you mean plan.fallbacks?"),
        ({"payload": "Hi", "plan": {"primary": "m", "strategy": "all"}}, "plan.strategy: "),
    ],
)
def test_what_is_no_task_is_refused_with_the_reason(line: object, told: str) -> None:
    assert told in reason(line)


def test_a_refused_line_keeps_the_id_it_wanted() -> None:
    with pytest.raises(InvalidLineError) as caught:
        read_task(b'{"payload": "Hi", "id": "t-1", "timeout": "soon"}')

    assert caught.value.task_id == "t-1"
