"""Alerts of a former process, from its history."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hive_resilience import Runtime, RuntimeConfig
from hive_resilience.config import HistoryConfig
from hive_resilience.runtime.observability.alert_memory import HistoryMemory

from ...actors.alerting.alerts_kit import Pager, watched


def keeping(pager: Pager, folder: Path) -> Runtime:
    """The fleet of the kit, with a history."""
    config = watched(pager, models="ab", group_wait=0.0, group_interval=0.0, keep=0.0).config
    overall = config.global_.model_copy(update={"history": HistoryConfig(folder=str(folder))})
    return Runtime(RuntimeConfig(global_=overall, models=config.models))


async def told(pager: Pager, count: int) -> None:
    async with asyncio.timeout(20.0):
        while len(pager.heard) < count:
            await asyncio.sleep(0.01)


def test_what_fires_and_what_people_have_said_is_read_back_and_not_told_again(
    tmp_path: Path,
) -> None:
    pager = Pager()

    async def first() -> None:
        async with keeping(pager, tmp_path) as runtime:
            runtime.model("a").trip()
            await told(pager, 1)
            await asyncio.sleep(0.1)  # until its record is back
            (alert,) = runtime.alerts.list()
            assert alert.told_on == ("pager",)
            runtime.alerts.acknowledge(alert.fingerprint, by="me", reason="known")
            runtime.alerts.silence({"model": "b"}, duration="1h", by="me", comment="update")
            gone = runtime.alerts.silence({"model": "a"}, duration="1h", by="me")
            runtime.alerts.unsilence(gone.id)

    async def second() -> None:
        async with keeping(pager, tmp_path) as runtime:
            (alert,) = runtime.alerts.list()
            assert (str(alert.state), alert.acknowledged_by) == ("acknowledged", "me")
            assert (alert.model_id, alert.told_on) == ("a", ("pager",))
            assert [one.comment for one in runtime.alerts.silences()] == ["update"]
            runtime.model("a").trip()
            await asyncio.sleep(0.5)

    async def third() -> None:
        async with keeping(pager, tmp_path) as runtime:
            runtime.model("a").trip()
            runtime.model("a").reset()
            await told(pager, 2)

    asyncio.run(first())
    asyncio.run(second())
    before = list(pager.told)
    asyncio.run(third())

    assert before == [("firing", ("circuit_open a",))]
    assert pager.told == [*before, ("resolved", ("circuit_open a",))]
    (file,) = tmp_path.glob("*.db")
    alerts = [row for row in asyncio.run(HistoryMemory(file).load()) if hasattr(row, "told_on")]
    assert alerts == []
