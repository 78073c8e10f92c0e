"""Alerts that outlive a crash of their actor, a reload, and the process."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Runtime
from hive_resilience.config import AlertRuleConfig
from hive_resilience.events import (
    AlertRaised,
    AlertResolved,
    Event,
)
from hive_resilience.testing import crash

from ...conftest import Virtual
from .alerts_kit import Notebook, Pager, remembering, states, watched

OPEN_A = ("firing", ("circuit_open a",))
OVER_A = ("resolved", ("circuit_open a",))


def fingerprint(runtime: Runtime, at: int = 0) -> str:
    return runtime.alerts.list()[at].fingerprint


CRASHES = ["AlertRaised", "AlertResolved", "AlertsDue", "Heard", "FiguresTaken", "Start"]


@pytest.mark.parametrize("at", CRASHES)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_loses_nothing_and_doubles_nothing(virtual: Virtual, at: str, nth: int) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager) as runtime:
            crash(runtime, "alerts", at=at, nth=nth)
            for _ in range(2):
                runtime.model("a").trip()
                await asyncio.sleep(100.0)
                runtime.model("a").reset()
                await asyncio.sleep(100.0)
            assert runtime.alerts.list() == ()

    virtual(main())
    assert pager.told == [OPEN_A, OVER_A] * 2


def test_a_restart_of_the_process_raises_nothing_again(virtual: Virtual) -> None:
    pager, notebook = Pager(), Notebook()

    async def life(*, acknowledge: bool = False, well: bool = False) -> None:
        async with remembering(watched(pager), notebook) as runtime:
            if not well:
                runtime.model("a").trip()
            await asyncio.sleep(50.0)
            if acknowledge:
                runtime.alerts.acknowledge(fingerprint(runtime), by="me", reason="known")
                runtime.alerts.silence({"model": "b"}, duration="30m", by="me", comment="update")
            if well:
                assert [str(one.state) for one in runtime.alerts.list()] == ["acknowledged"]
                assert runtime.alerts.list()[0].acknowledged_by == "me"
                assert [one.comment for one in runtime.alerts.silences()] == ["update"]
                await asyncio.sleep(400.0)

    virtual(life())
    virtual(life(acknowledge=True))
    before = list(pager.told)
    virtual(life(well=True))

    assert before == [OPEN_A]
    assert pager.told == [OPEN_A, OVER_A]
    assert states(notebook.rows)[:2] == [("firing", False), ("firing", True)]
    assert states(notebook.rows)[-1][0] == "resolved"


def test_a_rule_raises_and_resolves_and_is_an_event(virtual: Virtual) -> None:
    pager, heard = Pager(), list[Event]()
    rule = AlertRuleConfig(
        name="busy", metric="in_flight", threshold=1, labels={"team": "x"}, severity="info", keep=0
    )

    async def main() -> None:
        async with watched(pager, rules=[rule]) as runtime:
            runtime.subscribe(heard.append, AlertRaised, AlertResolved)
            gate = asyncio.Event()
            calls = [asyncio.create_task(runtime.call("a", gate.wait)) for _ in range(3)]
            await asyncio.sleep(25.0)
            gate.set()
            await asyncio.gather(*calls)
            await asyncio.sleep(100.0)

    virtual(main())
    assert pager.told == [("firing", ("busy a",)), ("resolved", ("busy a",))]
    assert [type(event).__name__ for event in heard] == ["AlertRaised", "AlertResolved"]
    assert isinstance(heard[0], AlertRaised)
    assert (heard[0].rule, heard[0].labels, heard[0].message) == (
        "busy",
        {"team": "x"},
        "a: in_flight is 3, above 1",
    )


def test_a_rule_that_a_reload_takes_away_is_resolved(virtual: Virtual) -> None:
    pager = Pager()
    rule = AlertRuleConfig(name="idle", metric="in_flight", operator="at_most", threshold=0, keep=0)

    async def main() -> None:
        async with watched(pager, rules=[rule], models="a") as runtime:
            await asyncio.sleep(30.0)
            runtime._fleet.config = (await_config := watched(pager, models="a").config)
            await runtime._watching.adopt(await_config)
            await asyncio.sleep(100.0)

    virtual(main())
    assert pager.told == [("firing", ("idle a",)), ("resolved", ("idle a",))]


def test_a_silence_whose_time_is_over_is_not_read_back(virtual: Virtual) -> None:
    notebook = Notebook()

    async def main() -> None:
        async with remembering(watched(Pager()), notebook) as runtime:
            runtime.alerts.silence({"model": "a"}, duration="1m", by="me")
            await asyncio.sleep(100.0)

    virtual(main())
    assert virtual(notebook.load()) == ()
