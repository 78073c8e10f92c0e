"""What follows when a stream breaks after its first content: raise, restart or continue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from hive_resilience import StreamRestarted, Task
from hive_resilience.config import OnInterrupt, StreamConfig
from hive_resilience.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelTimeoutError,
    StreamInterruptedError,
)
from hive_resilience.testing import run_virtual
from tests.fleet_kit import STEADY, fleet, model, outcomes

from .interrupted_kit import CUT, read_by
from .stream_kit import Streaming, read


def test_a_cut_is_an_error_with_the_partial_text() -> None:
    other = Streaming("c")
    found = read_by(None, model("m", Streaming("a", "b", CUT)), model("other", other))
    assert found.chunks == ["a", "b"]
    assert (found.cut.partial, found.cut.model_id) == ("ab", "m")
    assert found.cut.__cause__ is CUT
    assert str(found.cut) == "the stream of m was interrupted after 2 chunks: ConnectionError"
    assert not found.result.success
    assert found.result.error is found.cut
    assert outcomes(found.result) == [("m", "failure")]
    assert other.calls == 0


def test_a_cut_counts_as_a_failure_and_is_never_retried_on_the_same_model() -> None:
    async def run() -> None:
        cut = Streaming("a", CUT)
        async with fleet(model("m", cut, retry=STEADY)) as runtime:
            found = await read(runtime)
            snapshot = runtime.snapshot().models["m"]
        assert cut.calls == 1
        assert found.result.retry_count == 0
        assert (snapshot.metrics.failures, snapshot.metrics.successes) == (1, 0)
        assert snapshot.breaker.failures_in_row == 1
        assert (snapshot.budget.withdrawn, snapshot.budget.deposited) == (0, 0)
        assert snapshot.metrics.streams == 0

    run_virtual(run())


def test_a_malformed_chunk_cuts_the_stream() -> None:
    found = read_by(None, model("m", Streaming("a", ValueError("no JSON: {secret"))))
    assert found.cut.partial == "a"
    assert "secret" not in str(found.cut)


def test_an_adapter_that_misses_the_end_cuts_the_stream() -> None:
    missing = StreamInterruptedError("the stream ended without its end")
    found = read_by(None, model("m", Streaming("a", missing)))
    assert found.cut.partial == "a"
    assert "the stream ended without its end" in str(found.cut)


def test_a_program_that_would_end_itself_cuts_the_stream() -> None:
    found = read_by(None, model("m", Streaming("a", SystemExit("end"))))
    assert found.cut.partial == "a"


def test_a_stalled_stream_is_cut() -> None:
    stalled = Streaming("a", 2.0, "b", 100.0, "c")
    found = read_by(None, model("m", stalled, stream=StreamConfig(idle=3.0)))
    assert found.chunks == ["a", "b"]
    cause = found.cut.__cause__
    assert isinstance(cause, ModelTimeoutError)
    assert (cause.kind, cause.limit) == ("idle", 3.0)
    assert outcomes(found.result) == [("m", "timeout")]
    assert found.result.execution_time == pytest.approx(5.0)
    assert stalled.running == 0


def test_keep_alives_do_not_hide_that_a_stream_is_stalled() -> None:
    alive = Streaming("a", *[1.0, None] * 100)
    found = read_by(None, model("m", alive, stream=StreamConfig(idle=3.0)))
    assert found.result.execution_time == pytest.approx(3.0)


def test_a_stream_that_takes_too_long_in_all_is_cut() -> None:
    endless = Streaming(*["a", 1.0] * 100)
    found = read_by(None, model("m", endless, stream=StreamConfig(total=10.0)))
    cause = found.cut.__cause__
    assert isinstance(cause, ModelTimeoutError)
    assert cause.kind == "total"
    assert found.result.execution_time == pytest.approx(10.0)


def test_a_dripping_stream_is_cut_by_the_throughput_floor() -> None:
    dripping = Streaming(*["a", 1.0] * 100)
    floor = StreamConfig(min_chunks_per_second=2.0, throughput_window=5.0)
    found = read_by(None, model("m", dripping, stream=floor))
    cause = found.cut.__cause__
    assert isinstance(cause, ModelTimeoutError)
    assert (cause.kind, cause.limit) == ("throughput", 5.0)
    assert found.result.execution_time == pytest.approx(5.0)


def test_a_stream_above_the_floor_goes_on() -> None:
    steady = Streaming(*["a", 0.4] * 100)
    floor = StreamConfig(min_chunks_per_second=2.0, throughput_window=5.0)
    found = read_by(None, model("m", steady, stream=floor))
    assert len(found.chunks) == 100
    assert found.result.success


def test_a_refusal_in_the_middle_is_an_interruption_and_asks_nobody_else() -> None:
    other = Streaming("c")
    refused = Streaming("a", ContentRefusedError("no"))
    found = read_by("restart", model("m", refused), model("other", other))
    assert isinstance(found.cut.__cause__, ContentRefusedError)
    assert other.calls == 0


# Restart.


def test_restart_tells_the_reader_and_begins_again_with_the_next_model() -> None:
    found = read_by(
        "restart", model("m", Streaming("a", "b", CUT)), model("other", Streaming("c", "d"))
    )
    assert found.chunks == ["a", "b", StreamRestarted("m", "other"), "c", "d"]
    assert found.result.success
    assert found.result.value == "cd"
    assert outcomes(found.result) == [("m", "failure"), ("other", "success")]


def test_a_restart_is_no_content_and_has_no_text() -> None:
    restarted = StreamRestarted("m", "other")
    assert not restarted.is_content
    assert str(restarted) == ""


def test_each_cut_restarts_once_more_until_no_model_is_left() -> None:
    found = read_by("restart", *[model(i, Streaming(i, CUT)) for i in ("a", "b", "c")])
    restarts = [chunk for chunk in found.chunks if isinstance(chunk, StreamRestarted)]
    assert [chunk.model_id for chunk in restarts] == ["b", "c"]
    assert (found.cut.partial, found.cut.model_id) == ("c", "c")
    assert not found.result.success


def test_nobody_is_told_of_a_restart_that_does_not_come() -> None:
    found = read_by(
        "restart", model("m", Streaming("a", CUT)), model("other", Streaming(ConnectionError()))
    )
    assert found.chunks == ["a"]
    assert (found.cut.partial, found.cut.model_id) == ("a", "m")
    assert outcomes(found.result) == [("m", "failure"), ("other", "failure")]


def test_a_models_own_settings_say_what_follows_where_the_plan_does_not() -> None:
    restart = StreamConfig(on_interrupt=OnInterrupt.RESTART)
    models = (model("m", Streaming("a", CUT), stream=restart), model("other", Streaming("c")))
    assert read_by(None, *models).result.success
    assert not read_by("raise", *models).result.success


# Continue.


def test_continue_asks_the_next_model_for_the_rest() -> None:
    other = Streaming("c", "d")
    found = read_by("continue", model("m", Streaming("a", "b", CUT)), model("other", other))
    assert found.chunks == ["a", "b", "c", "d"]
    assert found.result.value == "abcd"
    assert other.tasks[0].payload["messages"] == [
        {"role": "user", "content": "Count."},
        {"role": "assistant", "content": "ab"},
    ]
    assert other.tasks[0].metadata == {}


def test_a_second_cut_is_continued_from_all_that_is_there() -> None:
    last = Streaming("c")
    found = read_by(
        "continue",
        model("a", Streaming("a", CUT)),
        model("b", Streaming("b", CUT)),
        model("c", last),
    )
    assert found.result.value == "abc"
    assert last.tasks[0].payload["messages"][-1]["content"] == "ab"


def test_a_model_that_fails_to_go_on_is_followed_by_the_next() -> None:
    found = read_by(
        "continue",
        model("a", Streaming("a", CUT)),
        model("b", Streaming(ConnectionError())),
        model("c", Streaming("c")),
    )
    assert found.result.value == "ac"


def test_what_is_no_chat_cannot_go_on_and_raises() -> None:
    other = Streaming("c")
    found = read_by(
        "continue", model("m", Streaming("a", CUT)), model("other", other), payload="text"
    )
    assert found.cut.partial == "a"
    assert other.calls == 0
    assert outcomes(found.result) == [("m", "failure"), ("other", "cancelled")]
    assert "cannot go on" in str(found.result.attempts[1].error)


def test_a_model_that_refuses_to_go_on_raises_the_interruption() -> None:
    found = read_by(
        "continue",
        model("m", Streaming("a", CUT)),
        model("other", Streaming(InvalidRequestError("no prefill"))),
        model("third", Streaming("c")),
    )
    assert (found.cut.partial, found.cut.model_id) == ("a", "m")
    assert outcomes(found.result) == [("m", "failure"), ("other", "failure")]


def test_a_tool_call_cannot_be_gone_on_with_from_its_text() -> None:
    other = Streaming("c")
    call = SimpleNamespace(can_continue=False)
    found = read_by("continue", model("m", Streaming("a", call, CUT)), model("other", other))
    assert found.chunks == ["a", call]
    assert found.cut.model_id == "m"
    assert other.calls == 0


def test_after_a_restart_only_the_new_answer_says_whether_it_can_be_gone_on_with() -> None:
    restart = StreamConfig(on_interrupt=OnInterrupt.RESTART)
    go_on = StreamConfig(on_interrupt=OnInterrupt.CONTINUE)
    call = SimpleNamespace(can_continue=False)
    found = read_by(
        None,
        model("a", Streaming(call, CUT), stream=restart),
        model("b", Streaming("b", CUT), stream=go_on),
        model("c", Streaming("c")),
    )
    assert found.result.value == "bc"


class Continuing:
    """Says itself how it goes on."""

    async def execute(self, task: Task, context: object) -> str:
        return "whole"

    async def stream(self, task: Task, context: object) -> AsyncIterator[str]:
        yield f"({task.payload})"

    def continue_from(self, task: Task, partial: str) -> Task:
        if task.payload == "never":
            raise LookupError("not this one")
        return Task(f"{task.payload} after {partial}")


def test_an_executor_may_say_itself_how_it_goes_on() -> None:
    models = (model("m", Streaming("a", CUT)), model("other", Continuing()))
    assert read_by("continue", *models, payload="text").chunks == ["a", "(text after a)"]
    assert read_by("continue", *models, payload="never").cut.partial == "a"
