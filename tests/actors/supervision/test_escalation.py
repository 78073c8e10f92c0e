"""A supervisor whose children crash too often crashes itself."""

from __future__ import annotations

from typing import Any

from hive_resilience import SupervisorSpec
from hive_resilience.actors.supervision.messages import RestartChild
from hive_resilience.config import RestartConfig

from ...conftest import Virtual
from .supervisor_kit import Boom, House, play


def pipeline(house: House, **settings: Any) -> SupervisorSpec:
    settings.setdefault("shared_intensity", RestartConfig(intensity=1, base_delay=0.0))
    return SupervisorSpec(
        "pipeline", house.workers("source", "sink"), strategy="one_for_all", **settings
    )


def test_above_the_intensity_children_escalate_and_all_start_anew(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(pipeline(house), *house.workers("other"))
        for _ in range(2):
            house.crash("pipeline", "source")
        assert all(house.alive().values())
        crashed = [told["child"] for kind, told in house.events if kind == "ChildCrashed"]
        assert crashed == ["pipeline/source", "pipeline/source", "pipeline"]
        cause = next(
            t["cause"] for _, t in house.events if t["child"] == "pipeline" and "cause" in t
        )
        assert isinstance(cause.__cause__, Boom)
        assert house.written().count("+other") == 1

    virtual(play(story))


def test_after_an_escalation_the_history_is_clean(virtual: Virtual) -> None:
    async def story(house: House) -> None:
        house.open(pipeline(house))
        escalated: list[int] = []
        for _ in range(4):
            house.crash("pipeline", "source")
            escalated.append(house.told("ChildCrashed").count(("ChildCrashed", "pipeline")))
        assert escalated == [0, 1, 1, 2]

    virtual(play(story))


def test_a_supervisor_that_escalates_too_often_is_quarantined_with_its_children(
    virtual: Virtual,
) -> None:
    async def story(house: House) -> None:
        limits = RestartConfig(intensity=0, quarantine_retry=300.0)
        house.open(pipeline(house, restart=limits), *house.workers("other"))
        for _ in range(2):
            house.crash("pipeline", "source")
        assert [name for name, alive in house.alive().items() if alive] == ["other"]
        waits = house.ref("pipeline", "sink").ask("later", block=False)
        assert await house.ask(RestartChild("pipeline")) is True
        assert await waits == ["later"]
        assert all(house.alive().values())

    virtual(play(story))
