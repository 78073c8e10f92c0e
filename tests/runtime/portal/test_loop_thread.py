"""The loop of a blocking program: the fastest there is, or the one that was asked for."""

from __future__ import annotations

import asyncio
import sys

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.runtime.portal.loop_thread import fastest_loop

from ...fleet_kit import model


class Known(asyncio.SelectorEventLoop):
    """A loop that one can recognise."""


async def loop_of(task: Task) -> str:
    return type(asyncio.get_running_loop()).__name__


def test_without_uvloop_the_loop_is_asyncios_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert fastest_loop() is asyncio.new_event_loop


def test_with_uvloop_the_loop_is_uvloops() -> None:
    uvloop = pytest.importorskip("uvloop", reason="the extra `fast` is not installed")

    with Runtime(models=[model("a", loop_of)]) as runtime:
        told = runtime.submit(Task("which loop?")).result(10).value

    assert told == uvloop.Loop.__name__


def test_a_loop_factory_makes_the_loop_of_the_thread() -> None:
    with Runtime(models=[model("a", loop_of)], loop_factory=Known) as runtime:
        assert runtime.submit(Task("which loop?")).result(10).value == "Known"
