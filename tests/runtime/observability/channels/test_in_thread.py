"""Blocking calls of a channel, one at a time."""

from __future__ import annotations

import asyncio
import threading
from unittest.mock import Mock

import pytest

from hive_resilience.actors.alerting.notification import DeliveryError
from hive_resilience.runtime.observability.channels.in_thread import OneThread


def test_the_next_call_may_follow_as_soon_as_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread of a call is still there for a moment after its answer."""
    monkeypatch.setattr(threading.Thread, "is_alive", Mock(return_value=True))

    async def story() -> list[int]:
        thread = OneThread[int]("t")
        return [await thread.run(lambda: 1), await thread.run(lambda: 2)]

    assert asyncio.run(story()) == [1, 2]


def test_a_call_that_hangs_refuses_the_next_until_it_comes_back() -> None:
    held = threading.Event()

    async def story() -> None:
        thread = OneThread[bool]("t")
        hanging = asyncio.ensure_future(thread.run(lambda: held.wait(10)))
        await asyncio.sleep(0)
        hanging.cancel()
        with pytest.raises(DeliveryError, match="hangs"):
            await thread.run(lambda: True)
        held.set()
        async with asyncio.timeout(10):
            while True:
                try:
                    assert await thread.run(lambda: True)
                    return
                except DeliveryError:
                    await asyncio.sleep(0.005)

    asyncio.run(story())
