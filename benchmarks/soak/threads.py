"""Real threads at one runtime, with interrupts: `python -m benchmarks.soak --threads`.

A life is one runtime: threads start it, use it in every way, operate it and close it, each at
moments of its own chance; the main thread does the same under interrupts, whose handler at times
uses the runtime itself. Afterwards every caller must have had its answer or a named error within
its limit, every place must be back, and the counts must be those of the executors and the callers.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import gc
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from hive_resilience import (
    CircuitBreakerConfig,
    ModelConfig,
    RetryConfig,
    Runtime,
    RuntimeConfig,
    Task,
)
from hive_resilience.config import BulkheadConfig, GlobalConfig
from hive_resilience.errors import RuntimeClosedError
from hive_resilience.snapshots import RuntimeSnapshot

from .callers import LIMIT, Caller
from .interrupts import NAMED, Found, Interrupts, other_threads, show, watch_the_rest
from .ledger import Async, Blocking, Ledger, Streaming
from .measures import gauges, outlast, resident

THREADS = 6
LIFE = 2.0
"""Seconds of use of one runtime."""
MOST_OBJECTS = 1_000
"""Python's objects that may be more in the last third of the lives than in the second."""
SLACK = 10.0
"""Seconds over its limit that a call may take on a busy machine."""


class Life:
    """One runtime from its start to its end."""

    def __init__(self, seed: int, number: int, found: Found, seconds: float) -> None:
        self._chance = random.Random(f"{seed}/{number}")
        self._found = found
        self._seconds = seconds
        self._ledger = Ledger()
        self._config = _config(self._ledger, self._chance)
        plain = asyncio.new_event_loop if number % 2 else None
        self._runtime = Runtime(self._config, loop_factory=plain)
        self._doing: dict[str, tuple[str, float]] = {}
        """What each thread does now, and since when."""

    def live(self) -> None:
        """Start it, use it, close it, and look at what is left."""
        before = set(threading.enumerate())
        threads = [self._thread(f"caller-{n}", self._use) for n in range(THREADS)]
        threads += [self._thread(f"starter-{n}", self._start) for n in range(2)]
        if self._chance.random() < 0.5:
            self._interrupted(self._start, None)
        self._use_under_interrupts(time.monotonic() + self._seconds)
        threads += [self._thread(f"closer-{n}", self._close) for n in range(2)]
        with suppress(KeyboardInterrupt):
            self._interrupted(self._close, None)
        self._join(threads)
        self._runtime.close()
        self._judge(set(threading.enumerate()) - before)

    # Threads.

    def _thread(self, name: str, deed: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guarded, args=(deed,), name=name, daemon=True)
        thread.start()
        return thread

    def _guarded(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except BaseException as error:
            self._unnamed(error)

    def _start(self) -> None:
        time.sleep(self._chance.random() * 0.01)
        self._do("start", self._runtime.start)

    def _close(self) -> None:
        self._do("close", self._runtime.close)

    def _use(self) -> None:
        chance = random.Random(f"{self._chance.random()}")
        caller = Caller(self._runtime, self._config, self._ledger, chance)
        while self._do_next(caller):
            pass

    def _use_under_interrupts(self, until: float) -> None:
        caller = Caller(self._runtime, self._config, self._ledger, self._chance)
        while time.monotonic() < until:
            lot = self._chance.random()
            instead = None
            if lot < 0.3:
                instead = self._chance.choice(
                    (
                        lambda: self._runtime.submit(Task("from a handler")),
                        lambda: self._runtime.router.tell(Task("from a handler")),
                        self._runtime.snapshot,
                        lambda: self._runtime.model("slow").reset(),
                    )
                )
            deed = caller.next_deed()
            if caller.has_own_loop(deed):
                self._do(deed.__name__, deed)
            else:
                self._interrupted(partial(self._do, deed.__name__, deed), instead)

    def _interrupted(
        self, deed: Callable[[], object], instead: Callable[[], object] | None
    ) -> None:
        with suppress(KeyboardInterrupt):
            if _interrupts.during(lambda: (deed(), None)[1], instead):
                self._found.deeds["interrupted"] += 1

    def _do_next(self, caller: Caller) -> bool:
        deed = caller.next_deed()
        return self._do(deed.__name__, deed)

    def _do(self, name: str, deed: Callable[[], object]) -> bool:
        """Whether the runtime lives on."""
        me = threading.current_thread().name
        began = time.monotonic()
        self._doing[me] = name, began
        self._found.deeds[name] += 1
        try:
            deed()
        except RuntimeClosedError as error:
            self._found.errors[type(error).__name__] += 1
            if "has not started" in str(error) or "is starting" in str(error):
                time.sleep(0.001)
                return True
            return False
        except NAMED as error:
            self._found.errors[type(error).__name__] += 1
            if isinstance(error, concurrent.futures.CancelledError):
                self._found.violate(f"{name} was cancelled, and not by its caller")
        except Exception as error:
            self._unnamed(error)
        finally:
            took = time.monotonic() - began
            if took > LIMIT + SLACK:
                self._found.violate(f"{name} took {took:.0f} s")
        return True

    def _unnamed(self, error: BaseException) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        self._found.errors[type(error).__name__] += 1
        self._found.violate(f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})")
        traceback.print_exception(error)

    # Afterwards.

    def _join(self, threads: list[threading.Thread]) -> None:
        until = time.monotonic() + LIMIT + SLACK
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        for thread in threads:
            if thread.is_alive():
                name, since = self._doing.get(thread.name, ("nothing", 0.0))
                stack = sys._current_frames().get(thread.ident or 0)
                show(stack)
                self._found.violate(f"{name} hangs for {time.monotonic() - since:.0f} s")
        if any(thread.is_alive() for thread in threads):
            for name, stack in other_threads():
                print(name, file=sys.stderr)
                show(stack)
            raise SystemExit(1)

    def _judge(self, left: set[threading.Thread]) -> None:
        fleet = self._runtime._fleet
        if fleet.engine._loop is None:  # every start was interrupted
            return
        snapshot: RuntimeSnapshot = fleet.snapshot()
        for name, value in gauges(snapshot).items():
            if value:
                self._found.violate(f"{name} is {value} at the end")
        for thread in outlast(left):
            self._found.violate(f"the thread {thread.name!r} is left")
        for told in self._ledger.violations(snapshot):
            self._found.violate(told)
        portal = self._runtime._portal
        if portal.places or portal._operations:
            self._found.violate("work is left at the portal")
        self._found.attempts += len(self._ledger.begun)


