"""Interrupts of the main thread, and what is seen beside what callers get."""

from __future__ import annotations

import concurrent.futures
import logging
import random
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import pykka

from hive_resilience import ResilienceError

NAMED = (ResilienceError, pykka.ActorDeadError, concurrent.futures.CancelledError)
"""The errors that a caller may get."""


class Found:
    """What all lives together have seen."""

    def __init__(self) -> None:
        self.deeds: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.attempts = 0
        self.rss: list[float] = []
        self.objects: list[float] = []
        self.violations: list[str] = []

    def violate(self, told: str) -> None:
        """Note what was violated; the first of each kind is shown at once."""
        if told not in self.violations:
            print("VIOLATED:", told, file=sys.stderr, flush=True)
            self.violations.append(told)


class Interrupts:
    """A timer that interrupts the main thread, wherever it is in what it does."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._armed = False
        self.rang = False
        """Whether the deed under way was interrupted."""
        self._instead: Callable[[], object] | None = None

    def during(self, deed: Callable[[], None], instead: Callable[[], object] | None) -> bool:
        """Do it, and interrupt it at some moment with a Ctrl-C, or with `instead`."""
        self._instead, self.rang = instead, False
        self._armed = True
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-5 + self.chance.random() ** 3 * 0.02)
                deed()
            finally:
                self._armed = False
        except KeyboardInterrupt:
            return True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False

    def ring(self, *_: object) -> None:
        """The handler of the signal."""
        if not self._armed:
            return
        self._armed = False
        if self._instead is None:
            self.rang = True
            raise KeyboardInterrupt
        with suppress(*NAMED):
            self._instead()


def watch_the_rest(found: Found, interrupts: Interrupts) -> None:
    """What no caller sees: un-awaited coroutines, tasks destroyed, threads that end in an error."""

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        here = threading.current_thread() is threading.main_thread()
        if here and interrupts.rang:
            told = str(args.exc_value)
            # It was not on its way as yet, or Python's own making of a loop was broken off.
            broken_off = isinstance(args.exc_value, KeyboardInterrupt | ResourceWarning)
            if broken_off or "was never awaited" in told:
                return
        found.violate(f"unraisable: {args.exc_value!r} in {args.object!r:.100}")

    def in_thread(args: threading.ExceptHookArgs) -> None:
        found.violate(f"a thread ended with {args.exc_value!r}")

    class Errors(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == "asyncio" or record.levelno >= logging.ERROR:
                found.violate(f"logged: {record.getMessage():.300}")
                if record.exc_info is not None:
                    traceback.print_exception(record.exc_info[1])

    sys.unraisablehook = unraisable
    threading.excepthook = in_thread
    logging.getLogger().addHandler(Errors(logging.WARNING))


def other_threads() -> list[tuple[str, FrameType | None]]:
    frames = sys._current_frames()
    return [(one.name, frames.get(one.ident or 0)) for one in threading.enumerate()]


def show(stack: FrameType | None) -> None:
    if stack is not None:
        traceback.print_stack(stack, file=sys.stderr)
