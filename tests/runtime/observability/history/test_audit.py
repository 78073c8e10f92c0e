"""What was changed, by whose hand, and why: there before the verb returns."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import CircuitBreakerConfig, ModelConfig, Runtime, Task
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.supervision.child_spec import ChildSpec
from hive_resilience.errors import IllegalTransitionError, InvalidRequestError
from hive_resilience.events import ActionTaken, AlertRaised
from hive_resilience.runtime.observability.actions import LONGEST, Actions, Author
from hive_resilience.runtime.observability.event_bus import EventBus
from hive_resilience.runtime.observability.history.store import SqliteStore

from ....fleet_kit import Model, crash, fleet, model
from .history_kit import rows

QUERY = 'SELECT action, target, "by", reason, before, after FROM audit WHERE automatic = 0'
WELL, OPEN = "available, breaker closed", "unavailable, breaker open"
MAINTENANCE = "maintenance, breaker closed"


def audit(folder: Path, query: str = QUERY) -> list[tuple[Any, ...]]:
    """The rows of the audit, as another process reads them now."""
    (path,) = folder.glob("history-*.db")
    return rows(path, query)


VERBS: dict[str, tuple[Callable[[Runtime], object], str | None, str | None, str]] = {
    "trip": (lambda r: r.model("a").trip("why", by="me"), "a", WELL, OPEN),
    "reset": (lambda r: r.model("a").reset(reason="why", by="me"), "a", WELL, WELL),
    "force_open": (
        lambda r: r.model("a").force_open(reason="why", by="me"),
        *("a", WELL, "unavailable, breaker forced_open"),
    ),
    "disable": (
        lambda r: r.model("a").disable(reason="why", by="me"),
        *("a", WELL, "available, breaker disabled"),
    ),
    "metrics_only": (
        lambda r: r.model("a").metrics_only(reason="why", by="me"),
        *("a", WELL, "available, breaker metrics_only"),
    ),
    "enter_maintenance": (
        lambda r: r.model("a").enter_maintenance(reason="why", by="me"),
        *("a", WELL, MAINTENANCE),
    ),
    "leave_maintenance": (
        lambda r: r.model("a").leave_maintenance(reason="why", by="me"),
        *("a", WELL, WELL),
    ),
    "restart": (lambda r: r.model("a").restart(reason="why", by="me"), "a", WELL, WELL),
    "stop": (
        lambda r: r.model("a").stop(reason="why", by="me"),
        *("a", WELL, "unavailable, breaker closed"),
    ),
    "add_model": (
        lambda r: r.add_model(ModelConfig(id="c", executor=Model()), reason="why", by="me"),
        *("c", None, "added"),
    ),
    "remove_model": (
        lambda r: r.remove_model("a", reason="why", by="me").get(timeout=10),
        *("a", "in the fleet", "drained, then removed"),
    ),
    "update": (
        lambda r: r.update("a", timeout=3, reason="why", by="me").get(timeout=10),
        *("a", "a.timeout=None", "a.timeout=3.0"),
    ),
    "reload": (
        lambda r: r.reload(
            r.config.model_copy(update={"models": r.config.models[:1]}), reason="why", by="me"
        ).get(timeout=10),
        *(None, "the same", "b removed"),
    ),
    "drain": (
        lambda r: r.drain(1, reason="why", by="me").get(timeout=10),
        *(None, "open", "draining for 1 s at most"),
    ),
    "add_child": (
        lambda r: r.supervisor.add(ChildSpec("x", Actor), reason="why", by="me"),
        *("application/x", None, "started"),
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_the_row_of_a_verb_is_in_the_file_once_it_has_returned(tmp_path: Path, verb: str) -> None:
    do, target, before, after = VERBS[verb]
    with fleet(model("a", Model()), model("b", Model()), history=str(tmp_path)) as runtime:
        do(runtime)
        found = audit(tmp_path)

    assert found == [(verb, target, "me", "why", before, after)]


def test_actors_of_the_application_are_restarted_and_removed_by_name(tmp_path: Path) -> None:
    with fleet(model("a", Model()), history=str(tmp_path)) as runtime:
        runtime.supervisor.add(ChildSpec("x", Actor))
        assert runtime.supervisor.restart("x", by="me")
        assert runtime.supervisor.remove("x", reason="over").get(timeout=10)
        found = audit(tmp_path, 'SELECT action, target, "by", reason, after FROM audit')

    assert found == [
        ("add_child", "application/x", "program", "operator", "started"),
        ("restart_child", "application/x", "me", "operator", "restarted"),
        ("remove_child", "application/x", "program", "over", "stopped after its messages"),
    ]


def test_the_row_is_there_on_the_loop_of_the_fleet_too(tmp_path: Path) -> None:
    async def main() -> list[tuple[Any, ...]]:
        async with fleet(model("a", Model()), history=str(tmp_path)) as runtime:
            runtime.model("a").trip("why", by="me")
            await runtime.update("a", timeout=3, by="you")
            return audit(tmp_path, 'SELECT action, "by" FROM audit')

    assert asyncio.run(main()) == [("trip", "me"), ("update", "you")]


def test_a_verb_that_is_refused_leaves_no_row(tmp_path: Path) -> None:
    with fleet(model("a", Model()), history=str(tmp_path)) as runtime:
        runtime.model("a").force_open()
        with pytest.raises(IllegalTransitionError):
            runtime.model("a").trip()
        assert [row[0] for row in audit(tmp_path)] == ["force_open"]


def test_what_the_runtime_does_by_itself_is_its_own(tmp_path: Path) -> None:
    breaker = CircuitBreakerConfig(failure_threshold=1)
    down = model("a", Model(ConnectionError("the prompt")), circuit_breaker=breaker)

    async def main() -> None:
        async with fleet(down, model("b", Model()), history=str(tmp_path)) as runtime:
            await runtime.execute(Task("x"))
            crash(runtime, "b")
            await asyncio.sleep(0.05)
            runtime.model("a").reset(by="me")
            runtime.model("b").restart(by="me")

    asyncio.run(main())
    query = 'SELECT action, target, "by", reason, after FROM audit WHERE automatic = 1'
    assert sorted(set(audit(tmp_path, query))) == [
        ("breaker_open", "a", "runtime", "failure_run", "open"),
        ("restart", "b", "runtime", "crash", "restart 1"),
        ("status", "a", "runtime", "circuit_open", "unavailable"),
    ]


def test_without_a_history_there_is_an_event_and_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[ActionTaken] = []
    with caplog.at_level("INFO"), fleet(model("a", Model())) as runtime:
        runtime.subscribe(seen.append, ActionTaken)
        runtime.model("a").trip("billing", by="alice")

    (event,) = seen
    told = (event.action, event.target, event.by, event.reason, event.before, event.after)
    assert told == ("trip", "a", "alice", "billing", WELL, OPEN)
    assert not event.automatic
    assert f"action taken: trip a, by=alice, reason=billing, {WELL} -> {OPEN}" in caplog.text


def test_what_a_caller_says_is_one_short_line_without_a_key() -> None:
    told = Author.of("bob\nthe builder", "with sk-live-0123456789 " + "x" * 1_000)

    assert told.by == "bob the builder"
    assert "sk-live" not in told.reason
    assert len(told.reason) == LONGEST
    assert Author.of("", " ") == Author()


@pytest.mark.parametrize("name", ["by", "reason"])
def test_an_author_that_is_no_text_is_refused(name: str) -> None:
    with (
        fleet(model("a", Model())) as runtime,
        pytest.raises(InvalidRequestError, match="is a text, not a int"),
    ):
        runtime.model("a").reset(**{name: 3})  # type: ignore[arg-type]


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Generator[threading.Event]:
    """The disk takes a row only once it is let go."""
    free, append = threading.Event(), SqliteStore.append

    def slow(self: SqliteStore, batch: Any) -> None:
        free.wait(20)
        append(self, batch)

    monkeypatch.setattr(SqliteStore, "append", slow)
    try:
        yield free
    finally:
        free.set()


def test_a_slow_disk_keeps_the_loop_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> float:
        async with fleet(model("a", Model()), history=str(tmp_path)) as runtime:
            with held(monkeypatch):
                begun = time.perf_counter()
                runtime.model("a").trip(by="me")
                return time.perf_counter() - begun

    assert 0.04 < asyncio.run(main()) < 1.0
    assert [row[0] for row in audit(tmp_path)] == ["trip"]


def test_a_broken_disk_keeps_no_verb_and_is_an_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(SqliteStore, "append", broken)
    raised: Future[AlertRaised] = Future()

    def hear(event: AlertRaised) -> None:
        if event.condition == "history_failing":
            raised.set_result(event)

    with fleet(model("a", Model()), history=str(tmp_path)) as runtime:
        runtime.subscribe(hear, AlertRaised)
        runtime.model("a").trip()
        told = raised.result(10)
        begun = time.perf_counter()
        for _ in range(20):
            runtime.model("a").reset()
        took = time.perf_counter() - begun
        assert runtime.submit(Task("x")).result(10).success

    assert "Input/output error" in told.message
    assert took < 1.0


def test_without_a_history_no_verb_waits() -> None:
    bus = EventBus()
    actions = Actions(bus, lambda: False)

    actions.keep()
    assert bus.written() is None
