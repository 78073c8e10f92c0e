"""Whether a runtime stays well for long: `python -m benchmarks.soak [--tasks N | --threads]`.

Tasks fail, are cancelled and time out, streams are cut and left, in real time and real threads.
Afterwards nothing may be left of them: no memory, no permit, no thread, no task, no process. Exits
with 1 where anything is.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable

from hive_resilience import Runtime
from hive_resilience.events import Event

from .load import fleet, load
from .measures import PATIENCE, gauges, outlast, resident
from .threads import run

_LINE = "  {:<28} {}"


class Findings:
    """What was measured, and what is wrong."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.rss: list[float] = []
        """Resident MiB after each round, the first one after the warm-up."""
        self.gauges: dict[str, int] = {}
        self.left: dict[str, list[str]] = {}
        self.attempts: Counter[str] = Counter()
        self.events = 0
        self.seconds = 0.0

    def violations(self, tasks: int, limit: float) -> list[str]:
        """One line for each promise that was not kept."""
        told = [f"{name} is {value}" for name, value in self.gauges.items() if value]
        told += [f"{kind} left: {', '.join(names)}" for kind, names in self.left.items() if names]
        if self.counts["lost"] or self.counts.total() != tasks:
            told.append(f"of {tasks} tasks {tasks - self.counts.total()} have no result")
        if self.counts["truncated"]:
            told.append(f"{self.counts['truncated']} truncated streams passed for a success")
        if self.growth > limit:
            told.append(f"memory grew by {self.growth:.2f} MiB, {limit:g} are allowed")
        return told

    @property
    def growth(self) -> float:
        """MiB at the end over those after the warm-up."""
        return self.rss[-1] - self.rss[0] if self.rss else 0.0


def main() -> None:
    """Run the soak, print a table; exit with 1 where a promise was not kept."""
    options = _options()
    if options.threads:
        sys.exit(run(options))
    random.seed(options.seed)
    threads = set(threading.enumerate())
    found = asyncio.run(_soak(options.tasks, options.warm_up, options.rounds))
    found.left["threads"] = [one.name for one in outlast(set(threading.enumerate()) - threads)]
    found.left["processes"] = [str(one.pid) for one in multiprocessing.active_children()]
    print("\n".join(_table(found)))
    violations = found.violations(options.tasks, options.limit)
    for violation in violations:
        print("VIOLATED:", violation)
    sys.exit(1 if violations else 0)


async def _soak(tasks: int, warm_up: int, rounds: int) -> Findings:
    found = Findings()
    started = time.monotonic()
    async with fleet() as runtime:
        unsubscribe = runtime.subscribe(lambda event: _count(found, event))
        await _round(runtime, warm_up, found)
        rest = tasks - warm_up
        for number in range(rounds):
            await _round(runtime, rest // rounds + (number < rest % rounds), found)
        found.gauges = await _gauges_at_rest(runtime)
        found.attempts = _attempts(runtime)
        unsubscribe()
    found.seconds = time.monotonic() - started
    found.left["tasks"] = [
        one.get_name() for one in asyncio.all_tasks() if one is not asyncio.current_task()
    ]
    return found


async def _round(runtime: Runtime, tasks: int, found: Findings) -> None:
    found.counts.update(await load(runtime, tasks))
    await _gauges_at_rest(runtime)
    gc.collect()
    found.rss.append(resident())


async def _gauges_at_rest(runtime: Runtime) -> dict[str, int]:
    """The gauges; a killed process or an abandoned thread gives its place back a little later."""
    until = time.monotonic() + PATIENCE
    while any((found := gauges(runtime.snapshot())).values()) and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return found


def _attempts(runtime: Runtime) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in runtime.snapshot().models.values():
        told = one.metrics
        counts["succeeded"] += told.successes
        counts["failed"] += told.failures + told.timeouts
        counts["cancelled"] += told.cancelled
    return counts


def _count(found: Findings, _event: Event) -> None:
    found.events += 1


def _table(found: Findings) -> Iterable[str]:
    total = found.counts.total()
    yield f"{total} tasks in {found.seconds:.1f} s, {total / found.seconds:.0f} a second"
    for fate in ("succeeded", "failed", "cancelled", "lost", "truncated"):
        yield _LINE.format(f"tasks {fate}", _share(found.counts, fate))
    for outcome in ("succeeded", "failed", "cancelled"):
        yield _LINE.format(f"attempts {outcome}", _share(found.attempts, outcome))
    yield _LINE.format("events", found.events)
    yield _LINE.format("MiB after the warm-up", f"{found.rss[0]:.2f}")
    yield _LINE.format("MiB after each round", " ".join(f"{one:.2f}" for one in found.rss[1:]))
    yield _LINE.format("MiB grown", f"{found.growth:+.2f}")
    for name, value in found.gauges.items():
        yield _LINE.format(name, value)
    for kind, names in found.left.items():
        yield _LINE.format(f"{kind} left", len(names))


def _share(counts: Counter[str], name: str) -> str:
    return f"{counts[name]} ({counts[name] / max(1, counts.total()):.1%})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--warm-up", type=int, default=None, help="tasks; a fifth by default")
    parser.add_argument("--rounds", type=int, default=8, help="after the warm-up")
    parser.add_argument(
        "--limit", type=float, default=None, help="MiB that memory may grow; 2 of tasks"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", action="store_true", help="threads and interrupts instead")
    parser.add_argument("--seconds", type=float, default=120.0, help="of --threads")
    options = parser.parse_args()
    if options.limit is None and not options.threads:
        options.limit = 2.0
    if options.warm_up is None:
        options.warm_up = options.tasks // 5
    return options


if __name__ == "__main__":
    main()
