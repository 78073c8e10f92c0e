"""The desk as a program of its own, for workers that a program of others has started.

It ends when no worker has been there for a while. A signal does not end it, for a service manager
sends one to all processes at once, and workers need it until their last request is over.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from ....config.values.log_fields import LogFormat, log_event
from ...observability.logs.json_lines import write_to_standard_error
from ..siblings.words import CLUSTER
from .holds import Holds
from .hub import Hub
from .local_ray import LocalRay, LocalRayError
from .meeting import Manager, Meeting, short_folder

log: logging.Logger = logging.getLogger(__name__)

LINGER = 5.0
"""Seconds that the desk waits for a worker, while there is the process that starts them."""
LOOK = 0.2
"""Seconds between two looks at that, and at least without that process."""
LOCK = "desk"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Patience:
    """How long a desk is there for workers that may come. Pure; times are monotonic seconds.

    >>> patience = Patience(now=0.0)
    >>> patience.is_over(workers=0, is_awaited=True, now=4.9)
    False
    >>> patience.is_over(workers=0, is_awaited=False, now=4.9)
    True
    """

    def __init__(self, now: float) -> None:
        self._seen = now

    def is_over(self, *, workers: int, is_awaited: bool, now: float) -> bool:
        """Whether there are no workers, and have not been for long.

        `is_awaited`: there may be a process that starts another one.
        """
        if workers:
            self._seen = now
            return False
        return now - self._seen >= (LINGER if is_awaited else LOOK)


class DeskProgram:
    """Runs a hub, and a head of Ray once a worker wants one."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._hub = Hub(holds=Holds(meeting.holds), more={CLUSTER: self._cluster})
        self._ray: LocalRay | None = None
        self._ray_folder: Path | None = None
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Until no worker is there any more. Raises `OSError` where it cannot listen."""
        self._meeting.hub.unlink(missing_ok=True)  # of a desk that was killed
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._keep_no_ray)
        await self._hub.start(self._meeting.hub)
        try:
            await self._until_they_are_gone()
        finally:
            await self._hub.close()
            await self._end_ray(self._ray)

    async def _until_they_are_gone(self) -> None:
        patience = Patience(time.monotonic())
        manager = self._meeting.manager
        while True:
            await asyncio.sleep(LOOK)
            is_awaited = manager is None or manager.is_there
            now, workers = time.monotonic(), self._hub.lines
            if patience.is_over(workers=workers, is_awaited=is_awaited, now=now):
                return

    async def _cluster(self, body: bytes) -> bytes:
        """Address and variables of the Ray of this machine, or why there is none."""
        known: str | None = orjson.loads(body)
        async with self._turn:
            try:
                ray = self._ray or await self._started(known)
            except LocalRayError as error:
                return orjson.dumps([None, str(error)])
        return orjson.dumps([ray.address, dict(ray.variables)])

    async def _started(self, known: str | None) -> LocalRay:
        # Not in the folder of the desk: it ends with the desk, however that ends.
        folder = self._ray_folder = Path(tempfile.mkdtemp(prefix="hive-", dir=short_folder()))
        ray = LocalRay(folder, port=None if known is None else int(known.rpartition(":")[2]))
        try:
            await ray.start()
        except BaseException:
            await self._end_ray(ray)
            raise
        self._ray = ray
        return ray

    async def _end_ray(self, ray: LocalRay | None) -> None:
        if ray is not None and self._ray_folder is not None:
            await ray.stop()
            shutil.rmtree(self._ray_folder, ignore_errors=True)

    def _keep_no_ray(self) -> None:
        if self._ray is not None:
            self._ray.keep_no_more()


def command(meeting: Meeting) -> Sequence[str]:
    """The command line of the desk."""
    manager = meeting.manager
    of_whom = () if manager is None else (str(manager.pid), manager.began)
    return (sys.executable, "-m", __name__, str(meeting.folder), *of_whom)


def leave_the_worker() -> None:
    """Be no child of the worker that has started this: it may end first, and has none to bury."""
    if os.fork():
        os._exit(0)


def main(folder: str, *manager: str) -> None:
    """Be the desk of this folder, unless there is one."""
    write_to_standard_error(LogFormat.TEXT)
    found = Manager(int(manager[0]), manager[1]) if manager else None
    meeting = Meeting(Path(folder), found)
    lock = meeting.lock(LOCK)
    if lock is None:
        return
    leave_the_worker()
    try:
        asyncio.run(DeskProgram(meeting).run())
    except Exception:
        log.exception("the desk of the workers has failed", extra=log_event("workers.desk_failed"))
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


if __name__ == "__main__":
    main(*sys.argv[1:])
