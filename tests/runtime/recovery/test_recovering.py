"""The runtime takes remedies by itself: one model at a time, proved, and never for ever."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.actors.policies.recovery.remedies import Remedy
from hive_resilience.events import ActionTaken, AlertRaised, RemedyFailed, RemedyTaken
from hive_resilience.runtime.recovery.deeds import Deed
from hive_resilience.testing import crash

from ...conftest import Virtual
from .recovery_kit import Provider, closed, fleet_of, quarantine

EVERY = {remedy.value: True for remedy in Remedy if remedy is not Remedy.RELOAD}


def hang(runtime: Runtime, remedy: Remedy, deed: Deed) -> None:
    part = runtime._recovering  # pyright: ignore[reportPrivateUsage]
    part.deeds = {**part.deeds, remedy: deed}


def test_a_quarantined_model_is_back_in_seconds_and_stands_in_the_record(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet_of({"a": Provider(), "b": Provider()}, restart_actor=True) as runtime:
            taken: list[ActionTaken] = []
            events: list[RemedyTaken] = []
            runtime.subscribe(taken.append, ActionTaken)
            runtime.subscribe(events.append, RemedyTaken)
            await quarantine(runtime, "a")
            await asyncio.sleep(15)

            assert closed(runtime) == set()
            newest = runtime.recovery.status().records[0]
            assert (newest.model_id, newest.remedy) == ("a", "restart_actor")
            assert (newest.outcome, newest.error) == ("helped", None)
            assert newest.before != newest.after
        (row,) = [one for one in taken if one.action == "restart_actor"]
        assert (row.target, row.by, row.automatic) == ("a", "runtime", True)
        assert (row.before, row.after) == (newest.before, newest.after)
        assert [event.model_id for event in events] == ["a"]

    virtual(main())


def test_by_default_only_what_is_built_in_is_done_and_recorded(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet_of({"a": Provider(), "b": Provider()}) as runtime:
            crash(runtime, "a")
            await asyncio.sleep(1)
            await quarantine(runtime, "b")
            await asyncio.sleep(60)

            status = runtime.recovery.status()
            assert closed(runtime) == {"b"}
            assert status.remedies == ()
            assert {record.outcome for record in status.records} == {"built_in"}
            assert status.counts["built_in"] == len(status.records) > 0

    virtual(main())


def test_a_dry_run_tells_and_takes_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        models = {"a": Provider(), "b": Provider()}
        async with fleet_of(models, restart_actor=True, dry_run=True) as runtime:
            await quarantine(runtime, "a")
            await asyncio.sleep(200)

            status = runtime.recovery.status()
            assert closed(runtime) == {"a"}
            assert status.counts["told"] == 3
            assert status.counts["helped"] == status.counts["failed"] == 0

    virtual(main())


def test_three_that_fail_raise_an_alert_and_then_hands_are_off(virtual: Virtual) -> None:
    async def main() -> None:
        models = {"a": Provider(), "b": Provider()}
        async with fleet_of(models, reset_breaker=True, probe_now=True) as runtime:
            raised: list[AlertRaised] = []
            runtime.subscribe(raised.append, AlertRaised)
            models["a"].down = True
            for _ in range(10):
                await runtime.execute(Task("x"))
            assert closed(runtime) == {"a"}
            for _ in range(80):
                await runtime.execute(Task("x"))
                await asyncio.sleep(5)

            status = runtime.recovery.status()
            assert (status.counts["failed"], status.gave_up) == (3, ("a",))
            models["a"].down = False
            for _ in range(60):
                await asyncio.sleep(1)
                await runtime.execute(Task("x"))
            assert runtime.recovery.status().gave_up == ()
        told = [one for one in raised if one.condition == "recovery_gave_up"]
        assert [one.model_id for one in told] == ["a"]

    virtual(main())


async def _hangs(member: object) -> None:
    await asyncio.sleep(3_000)


async def _raises(member: object) -> None:
    raise RuntimeError("a mistake in a remedy")


async def _does_nothing(member: object) -> None:
    return


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (_hangs, "did not end within 10 s"),
        (_raises, "a mistake in a remedy"),
        (_does_nothing, "no better, or worse"),
    ],
)
def test_a_remedy_that_hangs_raises_or_does_not_help_is_stopped_undone_and_counted(
    virtual: Virtual, do: Any, told: str
) -> None:
    async def main() -> None:
        models = {"a": Provider(), "b": Provider()}
        async with fleet_of(models, reset_breaker=True) as runtime:
            failed: list[RemedyFailed] = []
            undone: list[str] = []
            runtime.subscribe(failed.append, RemedyFailed)
            deed = Deed(do, lambda member: undone.append(member.config.id))
            hang(runtime, Remedy.RESET_BREAKER, deed)
            models["a"].down = True
            for _ in range(10):
                await runtime.execute(Task("x"))
            await asyncio.sleep(30)

            assert runtime.recovery.status().counts["failed"] >= 1
            assert set(undone) == {"a"}
            assert runtime.recovery.status().busy is None or len(undone) > 0
        assert told in failed[0].error
        assert failed[0].undone

    virtual(main())


def test_the_last_model_that_serves_is_not_taken_out(virtual: Virtual) -> None:
    async def main() -> None:
        models = {"a": Provider()}
        async with fleet_of(models, **EVERY) as runtime:
            signs = runtime._fleet.members["a"].state.signs  # pyright: ignore[reportPrivateUsage]
            runtime._recovering.stir()  # pyright: ignore[reportPrivateUsage]
            for _ in range(30):
                signs.error_rate = 0.9
                await asyncio.sleep(1)

            assert closed(runtime) == set()
            assert runtime.recovery.status().records == ()
            assert runtime.model("a").snapshot().bulkhead.limit == 100

    virtual(main())


def test_a_failing_model_has_half_its_limit_until_it_is_proved(virtual: Virtual) -> None:
    async def main() -> None:
        models = {"a": Provider(), "b": Provider()}
        async with fleet_of(models, half_limit=True) as runtime:
            signs = runtime._fleet.members["a"].state.signs  # pyright: ignore[reportPrivateUsage]
            signs.error_rate = 0.9
            runtime._recovering.stir()  # pyright: ignore[reportPrivateUsage]
            limits: list[int] = []
            for at in range(30):
                limits.append(runtime.model("a").snapshot().bulkhead.limit)
                signs.error_rate = 0.9 if at < 7 else None
                await asyncio.sleep(1)

            assert {*limits} == {100, 50}
            assert limits[-1] == 100
            assert runtime.recovery.status().counts["helped"] == 1

    virtual(main())
