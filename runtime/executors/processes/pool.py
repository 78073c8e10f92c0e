"""Worker processes of one model: each serves one call at a time and can be killed in it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....config.errors import ConfigurationError
from ..functions.thread_call import ThreadCall
from ..functions.threads import Threads
from .worker import perform, prepare

if TYPE_CHECKING:
    from pebble import ProcessPool


def _nothing(_error: ModelUnavailableError) -> None:
    return None


class Worker:
    """A process, or the place for one: it starts at the first call and again after each end.

    A pool of pebble with one process, because a pool is what pebble can stop for certain: in a
    larger one a call that is killed takes the next one with it, if that has just been fetched.
    """

    def __init__(self, model_id: str, parcel: bytes, calls: int | None) -> None:
        self._model_id = model_id
        self._parcel = parcel
        self._calls = calls or 0
        self._pool: ProcessPool | None = None
        self._answer: Future[bytes] | None = None
        self._killed = False
        self._closed = False
        self.death: ModelUnavailableError | None = None
        """Of what its process has died by itself; it is not started again before the next call."""

    def reserve(self) -> None:
        """From now on `kill` means the next call."""
        self._killed = False
        self.death = None

    def call(self, parcel: bytes) -> bytes:
        """Send it and wait; blocks. Raises `ModelUnavailableError` where the process ends in it."""
        try:
            answer: Future[bytes] = self._living().schedule(perform, args=(parcel,))
            self._answer = answer
            if self._killed:
                answer.cancel()
            return answer.result()
        except (CancelledError, OSError, RuntimeError) as error:
            self.end()
            ended = self._ended(error)
            if self._killed:
                self.start()
            else:
                self.death = ended
            raise ended from error
        finally:
            self._answer = None

    def kill(self) -> None:
        """End the process of the call under way; from any thread, at any time."""
        self._killed = True
        if (answer := self._answer) is not None:
            answer.cancel()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Its process, as long as there is one; pebble tells it in no other way."""
        manager = getattr(self._pool, "_pool_manager", None)
        found: dict[int, object] = getattr(getattr(manager, "worker_manager", None), "workers", {})
        return tuple(found)

    def close(self) -> None:
        """As `kill`, and no process is started again."""
        self._closed = True
        self.kill()

    def end(self) -> None:
        """End the process and wait until it is gone; blocks."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble's types have gaps
            pool.join()

    def start(self) -> None:
        """Start a process ahead of the next call, which will say what is wrong if that fails."""
        if not self._closed:
            with suppress(OSError, RuntimeError):
                self._living()

    def _living(self) -> ProcessPool:
        """The pool; a new one if its process has died between two calls."""
        if self._pool is None or not self._pool.active:
            self.end()
            self._pool = process_pool()(
                max_workers=1,
                max_tasks=self._calls,
                initializer=prepare,
                initargs=(self._parcel,),
                context=get_context("spawn"),  # a fork copies locks that other threads hold
            )
            _ = self._pool.active  # starts it
        return self._pool

    def _ended(self, error: BaseException) -> ModelUnavailableError:
        code = getattr(error, "exitcode", None)
        if isinstance(error, CancelledError):
            how = "was killed"
        elif code is None:
            how = (
                f"could not be started, or died at once ({error}); a program that starts "
                "processes needs `if __name__ == '__main__':` around what it does"
            )
        else:
            how = f"died of {_signal(-code)}" if code < 0 else f"exited with code {code}"
        message = f"the worker process of {self._model_id} {how}"
        return ModelUnavailableError(message, model_id=self._model_id)


class Workers:
    """As many workers as there are calls at once, `limit` at most; they live on the loop."""

    def __init__(self, limit: int, make: Callable[[], Worker], threads: Threads) -> None:
        self._make = make
        self._threads = threads
        self.on_death: Callable[[ModelUnavailableError], None] = _nothing
        """Hears of each process that has died by itself."""
        self._idle: list[Worker] = []
        self._busy: dict[Worker, ThreadCall] = {}
        self._places = asyncio.Semaphore(limit)

    async def run(self, work: Callable[[Worker], Any]) -> Any:
        """Do `work` with a worker, in a thread. A cancellation kills the worker's process."""
        await self._places.acquire()
        # The last one first: the others may then be left alone.
        worker = self._idle.pop() if self._idle else self._make()
        return await self._occupy(worker, work)

    async def refill(self) -> None:
        """Start a process in each place where one has died, but for those that are in use again."""
        for worker in self.lost:
            await self._places.acquire()
            if worker not in self._idle:
                self._places.release()
                continue
            self._idle.remove(worker)
            await self._occupy(worker, lambda place: place.start())

    @property
    def lost(self) -> tuple[Worker, ...]:
        """The places whose process has died."""
        return tuple(worker for worker in self._idle if worker.death is not None)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that there are, those with a call under way first."""
        return tuple(pid for worker in (*self._busy, *self._idle) for pid in worker.process_ids)

    async def _occupy(self, worker: Worker, work: Callable[[Worker], Any]) -> Any:
        worker.reserve()
        done = self._busy[worker] = self._threads.run(work, worker)
        done.add_done_callback(lambda _: self._free(worker))
        try:
            return await done
        finally:
            if not done.done():
                worker.kill()

    async def close(self) -> None:
        """End all processes and wait until they are gone."""
        workers = [*self._busy, *self._idle]
        for worker in workers:
            worker.close()
        await asyncio.gather(*(call.ended() for call in self._busy.values()))
        await asyncio.gather(*(self._threads.run(worker.end) for worker in workers))

    def _free(self, worker: Worker) -> None:
        """Its place is free when its process is idle or gone, not when its caller is."""
        del self._busy[worker]
        self._idle.append(worker)
        self._places.release()
        if worker.death is not None:
            self.on_death(worker.death)


def process_pool() -> type[ProcessPool]:
    """pebble's pool. Raises `ConfigurationError` where pebble is not installed."""
    try:
        from pebble import ProcessPool
    except ImportError as error:
        raise ConfigurationError(
            "isolation='process' needs pebble: pip install 'hive-resilience[process]'",
            key="isolation",
        ) from error
    return ProcessPool


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
