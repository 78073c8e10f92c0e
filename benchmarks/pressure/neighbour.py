"""A thread beside the loop that needs the CPU: what it adds to the slowest calls, here and bare.

A thread that computes keeps the interpreter for 5 ms at a time, so that everything on the loop
waits for it; the question is whether a protected call waits more often than a bare one.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from statistics import median

from ..measuring.load import sample
from ..measuring.models import slow
from ..reporting.report import Cell, Table, Target
from ..sides.ours import TASK, runtime_of
from ..sides.side import Setting

_IN_FLIGHT = 10
_ADDED = 1.3


async def beside_a_neighbour(quick: bool) -> tuple[Table, list[Target]]:
    """The p99 of both, with and without the neighbour, in turns."""
    rounds, calls = (2, 20) if quick else (9, 600)
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(runtime_of(Setting(), (slow, slow)))
        sides: dict[str, Callable[[], Awaitable[object]]] = {
            "bare await": slow,
            "execute": lambda: runtime.execute(TASK),
        }
        alone: dict[str, list[float]] = {name: [] for name in sides}
        beside: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, call in sides.items():
                alone[name].append((await sample(call, _IN_FLIGHT, calls)).p99)
                with _neighbour():
                    beside[name].append((await sample(call, _IN_FLIGHT, calls)).p99)
    added = {name: median(beside[name]) - median(alone[name]) for name in sides}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, median(alone[name]) * 1e3, median(beside[name]) * 1e3, added[name] * 1e3)
        for name in sides
    )
    headings = ("", "p99 ms alone", "p99 ms beside it", "added ms")
    table = Table("A thread that computes beside it: 5 ms models, 10 in flight", headings, rows)
    ratio = added["execute"] / added["bare await"]
    return table, [Target("p99 added by a computing thread", ratio, _ADDED, "x bare")]


@contextmanager
def _neighbour() -> Iterator[None]:
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            sum(range(1_000))

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
