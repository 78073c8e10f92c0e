"""A thread with an event loop, for programs without one."""

from __future__ import annotations

import _thread
import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib import import_module
from typing import Any, TypeVar

from ...actors.engine.interruptible import apart
from ...config.values.log_fields import log_event
from .portal_future import send_to

T = TypeVar("T")
LoopFactory = Callable[[], asyncio.AbstractEventLoop]

log: logging.Logger = logging.getLogger(__name__)


def fastest_loop() -> LoopFactory:
    """Makes uvloop's event loop where it is installed (extra `fast`), else asyncio's own."""
    try:
        uvloop: Any = import_module("uvloop")  # so that types are the same with and without it
    except ImportError:
        return asyncio.new_event_loop
    make: LoopFactory = uvloop.new_event_loop
    return make


class LoopThread:
    """Runs coroutines for a blocking program, until `close` ends the thread and the loop.

    Nothing that work or callbacks raise ends the thread. A Ctrl-C that met them is the program's:
    it goes on to the main thread.
    """

    def __init__(self, loop_factory: LoopFactory | None = None) -> None:
        self._loop_factory = loop_factory or fastest_loop()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ending = False
        self._serves = False
        """Whether the loop runs until `close`; afterwards it only cleans up."""

    def start(self) -> None:
        """Make the loop and its thread. After a Ctrl-C both are there all the same."""
        apart(self._begin)

    def _begin(self) -> None:
        loop = self._loop = self._loop_factory()
        self._thread = threading.Thread(
            target=self._work, args=(loop,), name="hive-resilience", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the loop and wait for its result."""
        assert self._loop is not None
        return send_to(self._loop, work).result()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop; None before `start`."""
        return self._loop

    def is_alive(self) -> bool:
        """Whether the thread has started, and not ended."""
        return self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """End the loop and its thread; does nothing where they have ended or never began."""
        self._ending = True
        if self._loop is None:
            return
        if self._thread is None or self._thread.ident is None:  # a Ctrl-C came before it started
            self._loop.close()
            return
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._stop, self._loop)
        self._thread.join()

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        self._serves = True
        try:
            while not self._ending:
                self._insist(loop.run_forever)
            self._serves = False
            self._insist(lambda: _cancel_all(loop))
            self._insist(lambda: loop.run_until_complete(loop.shutdown_asyncgens()))
            self._insist(lambda: loop.run_until_complete(loop.shutdown_default_executor()))
        finally:
            loop.close()

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        # Two threads may close at once: the second stop would break off the cleaning up.
        serves, self._serves = self._serves, False
        if serves:
            loop.stop()

    def _insist(self, step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as error:
            log.exception(
                "a task or callback raised what ends a program; the fleet goes on",
                extra=log_event("loop.interrupted", error_type=type(error).__name__),
            )
            if isinstance(error, KeyboardInterrupt):
                _thread.interrupt_main()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0))  # what is on its way to the loop arrives
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def a_loop_runs() -> bool:
    """Whether a loop runs in this thread, whosever it is."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
