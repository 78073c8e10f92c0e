"""What an operator does to alerts is done, named, or refused with words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hive_resilience import Runtime
from hive_resilience.errors import InvalidRequestError
from hive_resilience.events import (
    ActionTaken,
    AlertAcknowledged,
    AlertsSilenced,
    Event,
    SilenceEnded,
)

from ...conftest import Virtual
from ...fleet_kit import fleet, model
from .alerts_kit import Pager, watched

OPEN_A = ("firing", ("circuit_open a",))
OVER_A = ("resolved", ("circuit_open a",))


def fingerprint(runtime: Runtime, at: int = 0) -> str:
    return runtime.alerts.list()[at].fingerprint


def test_what_an_operator_does_is_an_event_with_a_name(virtual: Virtual) -> None:
    pager, heard = Pager(), list[Event]()
    kinds = (AlertAcknowledged, AlertsSilenced, SilenceEnded, ActionTaken)

    async def main() -> None:
        async with watched(pager) as runtime:
            runtime.subscribe(heard.append, *kinds)
            runtime.model("a").trip()
            await asyncio.sleep(20.0)
            runtime.alerts.acknowledge(fingerprint(runtime), by="me", reason="known")
            found = runtime.alerts.silence({"model": "a"}, duration="1h", by="you", comment="x")
            runtime.alerts.unsilence(found.id, by="me", reason="done")
            record = await runtime.alerts.test("pager", by="me")
            assert str(record.state) == "delivered"

    virtual(main())
    told = [
        (one.action, one.by, one.reason)
        for one in heard
        if isinstance(one, ActionTaken) and one.action != "trip"
    ]
    assert told == [
        ("acknowledge_alert", "me", "known"),
        ("silence_alerts", "you", "x"),
        ("end_silence", "me", "done"),
        ("test_channel", "me", ""),
    ]
    assert {type(event) for event in heard} == set(kinds)
    assert pager.told[-1] == ("test", ("test",))


def test_a_test_of_a_broken_channel_says_why(virtual: Virtual) -> None:
    pager = Pager()
    pager.broken = True

    async def main() -> tuple[str, int, str | None]:
        async with watched(pager) as runtime:
            record = await runtime.alerts.test("pager")
            return str(record.state), record.tries, record.reason

    assert virtual(main()) == ("queued", 1, "out of paper")


def test_what_cannot_be_done_is_refused_with_words(virtual: Virtual) -> None:
    async def main() -> None:
        async with watched(Pager()) as runtime:
            alerts = runtime.alerts
            refused: list[tuple[Callable[[], object], str]] = [
                (lambda: alerts.acknowledge("none"), "no alert with the fingerprint 'none' fires"),
                (lambda: alerts.unsilence("none"), "there is no silence 'none'"),
                (lambda: alerts.test("pagr"), "did you mean 'pager'"),
                (lambda: alerts.silence({}, duration=1), "match: .* at least 1"),
                (lambda: alerts.silence({"a b": "x"}, duration=1), "letters, digits and _"),
                (lambda: alerts.silence({"model": "x"}, duration=0), "greater than 0"),
                (lambda: alerts.silence({"model": "x"}, duration="soon"), "duration: write"),
                (lambda: alerts.acknowledge("x", by=""), "by is a text in one line"),
                (lambda: alerts.acknowledge("x", reason="a\nb"), "reason is a text in one line"),
            ]
            for work, said in refused:
                with pytest.raises(InvalidRequestError, match=said):
                    work()

    virtual(main())


def test_without_settings_there_are_no_alerts_and_no_actor(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", print)) as runtime:
            assert "alerts" not in {child.name for child in runtime.snapshot().children}
            with pytest.raises(InvalidRequestError, match=r"alerts are off: set alerts\.enabled"):
                _ = runtime.alerts

    virtual(main())
