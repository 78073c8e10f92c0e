"""A runtime with a name is found by its user, by no other, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig
from hive_resilience.runtime.observability.live import offering as offering_room
from hive_resilience.runtime.observability.live.place import (
    NotOfferedError,
    claim,
    folders,
    named,
    offered,
    release,
)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short one: the path of a socket is bounded."""
    made = Path(tempfile.mkdtemp(prefix="hive-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(made))
    monkeypatch.setenv("HOME", str(made))
    yield made
    shutil.rmtree(made)


def runtime_of(name: str | None) -> Runtime:
    model = ModelConfig(id="a", executor=lambda task: "answer")
    return Runtime(RuntimeConfig(models=(model,), global_=GlobalConfig(top=name)))


def played(work: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(limited())


async def looked(path: Path, *lines: bytes) -> list[Any]:
    """The answers to these lines, until the runtime hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=2**20)
    try:
        found: list[Any] = []
        for line in lines:
            writer.write(line)
            try:
                answer = await reader.readline()
            except ConnectionResetError:
                answer = b""
            found.append(json.loads(answer) if answer else None)
        return found
    finally:
        writer.close()


async def here() -> list[Path]:
    """What is offered; what has knocked is let in, and gone."""
    found = await asyncio.to_thread(offered)
    await asyncio.sleep(0.05)
    return found


def test_a_name_makes_a_socket_for_its_user_alone_until_the_end(folder: Path) -> None:
    async def work() -> None:
        async with runtime_of("billing") as runtime:
            await runtime.execute(Task("x"))
            (path,) = await here()
            assert (named(path), path.parent) == ("billing", folder / "hive-resilience")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            first, again = await looked(path, b"\n", b"abc-1\n")
            assert first["models"]["a"]["totals"]["successes"] == 1
            assert "tasks" not in first
            assert again["kept"] is False
        assert list(path.parent.iterdir()) == []

    played(work)


def test_a_viewer_gets_the_events_since_its_last_look(folder: Path) -> None:
    async def work() -> None:
        async with runtime_of("billing") as runtime:
            (path,) = await here()
            (first,) = await looked(path, b"\n")
            runtime.model("a").trip("a test")
            (after,) = await looked(path, first["id"].encode() + b"\n")
            assert after["kept"]
            assert any("a test" in one["text"] for one in after["events"])

    played(work)


def test_without_a_name_there_is_nothing(folder: Path) -> None:
    async def work() -> None:
        async with runtime_of(None):
            assert list(folder.iterdir()) == []

    played(work)


def test_a_second_process_of_the_name_gets_another(folder: Path) -> None:
    async def work() -> None:
        async with runtime_of("billing"), runtime_of("billing"):
            assert [named(path) for path in await here()] == ["billing-2", "billing"]

    played(work)


def test_a_reload_gives_another_name_or_none(folder: Path) -> None:
    async def work() -> None:
        async with runtime_of("billing") as runtime:
            await runtime.reload(overrides={"global": {"top": "orders"}})
            assert [named(path) for path in await here()] == ["orders"]
            await runtime.reload(overrides={"global": {"top": None}})
            assert await here() == []

    played(work)


def test_what_cannot_be_asked_ends_the_connection_and_no_more(folder: Path) -> None:
    async def work() -> None:
        async with runtime_of("billing"):
            (path,) = await here()
            assert await looked(path, b"x" * 5_000 + b"\n") == [None]
            assert await looked(path, b"\xff\n") == [None]
            assert (await looked(path, b"\n"))[0]["verdict"]["level"] == "well"

    played(work)


def test_no_more_than_its_most_watch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering_room, "MOST", 1)

    async def work() -> None:
        async with runtime_of("billing") as runtime:
            (path,) = await here()
            part = runtime._watching.part(offering_room.Offering)
            assert part is not None
            await asyncio.sleep(0.05)  # what has knocked comes in, and goes
            while part._viewers:
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_unix_connection(str(path), limit=2**20)
            writer.write(b"\n")
            assert await reader.readline()
            assert await looked(path, b"\n") == [None]
            writer.close()
            while part._viewers:
                await asyncio.sleep(0.01)
            assert (await looked(path, b"\n"))[0] is not None

    played(work)


def test_a_runtime_starts_without_a_place_and_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "hive-resilience").mkdir(mode=0o755)
    (folder / ".hive-resilience").symlink_to(folder)

    async def work() -> None:
        async with runtime_of("billing") as runtime:
            assert (await runtime.execute(Task("x"))).success

    played(work)
    assert "hive-resilience top will not find this runtime" in caplog.text
    assert "with the mode 0700" in caplog.text


def test_what_a_dead_process_left_is_removed(folder: Path) -> None:
    found, path = claim("billing")
    found.close()
    assert path.exists()
    again, same = claim("billing")
    assert same == path
    again.close()
    assert offered() == []
    assert not path.exists()


def test_another_that_stands_there_now_is_not_removed(folder: Path) -> None:
    found, path = claim("billing")
    number = path.lstat().st_ino
    release(path, number + 1)
    assert path.exists()
    release(path, number)
    assert not path.exists()
    found.close()


def test_a_path_that_is_too_long_is_told_with_what_to_do(folder: Path) -> None:
    long = folder / ("x" * 100)
    long.mkdir(mode=0o700)
    environ = {"XDG_RUNTIME_DIR": str(long), "HOME": str(long)}
    with pytest.raises(NotOfferedError, match=r"bytes long.*choose a shorter name"):
        claim("billing", environ)


def test_the_home_is_the_place_where_there_is_no_other(folder: Path) -> None:
    environ = {"HOME": str(folder), "XDG_RUNTIME_DIR": "relative"}
    assert folders(environ) == (folder / ".hive-resilience",)
    environ["XDG_RUNTIME_DIR"] = str(folder / "missing")
    found, path = claim("billing", environ)
    assert path == folder / ".hive-resilience" / "billing.sock"
    assert offered(environ) == [path]
    found.close()


def test_a_fork_does_not_keep_the_socket_of_its_parent(folder: Path) -> None:
    found, path = claim("billing")
    part = offering_room.Offering(lambda: None, lambda: None)  # type: ignore[arg-type, return-value]
    part._socket = found
    part.forked()
    assert found.fileno() == -1
    with socket.socket(socket.AF_UNIX) as knocking, pytest.raises(ConnectionRefusedError):
        knocking.connect(str(path))
    assert os.path.exists(path)
