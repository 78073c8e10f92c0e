"""Rules that look at a number of the program's own, and what is told of them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience.config import AlertRuleConfig
from hive_resilience.runtime.observability.own_numbers import OwnNumbers

from ...conftest import Virtual
from .alerts_kit import Pager, watched


def rule(function: Callable[[], object], **told: Any) -> AlertRuleConfig:
    fields: dict[str, Any] = {"name": "backlog", "metric": "own", "threshold": 100.0, "keep": 0}
    return AlertRuleConfig(function=function, **fields | told)


class Backlog:
    """A number that the test sets; an error is raised."""

    def __init__(self, value: object) -> None:
        self.value = value

    async def __call__(self) -> object:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def test_a_number_of_the_program_fires_and_is_resolved(virtual: Virtual) -> None:
    pager, backlog = Pager(), Backlog(101)

    async def main() -> None:
        async with watched(pager, rules=[rule(backlog)]):
            await asyncio.sleep(45.0)
            backlog.value = None
            await asyncio.sleep(100.0)

    virtual(main())
    assert pager.told == [("firing", ("backlog",)), ("resolved", ("backlog",))]
    _, firing = pager.heard[0]
    assert firing.alerts[0].text == "backlog is 101, above 100"


@pytest.mark.parametrize("answer", [ValueError("canary"), "canary", float("nan"), object()])
def test_a_function_that_fails_changes_nothing_and_is_told_once(
    virtual: Virtual, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    pager, backlog = Pager(), Backlog(101)

    async def main() -> None:
        async with watched(pager, rules=[rule(backlog)]) as runtime:
            await asyncio.sleep(45.0)
            backlog.value = answer
            await asyncio.sleep(100.0)
            assert [one.name for one in runtime.alerts.list()] == ["backlog"]

    with caplog.at_level(logging.WARNING):
        virtual(main())
    told = [one.getMessage() for one in caplog.records if "function" in one.getMessage()]
    assert len(told) == 1
    assert "canary" not in caplog.text


def test_a_function_that_hangs_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hive_resilience.runtime.observability.own_numbers.PATIENCE", 0.05)
    hangs, asked = threading.Event(), list[str]()

    def hang() -> float:
        asked.append(threading.current_thread().name)
        hangs.wait(10.0)
        return 1.0

    async def main() -> list[dict[str, float | None]]:
        own = OwnNumbers()
        rules = [rule(hang), rule(Backlog(7), name="other")]
        try:
            found = [await own.ask(rules), await own.ask(rules)]
            while not asked:  # its thread may begin late on a busy machine
                await asyncio.sleep(0.001)
            return found
        finally:
            hangs.set()

    assert asyncio.run(main()) == [{"other": 7.0}, {"other": 7.0}]
    assert asked == ["alert rule backlog"]


def test_the_metric_and_its_function_go_together() -> None:
    wrong: tuple[dict[str, Any], ...] = ({"metric": "own"}, {"metric": "tasks", "function": print})
    for fields in wrong:
        with pytest.raises(ValueError, match="go together"):
            AlertRuleConfig(name="r", threshold=1.0, **fields)
