"""Alerts and silences that outlive their process in the history."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from hive_resilience import Runtime, Task
from hive_resilience.config import HistoryConfig

from ....actors.alerting.alerts_kit import Pager, watched
from ....fleet_kit import Model, until

OPEN_A = ("firing", ("circuit_open a",))
OVER_A = ("resolved", ("circuit_open a",))


def remembering(pager: Pager, folder: Path, **more: Any) -> Runtime:
    """A fleet whose alerts are told at once, with a history."""
    settings: dict[str, Any] = {"group_wait": "0s", "group_interval": "10ms", "keep": "0s"}
    runtime = watched(pager, **settings | more)
    config = runtime.config
    history = HistoryConfig(folder=str(folder), name="one")
    return Runtime(
        config.model_copy(
            update={"global_": config.global_.model_copy(update={"history": history})}
        )
    )


def test_a_later_process_goes_on_with_an_alert_and_tells_its_end(tmp_path: Path) -> None:
    pager = Pager()

    async def main() -> None:
        async with remembering(pager, tmp_path) as runtime:
            runtime.model("a").trip()
            await until(lambda: pager.told == [OPEN_A])
            since = runtime.alerts.list()[0].since
            await until(lambda: runtime.alerts.list()[0].told_on == ("pager",))
        async with remembering(pager, tmp_path) as runtime:
            runtime.model("a").trip()
            (alert,) = runtime.alerts.list()
            assert abs(alert.since - since).total_seconds() < 0.1
            assert pager.told == [OPEN_A]
            runtime.model("a").reset()
            await until(lambda: pager.told == [OPEN_A, OVER_A])
        async with remembering(pager, tmp_path) as runtime:
            assert runtime.alerts.list() == ()

    asyncio.run(main())
    assert pager.told == [OPEN_A, OVER_A]


def test_a_budget_burns_on_in_a_later_process(tmp_path: Path) -> None:
    pager = Pager()

    def burning() -> Runtime:
        runtime = remembering(pager, tmp_path, slo_target=0.999)
        (name,) = runtime.config.models[:1]
        gone = name.model_copy(update={"executor": Model(OSError("gone"))})
        return Runtime(runtime.config.model_copy(update={"models": (gone,)}))

    async def main() -> None:
        async with burning() as runtime:
            for _ in range(4):
                await runtime.execute(Task("?"))
        async with burning() as runtime:
            await until(lambda: bool(runtime.alerts.list()))
            told = {one.rule: one.numbers["events"] for one in runtime.alerts.list() if one.rule}
            assert told == {"burn_rate_fast": 4.0, "burn_rate_slow": 4.0}

    asyncio.run(main())


def test_a_silence_outlives_its_process(tmp_path: Path) -> None:
    pager = Pager()

    async def main() -> None:
        async with remembering(pager, tmp_path) as runtime:
            runtime.alerts.silence({"model": "a"}, duration="1h", by="me", comment="known")
        async with remembering(pager, tmp_path) as runtime:
            (silence,) = runtime.alerts.silences()
            assert (silence.by, silence.comment) == ("me", "known")
            runtime.alerts.unsilence(silence.id)
        async with remembering(pager, tmp_path) as runtime:
            assert runtime.alerts.silences() == ()

    asyncio.run(main())


def test_rows_of_another_version_are_passed_over(tmp_path: Path) -> None:
    async def main() -> None:
        async with remembering(Pager(), tmp_path) as runtime:
            runtime.alerts.silence({"model": "a"}, duration="1h", by="me", comment="known")
        (path,) = tmp_path.glob("*.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("UPDATE remembered SET row = '{\"match\": 3}'")
        async with remembering(Pager(), tmp_path) as runtime:
            assert runtime.alerts.silences() == ()

    asyncio.run(main())
