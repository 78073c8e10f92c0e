"""The Ray actor that hosts the owners of a fleet. Only its functions import Ray.

Ray starts it again, on another node where its own is gone; the owners then learn from their peers.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from ...actors.cluster.link import EXCHANGE, FLEET, LEAVE, OPERATE, WATCH
from . import watchdog
from .place import NAMESPACE, Place, ray_module

LONGEST_STAND = 2.0
"""Seconds that the owner's loop may stand; then its process is killed."""

_CHECKS = 6
"""How often in a share's time the owner asks whether its node still belongs to the cluster; after
half of that time without an answer it lends nothing more."""


class Hosted(Protocol):
    """What answers the verbs, each of them a method of this name; `Owners`."""

    def reached(self, ago: float) -> None:
        """The head has counted the node among the living, when it was asked `ago` seconds ago."""
        ...


class OwnerHost:
    """Takes bytes and gives bytes: peers of another release need none of its classes."""

    def __init__(self, maker: str, share_time: float) -> None:
        module, _, function = maker.partition(":")
        make = getattr(import_module(module), function)
        self._hosted: Hosted = make(share_time, learns=_had_owners())
        loop = asyncio.get_running_loop()
        self._beating = loop.create_task(_beat(_start_watchdog()))
        threading.Thread(
            target=_keep_reaching, args=(loop, self._hosted, share_time / _CHECKS), daemon=True
        ).start()

    async def call(self, verb: str, message: bytes) -> bytes:
        """What the owners answer."""
        if verb not in (EXCHANGE, WATCH, OPERATE, LEAVE, FLEET):
            raise ValueError(f"{verb!r} is nothing that the owners of a fleet do")
        answer: bytes = await getattr(self._hosted, verb)(message)
        return answer


def owner_of(place: Place, **more: Any) -> Any:
    """The handle of the fleet's owner, which the first peer makes; blocks. `more`: for Ray."""
    ray = ray_module()
    if not place.makes:
        return _there(ray, place)
    return (
        ray.remote(OwnerHost)
        .options(
            name=place.actor_name,
            namespace=NAMESPACE,
            lifetime="detached",
            get_if_exists=True,
            num_cpus=0,
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=10_000,  # each peer holds a watch
            **more,
        )
        .remote(place.maker, place.share_time)
    )


def _there(ray: Any, place: Place) -> Any:
    try:
        return ray.get_actor(place.actor_name, NAMESPACE)
    except ValueError:
        raise ValueError(f"no process has joined a fleet of the name {place.name!r}") from None


def _had_owners() -> bool:
    """Whether this cluster has had owners of this fleet before, whose shares may still hold."""
    name = ray_module().get_runtime_context().get_actor_name()
    memory = import_module("ray.experimental.internal_kv")
    had: bool = memory._internal_kv_put(f"{name}:owners", b"1", overwrite=False)
    return had


def _start_watchdog() -> Any:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", Path(watchdog.__file__), str(os.getpid()), str(LONGEST_STAND)],
        stdin=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)  # a watchdog that is stopped stops nothing
    return process.stdin


async def _beat(watchdog_input: Any) -> None:
    while True:
        with suppress(BrokenPipeError):  # without its watchdog it goes on
            watchdog_input.write(b".")
        await asyncio.sleep(watchdog.BEAT)


def _keep_reaching(loop: asyncio.AbstractEventLoop, hosted: Hosted, pause: float) -> None:
    """In a thread, for the question may wait long for a head that does not answer."""
    while not loop.is_closed():
        asked_at = time.monotonic()
        if _is_alive_by_head():
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(_tell_reached, hosted, asked_at)
        time.sleep(pause)


def _tell_reached(hosted: Hosted, asked_at: float) -> None:
    """The time of the question counts: this process may have been stopped since."""
    hosted.reached(time.monotonic() - asked_at)


def _is_alive_by_head() -> bool:
    """Whether the head answers, and counts this node among the living."""
    ray = ray_module()
    try:
        own = ray.get_runtime_context().get_node_id()
        return any(node["NodeID"] == own and node["Alive"] for node in ray.nodes())
    except Exception:  # whatever Ray raises: it has not been reached
        return False
