"""The part of a worker in a server whose workers another program starts: its start to its end."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Literal, NamedTuple, TypeAlias

from ....config.errors import ConfigurationError
from ...cluster.framed_process import use_for_links, use_no_more
from .meeting import Meeting, name_of
from .place import WorkerPlace
from .returning import Returning

Share: TypeAlias = Literal["nothing", "server", "fleet"]
"""What the workers of a server share: nothing, all that clients and operators see of the server, or
breakers and limits of models too."""

_TRIES = 5
"""The folder may end with its desk between the lock on a number and the hello."""


class Seat(NamedTuple):
    """What a worker has once it has joined the others."""

    place: WorkerPlace
    siblings: Returning


def check_share(share: str) -> None:
    """Raises `ConfigurationError` where workers cannot share that on this system."""
    if share not in ("nothing", "server", "fleet"):
        raise ConfigurationError(
            f'workers share "nothing", "server" or "fleet", not {share!r}', key="share"
        )
    if share != "nothing" and sys.platform == "win32":
        told = "workers share by Unix sockets, and there are none here"
        raise ConfigurationError(told, key="share")


@asynccontextmanager
async def a_seat(subject: str, *, wants_ray: bool) -> AsyncGenerator[Seat]:
    """Join the other workers that serve this `subject`, with a local Ray where that is wanted.

    Raises `ConfigurationError` without the extra `ray`, `LocalRayError` where Ray does not start,
    and `OSError` where the workers cannot meet.
    """
    if wants_ray and find_spec("ray") is None:
        raise ConfigurationError(
            "workers share one fleet by Ray: pip install 'hive-resilience[ray]', or let them share "
            'the "server" alone',
            key="share",
        )
    meeting = Meeting.of(subject, os.environ)
    siblings, lock = await _joined(meeting)
    ignore = _end_with_manager(siblings.end)
    cluster: str | None = None
    try:
        if wants_ray:
            cluster = await _cluster(siblings)
        place = WorkerPlace(siblings.number, siblings.workers, str(meeting.hub), (), cluster)
        yield Seat(place, siblings)
    finally:
        ignore()
        if cluster is not None:
            use_no_more(cluster)
        await siblings.leave()
        os.close(lock)


async def _joined(meeting: Meeting) -> tuple[Returning, int]:
    for _ in range(_TRIES):
        number, lock = meeting.number()
        siblings = Returning(number, meeting)
        try:
            await siblings.join()
        except BaseException:
            os.close(lock)
            raise
        if meeting.is_mine(name_of(number), lock):
            return siblings, lock
        await siblings.leave()
        os.close(lock)
    raise OSError(f"the workers do not meet in {meeting.folder}")


async def _cluster(siblings: Returning) -> str:
    found = await siblings.cluster()
    use_for_links(*found)
    return found.address


def _end_with_manager(end: Callable[[], None]) -> Callable[[], None]:
    """Call `end` once the process that has spawned this one is gone, until told to ignore it.

    uvicorn's workers would serve on for ever, at a port that no new server gets. gunicorn's look
    for themselves.
    """
    manager = multiprocessing.parent_process()
    if manager is None:
        return lambda: None
    loop = asyncio.get_running_loop()
    sentinel = manager.sentinel

    def gone() -> None:
        loop.remove_reader(sentinel)
        end()

    def ignore() -> None:
        loop.remove_reader(sentinel)

    loop.add_reader(sentinel, gone)
    return ignore
