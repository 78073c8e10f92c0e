"""An operator looks at the level of the fleet and its recovery over HTTP, and sets the level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime
from hive_resilience.events import ActionTaken

from .site_kit import ADMIN, READ, USE, Counted, Reply, fleet, guarded, keys_in, site, story
from .test_document import fitting

LEVEL, HOLD, RELEASE = (f"/admin/degradation{path}" for path in ("", "/hold", "/release"))


def test_a_reader_sees_how_bad_the_fleet_is_and_what_recovery_does(tmp_path: Path) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            return await served.get(LEVEL, READ), await served.get("/admin/recovery", READ)

    level, recovery = story(tell())

    assert fitting(level, LEVEL, "get")["level"] == "none"
    assert fitting(recovery, "/admin/recovery", "get")["remedies"] == []


def test_a_level_is_held_and_released_and_both_are_in_the_audit(tmp_path: Path) -> None:
    heard: list[ActionTaken] = []

    async def tell() -> list[Any]:
        async with (
            Runtime(fleet(Counted())) as runtime,
            site(runtime, keys_in(tmp_path)) as served,
        ):
            runtime.subscribe(heard.append, ActionTaken)
            fields = {"level": "severe", "duration": "2h", "reason": "a fire"}
            replies = [
                await served.post(HOLD, ADMIN, fields),
                await served.post(RELEASE, ADMIN, {"reason": "out"}),
            ]
            told = [reply.json() for reply in replies]
            assert runtime.degradation.level == "none"
        return told

    held, released = story(tell())

    assert (held["level"], held["held"]["reason"], held["held"]["by"]) == (
        "severe",
        "a fire",
        "operator",
    )
    assert (released["level"], released["held"]) == ("none", None)
    assert [(one.by, one.reason) for one in heard] == [("operator", "a fire"), ("operator", "out")]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"level": "bad"},
        {"level": 3},
        {"level": "severe", "duration": True},
        {"level": "severe", "duration": -1},
        {"level": "severe", "duration": "soon"},
        {"level": "severe", "unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            return await served.post(HOLD, ADMIN, fields), await served.get(LEVEL, READ)

    refused, level = story(tell())

    assert refused.status == 400, refused
    assert level.json()["held"] is None


@pytest.mark.parametrize("key", [USE, READ])
def test_only_an_operator_sets_the_level(tmp_path: Path, key: str) -> None:
    async def tell() -> list[int]:
        async with guarded(tmp_path) as served:
            replies = [
                await served.post(path, key, {"level": "severe"}) for path in (HOLD, RELEASE)
            ]
            return [reply.status for reply in replies]

    assert story(tell()) == [403, 403]
