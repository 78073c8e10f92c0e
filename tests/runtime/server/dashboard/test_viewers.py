"""A viewer hears of changes at once, misses nothing, and costs the server no more than it may."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hive_resilience import Task
from hive_resilience.runtime.server.dashboard import viewers
from tests.runtime.server.site_kit import ADMIN, READ, story

from .dashboard_kit import Stream, shown, stream


def test_a_change_comes_within_a_second_and_a_half_and_says_why(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            async with stream(site, visit.cookie) as found:
                assert b"x-accel-buffering: no" in found.head.lower()
                assert b"no-store" in found.head.lower()
                _, kind, state = await found.next()
                assert (kind, list(state["models"])) == ("state", ["a", "b"])
                site.runtime.model("a").trip("billing")
                async with asyncio.timeout(1.5):
                    while True:
                        _, kind, change = await found.next()
                        if change["models"].get("a", {}).get("breaker") == "open":
                            break
                assert any("billing" in event["text"] for event in change["events"])

    story(work())


def test_a_viewer_that_comes_back_misses_no_event_and_hears_none_twice(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            async with stream(site, visit.cookie) as found:
                name, _, state = await found.next()
            site.runtime.model("a").trip("while it was away")
            async with stream(site, visit.cookie, last_event_id=name) as found:
                _, _, again = await found.next()
            assert again["kept"]
            before = {event["n"] for event in state["events"]}
            after = [event["n"] for event in again["events"]]
            assert after == sorted(after)
            assert after
            assert not before & set(after)
            async with stream(site, visit.cookie, last_event_id="other-5") as found:
                assert not (await found.next())[2]["kept"]

    story(work())


def test_a_task_is_told_with_its_way(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            async with stream(site, visit.cookie) as found:
                await found.next()
                body = {"model": "a", "messages": [{"role": "user", "content": "secret words"}]}
                await site.post("/v1/chat/completions", "k-use", body)
                while not (message := await found.next())[2]["tasks"]:
                    pass
                (task,) = message[2]["tasks"]
                assert task["steps"][0]["model"] == "a"
                assert "secret words" not in str(task)

    story(work())


def test_no_more_than_20_watch_and_one_that_goes_makes_room(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            async with AsyncExitStack() as stack:
                for _ in range(viewers.MOST):
                    await stack.enter_async_context(stream(site, visit.cookie))
                assert (await visit.get("events")).status == 503
            await asyncio.sleep(0.1)
            async with stream(site, visit.cookie) as found:
                assert (await found.next())[1] == "state"

    story(work())


def test_a_reader_that_stands_still_is_cut_and_others_hear_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "GAP", 0.001)
    monkeypatch.setattr(viewers, "STALLED", 0.3)

    async def work() -> None:
        names = tuple(f"model-{number}-{'x' * 150}" for number in range(40))
        async with shown(tmp_path, *names) as site:
            visit = await site.login(ADMIN)
            stalled = stream(site, visit.cookie, limit=1024)
            async with stalled, stream(site, visit.cookie) as reads:
                watching = site.application._dashboard._viewers  # type: ignore[union-attr]
                assert len(watching) == 2

                reading = asyncio.create_task(all_of(reads))
                while len(watching) == 2:
                    for name in names:
                        site.runtime.model(name).trip("again")
                        site.runtime.model(name).reset()
                    await asyncio.sleep(0.01)
                assert not reading.done()
                reading.cancel()

    story(work())


def test_nothing_looks_at_the_fleet_while_no_viewer_does(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            watching = site.application._dashboard._viewers  # type: ignore[union-attr]
            async with stream(site, visit.cookie) as found:
                await found.next()
                assert watching._looks is not None
            await asyncio.sleep(0.1)
            assert watching._looks is None

    story(work())


def test_a_stop_of_the_server_ends_each_stream(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            async with stream(site, visit.cookie) as found:
                await found.next()
                site.application.begin_drain()
                with pytest.raises(EOFError):
                    await all_of(found)

    story(work())


def test_the_runtime_serves_tasks_as_before_while_it_is_watched(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            async with stream(site, visit.cookie):
                assert (await site.runtime.execute(Task("x"))).success

    story(work())


async def all_of(found: Stream) -> None:
    """Read on until the stream ends."""
    while True:
        await found.next()
