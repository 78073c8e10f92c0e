from __future__ import annotations

import json
from typing import Any

from hive_resilience import AttemptRecord, Completion, Outcome, Strategy, TaskResult
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.runtime.cli.run.tally import Tally
from hive_resilience.runtime.lines.result_line import presentable, refusal_line, result_line
from hive_resilience.runtime.lines.task_line import InvalidLineError
from hive_resilience.snapshots import Usage


def result(value: object, **changes: Any) -> TaskResult:
    found = TaskResult(
        "t-1", True, value, "m", 0.25, Strategy.SEQUENTIAL, False, 0, False, None, (), False, {}
    )
    return found._replace(**changes)


def written(found: TaskResult) -> dict[str, Any]:
    line = result_line(3, presentable(found))
    assert line.endswith(b"\n")
    record: dict[str, Any] = json.loads(line)
    return record


def completion(text: str, raw: dict[str, object] | None = None, **parts: Any) -> Completion:
    return Completion(text, "m", parts.get("reason"), parts.get("usage", {}), raw or {})


def test_a_completion_is_its_text_with_what_else_is_known() -> None:
    full = completion("Hi", reason="stop", usage={"total_tokens": 7})

    assert written(result(full))["value"] == {
        "text": "Hi",
        "finish_reason": "stop",
        "usage": {"total_tokens": 7},
    }
    assert written(result(completion("Hi")))["value"] == {"text": "Hi"}


def test_the_tools_that_a_model_calls_are_not_lost() -> None:
    raw: dict[str, object] = {"choices": [{"message": {"tool_calls": [{"id": "c"}]}}]}

    assert written(result(completion("", raw)))["value"]["tool_calls"] == [{"id": "c"}]


def test_the_tools_that_claude_calls_and_legacy_calls_are_not_lost() -> None:
    block = {"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Oslo"}}
    raw: dict[str, object] = {"content": [{"type": "thinking"}, block]}
    legacy: dict[str, object] = {"choices": [{"message": {"function_call": {"name": "f"}}}]}

    assert written(result(completion("", raw)))["value"]["tool_calls"] == [block]
    assert written(result(completion("", legacy)))["value"]["tool_calls"] == [
        {"function": {"name": "f"}}
    ]


def test_what_a_model_thought_is_written() -> None:
    thought = Completion("Yes", "m", None, {}, {}, reasoning="Hm")

    assert written(result(thought))["value"] == {"text": "Yes", "reasoning": "Hm"}


def test_a_terminal_obeys_nothing_in_a_line() -> None:
    steering = "\x1b[31m\x7f\x9b2J\u202e\u2066\x00 \N{HONEY POT}\u00e9"
    line = result_line(3, presentable(result({"said": steering})))

    assert json.loads(line)["value"]["said"] == steering
    assert line.decode().rstrip("\n").isprintable()
    assert "\N{HONEY POT}\u00e9" in line.decode()


def test_every_attempt_is_named_with_its_error() -> None:
    error = ModelUnavailableError("no answer", model_id="m")
    attempt = AttemptRecord("m", 1, Outcome.FAILURE, 0.5, 1.5, error)

    found = written(result(None, success=False, error=error, attempts=(attempt,)))

    told = {
        "code": "model_unavailable",
        "message": "no answer",
        "type": "ModelUnavailableError",
    }
    assert found["error"] == told
    assert found["attempts"] == [
        {
            "model_id": "m",
            "number": 1,
            "outcome": "failure",
            "started_at": 0.5,
            "duration": 1.5,
            "error": told,
        }
    ]


def test_a_value_that_is_no_json_fails_its_own_task_and_says_so() -> None:
    found = written(result(object()))

    assert (found["success"], found["value"], found["model_used"]) == (False, None, "m")
    assert found["error"]["code"] == "not_serialisable"
    assert "object" in found["error"]["message"]


def test_a_foreign_error_with_half_a_character_can_be_written() -> None:
    found = written(result(None, success=False, error=ValueError("half \ud800")))

    assert found["error"] == {"code": "unexpected", "message": "half ?", "type": "ValueError"}


def test_a_refused_line_has_the_same_keys_as_a_result() -> None:
    refused = json.loads(refusal_line(3, InvalidLineError("not JSON", task_id="t-1")))

    assert list(refused) == list(written(result("Hi")))
    assert (refused["line"], refused["task_id"], refused["success"]) == (3, "t-1", False)
    assert refused["error"]["code"] == "invalid_input"


def test_the_summary_counts_all_and_says_who_answered() -> None:
    tally = Tally()
    for _ in range(3):
        tally.count(result("Hi", execution_time=0.1))
    tally.count(result("Hi", model_used="n", fallback_used=True, execution_time=0.1))
    tally.count(result(None, success=False, model_used=None, execution_time=0.1))
    tally.refuse()

    assert tally.summary(2.0).splitlines() == [
        "6 tasks: 4 succeeded, 1 failed, 1 refused; 2.0 s, 3.0 tasks/s",
        "execution time: p50 0.100 s, p95 0.100 s",
        "answered by: m 75.0 %, n 25.0 %; 1 failovers",
    ]


def test_the_summary_of_nothing_is_short() -> None:
    assert Tally().summary(0.0) == ("0 tasks: 0 succeeded, 0 failed, 0 refused; 0.0 s, 0.0 tasks/s")


def test_usage_and_cost_have_fields_of_their_own() -> None:
    used = written(result("Hi", usage=Usage(7, 3, 2, 1, 10), cost=0.25))

    assert (used["usage"]["cached_tokens"], used["cost"]) == (2, 0.25)
    assert (written(result("Hi"))["usage"], written(result("Hi"))["cost"]) == (None, None)


def test_several_answers_are_all_written() -> None:
    call = {"id": "c"}
    choices = [
        {"message": {"content": "One"}, "finish_reason": "stop"},
        {"message": {"content": None, "reasoning": "Hm", "tool_calls": [call]}},
        {"text": "Three"},
    ]
    raw: dict[str, object] = {"choices": choices}

    assert written(result(completion("One", raw)))["value"]["choices"] == [
        {"text": "One", "finish_reason": "stop"},
        {"text": "", "reasoning": "Hm", "tool_calls": [call]},
        {"text": "Three"},
    ]


def test_the_summary_adds_up_tokens_and_costs() -> None:
    tally = Tally()
    tally.count(result("Hi", usage=Usage(1000, 3, 2, 1, 1003), cost=0.25))
    tally.count(result("Hi", usage=Usage(1000, 3, 2, 1, 1003)))

    told = "tokens: 2,006; 2,000 in (4 cached), 6 out (2 of reasoning); cost 0.25"
    assert tally.summary(1.0).splitlines()[-1] == told


def test_without_usage_the_summary_says_nothing_of_it() -> None:
    tally = Tally()
    tally.count(result("Hi"))

    assert "tokens:" not in tally.summary(1.0)


def test_values_that_are_no_text_are_written_as_they_came() -> None:
    raw: dict[str, object] = {"data": [{"embedding": [0.5]}], "usage": {"total_tokens": 1}}

    assert written(result(completion("", raw)))["value"] == raw
    ranks: dict[str, object] = {"results": [{"index": 0}]}
    assert written(result(completion("", ranks)))["value"] == ranks


def test_the_calls_of_a_response_are_not_lost() -> None:
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    raw: dict[str, object] = {"output": [{"type": "reasoning"}, call]}

    assert written(result(completion("", raw)))["value"] == {"text": "", "tool_calls": [call]}
