"""Each record of the library names its event, and no field of it is a name of `logging`."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hive_resilience import Task
from hive_resilience.config.values.log_fields import EVENT, log_event
from tests.conftest import Virtual
from tests.fleet_kit import Model, crash, fleet, model

from ..telemetry.watched import Memory

ROOT = Path(__file__).parents[4]
FOLDERS = ("actors", "config", "runtime")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that makes a record, with its place."""
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)):
                    if level in LEVELS:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node
                case _:
                    pass


def test_every_record_has_extras() -> None:
    found = dict(calls())
    without = [place for place, call in found.items() if "extra" not in _keywords(call)]

    assert len(found) > 40
    assert without == []


def _keywords(call: ast.Call) -> set[str | None]:
    return {one.arg for one in call.keywords}


def test_every_event_has_a_name_with_dots() -> None:
    names = [
        node.args[0].value
        for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "log_event"
        and isinstance(node.args[0], ast.Constant)
    ]

    assert len(names) > 40
    assert [name for name in names if not re.fullmatch(r"[a-z_]+\.[a-z_]+", str(name))] == []


def test_fields_of_any_name_break_no_record() -> None:
    reserved = vars(logging.makeLogRecord({}))
    extra = log_event("e", **dict.fromkeys([*reserved, "message", "asctime"], "x"))

    logging.getLogger("hive_resilience.x").debug("m", extra=extra)
    record = logging.Logger("x").makeRecord("x", 10, "f", 1, "m", (), None, extra=extra)
    assert record.getMessage() == "m"


def test_events_of_a_fleet_are_records_with_fields(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = fleet(model("a", Model(ConnectionError())))

    async def story() -> None:
        async with runtime:
            for _ in range(6):
                await runtime.execute(Task("?"))
            crash(runtime, "a")

    virtual(story())

    told = {vars(record)[EVENT]: vars(record) for record in caplog.records}
    assert told["hive.executor.failed"]["hive_error_type"] == "ConnectionError"
    assert told["hive.circuit.changed"]["hive_model_id"] == "a"
    assert told["hive.circuit.changed"]["hive_after"] == "open"
    assert "hive_message" not in told["hive.alert.raised"]
    assert told["hive.actor.crashed"]["hive_during"] == "Settle"


def test_a_failure_within_a_task_has_the_ids_of_its_trace(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory()
    runtime = memory.watch(fleet(model("a", Model(ConnectionError()))))

    async def story() -> None:
        async with runtime:
            await runtime.execute(Task("?"))

    virtual(story())

    (record,) = [one for one in caplog.records if vars(one)[EVENT] == "hive.executor.failed"]
    context = memory.task.get_span_context()
    assert context is not None
    assert vars(record)["trace_id"] == f"{context.trace_id:032x}"
