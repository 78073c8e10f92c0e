"""The Ray of a server's workers, with a head that only listens: its life, and what it leaves."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience.runtime.server.workers.local_ray import LocalRay, LocalRayError
from hive_resilience.runtime.server.workers.ray_head import arguments

from .workers_kit import on_a_loop

FAKE = Path(__file__).with_name("fake_head.py")


def local_ray(folder: Path) -> LocalRay:
    def command(port: int, folder: Path) -> tuple[str, ...]:
        return (sys.executable, "-I", "-S", str(FAKE), str(port), str(folder))

    return LocalRay(folder, command=command)


def heads(folder: Path) -> list[tuple[int, int]]:
    """Each head that has ever started, and its child."""
    lines = (folder / "heads").read_text().splitlines()
    return [(int(head), int(child)) for head, child in map(str.split, lines)]


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


@on_a_loop
async def test_a_head_listens_once_it_has_started_and_leaves_nothing(tmp_path: Path) -> None:
    ray = local_ray(tmp_path)
    await ray.start()
    host, _, port = ray.address.partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.close()

    await ray.stop()

    [(head, child)] = heads(tmp_path)
    await until(lambda: not is_there(head) and not is_there(child))


@on_a_loop
async def test_a_head_that_dies_comes_back_at_its_port_and_its_children_are_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ray = local_ray(tmp_path)
    await ray.start()
    address, [(dead, orphan)] = ray.address, heads(tmp_path)

    os.kill(dead, signal.SIGKILL)

    await until(lambda: len(heads(tmp_path)) == 2)
    await until(lambda: not is_there(orphan))
    assert ray.address == address
    assert "local Ray has ended, and starts again" in caplog.text
    await ray.stop()


@on_a_loop
async def test_a_head_that_is_no_more_wanted_stays_away(tmp_path: Path) -> None:
    ray = local_ray(tmp_path)
    await ray.start()
    ray.keep_no_more()

    os.kill(heads(tmp_path)[0][0], signal.SIGKILL)
    await ray.stop()

    assert len(heads(tmp_path)) == 1


@on_a_loop
async def test_a_head_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()

    with pytest.raises(LocalRayError, match="there is no memory"):
        await local_ray(tmp_path).start()


def test_the_head_is_of_the_loopback_interface_and_has_no_place_for_other_work() -> None:
    told = arguments(1234, "/tmp/hive-x")

    assert {"--node-ip-address=127.0.0.1", "--num-cpus=0", "--temp-dir=/tmp/hive-x/ray"} < set(told)
