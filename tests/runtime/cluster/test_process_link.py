"""The link's process is one that may end, hang or say nothing: the application goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.actors.cluster.link import LinkLostError
from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.cluster import framed_process
from hive_resilience.runtime.cluster.framed_process import environment
from hive_resilience.runtime.cluster.place import Place, checked_address
from hive_resilience.runtime.cluster.process_link import ProcessLink

ECHO = (sys.executable, str(Path(__file__).with_name("echoing_link.py")))
LONG = 30.0


@asynccontextmanager
async def a_link(address: str = "10.0.0.5:6379") -> AsyncGenerator[ProcessLink, None]:
    """A link whose process echoes."""
    link = ProcessLink(Place(address, "prod"), command=ECHO, draw=lambda: 0.5)
    link.start()
    try:
        yield link
    finally:
        await link.close()


async def again(link: ProcessLink) -> bytes:
    """The answer of the process that comes after one that has ended."""
    async with asyncio.timeout(LONG):
        while True:
            try:
                return await link.call("exchange", b"again", LONG)
            except LinkLostError:
                await asyncio.sleep(0.01)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def answers_to_many() -> list[bytes]:
    async with a_link() as link:
        calls = [link.call("exchange", b"%d" % at, LONG) for at in range(3)]
        return await asyncio.gather(*calls)


def test_calls_made_at_the_start_wait_for_the_process_and_get_each_its_own_answer() -> None:
    assert asyncio.run(answers_to_many()) == [b"exchange 0", b"exchange 1", b"exchange 2"]


def test_a_closed_link_leaves_no_process() -> None:
    async def work() -> int:
        async with a_link() as link:
            await link.call("exchange", b"", LONG)
            pid = link.process_id
            assert pid is not None
            assert is_there(pid)
        with pytest.raises(LinkLostError, match="has been closed"):
            await link.call("exchange", b"", LONG)
        return pid

    assert not is_there(asyncio.run(work()))


def test_a_link_that_is_closed_while_it_starts_leaves_no_process() -> None:
    async def work() -> int:
        async with a_link() as link:
            while link.process_id is None:
                await asyncio.sleep(0)
            return link.process_id

    assert not is_there(asyncio.run(work()))


def test_a_call_under_way_is_lost_with_the_process_and_another_process_comes() -> None:
    async def work() -> bytes:
        async with a_link() as link:
            with pytest.raises(LinkLostError, match="its process has ended"):
                await link.call("exchange", b"end", LONG)
            return await again(link)

    assert asyncio.run(work()) == b"exchange again"


def test_a_cluster_that_is_not_there_is_told_in_the_words_of_the_process() -> None:
    async def work() -> None:
        async with a_link("refused") as link:
            with pytest.raises(LinkLostError, match="no cluster of this address"):
                await link.call("exchange", b"", LONG)

    asyncio.run(work())


def test_each_call_has_its_own_deadline() -> None:
    async def work() -> bytes:
        async with a_link() as link:
            await link.call("exchange", b"", LONG)
            with pytest.raises(TimeoutError):
                await link.call("watch", b"silence", 0.01)
            with pytest.raises(TimeoutError):
                await link.call("watch", b"late", LONG)
            with pytest.raises(LinkLostError, match="the owner is away"):
                await link.call("watch", b"lost", LONG)
            return await link.call("watch", b"later", LONG)

    assert asyncio.run(work()) == b"watch later"


def test_a_process_that_says_nothing_is_killed_and_another_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(framed_process, "LONGEST_SILENCE", 0.05)

    async def work() -> bytes:
        async with a_link() as link:
            await link.call("exchange", b"", LONG)
            stopped = link.process_id
            assert stopped is not None
            os.kill(stopped, signal.SIGSTOP)
            while link.process_id == stopped:
                with pytest.raises((TimeoutError, LinkLostError)):
                    await link.call("exchange", b"", 0.02)
                await asyncio.sleep(0.01)
            assert not is_there(stopped)
            return await again(link)

    assert asyncio.run(work()) == b"exchange again"


def test_a_process_that_does_not_join_is_killed_and_another_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(framed_process, "LONGEST_START", 0.05)

    async def work() -> None:
        async with a_link("swallowed") as link:
            with pytest.raises(LinkLostError, match=r"has not joined within 0\.05 s"):
                await link.call("exchange", b"", LONG)

    asyncio.run(work())


def test_a_process_that_cannot_be_started_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spawned: Any = subprocess.Popen
    refused = [BlockingIOError("no more processes")]

    def spawn(*arguments: Any, **more: Any) -> Any:
        if refused:
            raise refused.pop()
        return spawned(*arguments, **more)

    monkeypatch.setattr(subprocess, "Popen", spawn)

    async def work() -> bytes:
        async with a_link() as link:
            await asyncio.sleep(0)
            with pytest.raises(LinkLostError, match="cannot be started: no more processes"):
                await link.call("exchange", b"", LONG)
            return await again(link)

    assert asyncio.run(work()) == b"exchange again"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_does_not_keep_the_link_alive() -> None:
    code = """if True:
        import asyncio, os, time
        from hive_resilience.runtime.cluster import framed_process
        from tests.runtime.cluster.test_process_link import LONG, a_link

        framed_process._LAST_WAIT, end, codes = LONG, framed_process._end, []

        def noted(process):
            end(process)
            codes.append(process.returncode)

        framed_process._end = noted

        async def work():
            async with a_link() as link:
                await link.call("exchange", b"", LONG)
                if (child := os.fork()) == 0:
                    time.sleep(2 * LONG)
                    os._exit(0)
            os.kill(child, 9)
            os.waitpid(child, 0)

        asyncio.run(work())
        assert codes == [0], "it did not end by itself"
    """
    warned = (sys.executable, "-W", "ignore::DeprecationWarning", "-c", code)
    subprocess.run(warned, check=True, cwd=Path(__file__).parents[3], timeout=60)


def test_the_process_has_a_session_of_its_own_and_no_output_of_ours(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def work() -> None:
        async with a_link() as link:
            await link.call("exchange", b"", LONG)
            assert link.process_id is not None
            assert os.getsid(link.process_id) == link.process_id

    asyncio.run(work())

    assert capfd.readouterr().out == ""


def test_a_token_is_asked_for_unless_the_application_says_otherwise() -> None:
    assert environment({})["RAY_AUTH_MODE"] == "token"
    assert environment({"RAY_AUTH_MODE": "disabled"})["RAY_AUTH_MODE"] == "disabled"


@pytest.mark.parametrize("address", ["auto", "local", "ray://10.0.0.5:10001", "10.0.0.5"])
def test_words_with_which_ray_looks_for_a_cluster_itself_are_no_address(address: str) -> None:
    with pytest.raises(ConfigurationError, match="name the host and port of its head"):
        checked_address(address, "cluster.address")
    assert checked_address("[::1]:6379", "cluster.address") == "[::1]:6379"


def test_a_place_travels_whole() -> None:
    place = Place("10.0.0.5:6379", "prod", 2.0, "somewhere:else")

    assert Place.decoded(place.encoded()) == place