def _config(ledger: Ledger, chance: random.Random) -> RuntimeConfig:
    def seeded() -> random.Random:
        return random.Random(chance.random())

    models = (
        _model("steady", Async("steady", ledger, seeded(), 0.0, 0.0)),
        _model("slow", Async("slow", ledger, seeded(), 0.004, 0.3)),
        _model("blocking", Blocking("blocking", ledger, seeded())),
        _model("streaming", Streaming("streaming", ledger, seeded(), 0.001, 0.1)),
    )
    settings = GlobalConfig(
        task_timeout=2, default_timeout=0.2, drain_timeout=0.2, stop_grace=2, mailbox_size=500
    )
    return RuntimeConfig(global_=settings, models=models)


def _model(name: str, executor: object) -> ModelConfig:
    return ModelConfig(
        id=name,
        executor=executor,
        retry=RetryConfig(max_retries=2, base_delay=0.001, max_delay=0.005),
        circuit_breaker=CircuitBreakerConfig(recovery_timeout=0.02, max_recovery_timeout=0.1),
        bulkhead=BulkheadConfig(max_concurrent=4, max_queue=20),
    )


_interrupts = Interrupts(random.Random(0))


def run(options: argparse.Namespace) -> int:
    """Live for so many seconds; 1 where a promise was not kept."""
    found = Found()
    watch_the_rest(found, _interrupts)
    _interrupts.chance.seed(options.seed)
    signal.signal(signal.SIGALRM, _interrupts.ring)
    signal.signal(signal.SIGINT, _interrupts.ring)
    until = time.monotonic() + options.seconds
    lives = 0
    while time.monotonic() < until:
        Life(options.seed, lives, found, min(LIFE, options.seconds / 2)).live()
        lives += 1
        gc.collect()
        found.rss.append(resident())
        found.objects.append(len(gc.get_objects()))
    growth, more = _growth(found.rss), _growth(found.objects)
    # uvloop keeps about 0.1 MiB of each loop: the objects of Python tell more.
    if options.limit is not None and growth > options.limit:
        found.violate(f"memory grew by {growth:.2f} MiB, {options.limit:g} are allowed")
    if more > MOST_OBJECTS:
        found.violate(f"{more:.0f} objects more are left, {MOST_OBJECTS} are allowed")
    print(f"{lives} lives with seed {options.seed}, {found.attempts} calls of executors")
    for title, counts in (("deeds", found.deeds), ("errors", found.errors)):
        print(f"  {title}: " + ", ".join(f"{name} {n}" for name, n in counts.most_common()))
    tenth = max(1, len(found.rss) // 10)
    print(
        "  MiB: " + " ".join(f"{one:.1f}" for one in found.rss[::tenth]) + f", grew {growth:+.2f}"
    )
    for told in found.violations:
        print("VIOLATED:", told)
    return 1 if found.violations else 0


def _growth(rss: list[float]) -> float:
    """The difference between the middles of the second and the last third of the lives."""
    third = max(1, len(rss) // 3)
    first, last = sorted(rss[-2 * third : -third] or rss), sorted(rss[-third:])
    return last[len(last) // 2] - first[len(first) // 2]
