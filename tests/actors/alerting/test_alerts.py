"""Alerts of a running fleet: told, grouped, silenced, acknowledged, escalated, and over."""

from __future__ import annotations

import asyncio
from typing import Any

from hive_resilience import Runtime
from hive_resilience.config import AlertRouteConfig

from ...conftest import Virtual
from .alerts_kit import Pager, names, watched

OPEN_A = ("firing", ("circuit_open a",))
OVER_A = ("resolved", ("circuit_open a",))


def fingerprint(runtime: Runtime, at: int = 0) -> str:
    return runtime.alerts.list()[at].fingerprint


def test_a_condition_is_told_once_and_its_end_too(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(50.0)
            assert not runtime.alerts.list()[0].is_over
            runtime.model("a").reset()
            await asyncio.sleep(10.0)
            assert runtime.alerts.list()[0].is_over  # it is kept for a while, and says so
            await asyncio.sleep(190.0)
            assert runtime.alerts.list() == ()

    virtual(main())
    assert pager.told == [OPEN_A, OVER_A]
    assert 10.0 <= pager.times[0] <= 10.2
    assert 80.0 <= pager.times[1] <= 80.2
    _, firing = pager.heard[0]
    _, over = pager.heard[1]
    assert firing.alerts[0].text == "the circuit breaker of a is open"
    assert firing.alerts[0].ended_at is None
    assert firing.alerts[0].runbook == "docs/runbooks/circuit_open.md"
    assert over.alerts[0].ended_at is not None
    assert firing.labels == {
        "alert": "circuit_open",
        "condition": "circuit_open",
        "severity": "warning",
        "model": "a",
    }


def test_the_reason_of_an_operator_is_not_told(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.model("a").trip("canary")
            await asyncio.sleep(50.0)

    virtual(main())
    assert "canary" not in repr(pager.heard)


def test_what_comes_and_goes_in_the_time_of_the_group_is_not_told(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager, keep=0) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(5.0)
            runtime.model("a").reset()
            await asyncio.sleep(200.0)

    virtual(main())
    assert pager.told == []


def test_alerts_of_a_group_are_told_together(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(5.0)
            runtime.model("b").trip()
            await asyncio.sleep(15.0)
            runtime.model("c").trip()
            await asyncio.sleep(35.0)

    virtual(main())
    assert pager.told[0] == ("firing", ("circuit_open a", "circuit_open b"))


def test_what_goes_on_is_told_again_until_it_is_acknowledged(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager, repeat="10m") as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(1_300.0)
            runtime.alerts.acknowledge(fingerprint(runtime), by="me", reason="known")
            await asyncio.sleep(3_000.0)

    virtual(main())
    assert [kind for kind, _ in pager.told] == ["firing", "repeat", "repeat"]


def test_what_no_person_acknowledges_is_escalated_once(virtual: Virtual) -> None:
    pager, boss = Pager(), Pager("boss")
    routes = [AlertRouteConfig(match={"alert": "*"}, channels=["pager"])]

    async def main(acknowledged: bool) -> None:
        told: dict[str, Any] = {
            "routes": routes,
            "escalate_to": ["boss"],
            "escalate_from": "warning",
        }
        async with watched(pager, boss, **told) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(200.0)
            if acknowledged:
                runtime.alerts.acknowledge(fingerprint(runtime))
            await asyncio.sleep(1_000.0)
            runtime.model("a").reset()
            await asyncio.sleep(200.0)

    virtual(main(acknowledged=True))
    assert boss.told == []
    virtual(main(acknowledged=False))
    assert boss.told == [("escalated", ("circuit_open a",)), OVER_A]
    assert pager.told == [OPEN_A, OVER_A] * 2


def test_a_silenced_alert_is_told_when_the_silence_ends(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.alerts.silence({"model": "a"}, duration="10m", by="me", comment="update")
            runtime.model("a").trip()
            await asyncio.sleep(300.0)
            assert runtime.alerts.list()[0].silenced_by == (runtime.alerts.silences()[0].id,)
            await asyncio.sleep(400.0)
            assert runtime.alerts.silences() == ()

    virtual(main())
    assert pager.told == [OPEN_A]
    assert 600.0 <= pager.times[0] <= 611.0


def test_the_end_of_what_was_told_is_told_in_a_silence_too(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(20.0)
            found = runtime.alerts.silence({"alert": "circuit_*"}, duration=3_600)
            runtime.model("a").reset()
            await asyncio.sleep(100.0)
            runtime.alerts.unsilence(found.id)

    virtual(main())
    assert pager.told == [OPEN_A, OVER_A]


def test_an_outage_is_told_once_and_its_models_when_it_is_over(virtual: Virtual) -> None:
    pager = Pager()

    async def main() -> None:
        async with watched(pager, models="ab") as runtime:
            for name in "ab":
                runtime.model(name).trip()
            await asyncio.sleep(100.0)
            runtime.model("b").reset()
            await asyncio.sleep(200.0)

    virtual(main())
    assert pager.told[0] == ("firing", ("no_usable_model",))
    assert ("firing", ("circuit_open a",)) in pager.told[1:]


def test_both_are_told_in_order_where_a_channel_is_late(virtual: Virtual) -> None:
    pager = Pager()
    pager.broken = True

    async def main() -> None:
        async with watched(pager, keep=0) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(20.0)
            runtime.model("a").reset()
            await asyncio.sleep(10.0)
            pager.broken = False
            await asyncio.sleep(200.0)

    virtual(main())
    assert pager.told == [OPEN_A, OVER_A]
    assert pager.heard[0][1].alerts[0].ended_at is None


def test_no_end_is_told_where_the_beginning_never_arrived(virtual: Virtual) -> None:
    broken, well = Pager("broken"), Pager("well")
    broken.broken = True

    async def main() -> None:
        async with watched(broken, well) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(800.0)
            broken.broken = False
            runtime.model("a").reset()
            await asyncio.sleep(200.0)

    virtual(main())
    assert well.told == [OPEN_A, OVER_A]
    assert broken.told == []


def test_a_channel_that_is_back_hears_what_still_fires(virtual: Virtual) -> None:
    pager = Pager()
    pager.broken = True

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(1_000.0)
            pager.broken = False
            await asyncio.sleep(1_000.0)

    virtual(main())
    assert pager.told == [OPEN_A]


def test_a_message_of_many_alerts_counts_those_that_it_leaves_out(virtual: Virtual) -> None:
    pager = Pager()
    models = [chr(ord("a") + at) for at in range(26)]
    every = "".join([*models, *map(str.upper, models), "0123456789"])

    async def main() -> None:
        async with watched(pager, models=every) as runtime:
            for name in every[:-1]:
                runtime.model(name).trip()
            await asyncio.sleep(20.0)

    virtual(main())
    (_, told) = pager.heard[0]
    assert (len(told.alerts), told.truncated) == (50, 11)
    assert names(told)[0] == "circuit_open a"
