"""What an operator reads in the log without subscribing to anything."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import orjson
import pytest

from hive_resilience import CircuitBreakerConfig, Task
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.config import BulkheadConfig
from hive_resilience.errors import ConfigurationError
from hive_resilience.events import ChildCrashed, CircuitChanged, Event, Reloaded
from hive_resilience.policies import State
from hive_resilience.runtime.observability import event_log
from hive_resilience.runtime.observability.event_log import EventLog

from ...fleet_kit import NO_RETRY, Model, fleet, model

NAME = "hive_resilience.events"


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    found = [record for record in caplog.records if record.name == NAME]
    return [record.getMessage() for record in found if record.levelno == level]


def test_a_breaker_that_opens_is_a_warning_and_its_closing_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO), fleet(model("m", Model())) as runtime:
        runtime.model("m").trip("by hand")
        runtime.model("m").reset()
    warned, told = lines(caplog, logging.WARNING), lines(caplog, logging.INFO)
    assert any(line.startswith("circuit opened: model=m for 6") for line in warned)
    assert any("reason=by hand" in line for line in warned)
    assert any(line.startswith("circuit closed: model=m") for line in told)
    assert any(line.startswith("alert raised: severity=") for line in warned)


def test_a_rejected_reload_is_a_warning_and_a_reload_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO), fleet(model("m", Model())) as runtime:
        runtime.update("m", timeout=3).get(timeout=10)
        with pytest.raises(ConfigurationError):
            runtime.update("m", timeout="soon").get(timeout=10)
    assert any(line == "reloaded: changed=m" for line in lines(caplog, logging.INFO))
    assert any("nothing changed: problems=1" in line for line in lines(caplog, logging.WARNING))


def test_refused_tasks_are_a_warning_without_their_payloads(
    caplog: pytest.LogCaptureFixture,
) -> None:
    narrow = model("m", Model(takes=0.05), bulkhead=BulkheadConfig(max_concurrent=1, max_queue=1))

    async def main() -> None:
        async with fleet(narrow) as runtime:
            await asyncio.gather(*(runtime.execute(Task(f"secret {n}")) for n in range(9)))

    with caplog.at_level(logging.INFO):
        asyncio.run(main())
    warned = lines(caplog, logging.WARNING)
    assert any(
        line.startswith("tasks refused: no place of model=m is free here, of 1,") for line in warned
    )
    assert not any("secret" in line for line in warned)


def test_the_same_line_is_written_once_in_a_while_and_tells_how_many_it_stands_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    log = EventLog()
    opened = {"model_id": "m", "before": State.CLOSED, "after": State.OPEN}
    fields = opened | {"reason": "5 failures in a row", "open_for": 60.0}
    with caplog.at_level(logging.INFO):
        for _ in range(4):
            log.note(CircuitChanged, fields)
        log.note(CircuitChanged, fields | {"model_id": "n"})
        now += event_log.QUIET
        log.note(CircuitChanged, fields)
    assert [line.partition("model=")[2][:1] for line in lines(caplog, logging.WARNING)] == [
        *("m", "n", "m")
    ]
    assert lines(caplog, logging.WARNING)[-1].endswith("(3 more since the last line)")


def test_every_event_can_be_written_as_json() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    crashed = ChildCrashed(at, child="m", cause=ValueError("key sk-123456789"), during="Settle")
    reloaded = Reloaded(at, ("a",), (), {"b": ("retry",)}, (), False, True)
    changed = CircuitChanged(at, "m", State.CLOSED, State.OPEN, "tripped", None)
    found = [orjson.loads(event.to_json()) for event in (crashed, reloaded, changed)]
    assert found[0]["cause"] == "ValueError: key [hidden]"
    assert found[1]["changed"] == {"b": ["retry"]}
    assert found[2] | {"at": ""} == {
        "event": "CircuitChanged",
        "at": "",
        "model_id": "m",
        "before": "closed",
        "after": "open",
        "reason": "tripped",
        "open_for": None,
    }
    assert all(isinstance(event, Event) for event in (crashed, reloaded, changed))


def test_an_actor_of_another_kind_is_refused_with_what_to_do() -> None:
    import pykka

    from hive_resilience import ChildSpec

    class Plain(pykka.ThreadingActor):
        def on_receive(self, message: object) -> object:
            return message

    class Later(Actor):
        async def on_receive(self, message: object) -> object:
            return message

    with fleet(
        model("m", Model(), circuit_breaker=CircuitBreakerConfig(), retry=NO_RETRY)
    ) as runtime:
        with pytest.raises(Exception, match=r"derive it from hive_resilience\.Actor"):
            runtime.supervisor.add(ChildSpec("plain", Plain))  # type: ignore[arg-type]
        with pytest.raises(Exception, match="async def"):
            runtime.supervisor.add(ChildSpec("later", Later))
    assert not pykka.ActorRegistry.get_all()
