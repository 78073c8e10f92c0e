"""`python -m tests.chaos.picture`: one experiment as a picture, docs/pictures/chaos.svg."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hive_resilience import TaskResult
from hive_resilience.chaos import Journal, journal_text, load_experiment, run_experiment
from hive_resilience.events import ChaosStarted, ChaosStopped, CircuitChanged, Event
from hive_resilience.testing import run_virtual

from .demonstration import MODELS, demonstration
from .suite import path_of

OUT = Path(__file__).parents[2] / "docs" / "pictures" / "chaos.svg"
COLOURS = {"large": "#2563a8", "medium": "#7ab0de", "small": "#cfe2f3"}
WIDTH, HEIGHT, LEFT, TOP = 760, 190, 44, 46
AFTER = 8.0


class Seen(NamedTuple):
    """What an experiment looks like from outside: answers and events with their second."""

    answers: list[tuple[float, TaskResult]]
    events: list[tuple[float, Event]]
    journal: Journal
    until: float


async def watched(name: str) -> Seen:
    """Run an experiment and write down what happens when."""
    async with demonstration() as (runtime, load):
        clock = asyncio.get_running_loop().time
        begun, events = clock(), list[tuple[float, Event]]()
        kinds = (ChaosStarted, ChaosStopped, CircuitChanged)
        runtime._bus.tap(lambda e: events.append((clock() - begun, e)), kinds, lambda: None)
        answers = list[tuple[float, TaskResult]]()
        before = len(load.results)
        task = asyncio.create_task(_note(load.results, answers, before, begun))
        await asyncio.sleep(5.0)
        journal = await run_experiment(load_experiment(path_of(name)), runtime, seed=7)
        await asyncio.sleep(AFTER)
        task.cancel()
        return Seen(answers, events, journal, clock() - begun)


async def _note(
    results: list[TaskResult], answers: list[tuple[float, TaskResult]], seen: int, begun: float
) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        answers += [(clock() - begun, one) for one in results[seen:]]
        seen = len(results)
        await asyncio.sleep(0.05)


def drawn(seen: Seen) -> str:
    """The picture: answers a second by model, and marks where something happened."""
    counts = Counter((int(at), one.model_used) for at, one in seen.answers)
    hits = Counter(int(at) for at, one in seen.answers if any(a.injected for a in one.attempts))
    seconds = int(seen.until)
    most = max(sum(counts[s, m] for m in MODELS) for s in range(seconds))
    wide = (WIDTH - LEFT) / seconds
    return "\n".join(_lines(counts, hits, seen.events, seconds, most, wide)) + "\n"


def _lines(
    counts: Counter[tuple[int, str | None]],
    hits: Counter[int],
    events: list[tuple[float, Event]],
    seconds: int,
    most: int,
    wide: float,
) -> Iterator[str]:
    whole = TOP + HEIGHT + 42
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" '
    yield 'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
    for second in range(seconds):
        base = float(TOP + HEIGHT)
        for model in MODELS:
            tall = HEIGHT * counts[second, model] / most
            base -= tall
            place = f'x="{LEFT + second * wide:.1f}" y="{base:.1f}"'
            size = f'width="{wide * 0.85:.1f}" height="{tall:.1f}"'
            yield f'<rect {place} {size} fill="{COLOURS[model]}"/>'
        if hits[second]:
            centre = LEFT + (second + 0.42) * wide
            yield f'<circle cx="{centre:.1f}" cy="{base - 6:.1f}" r="3" fill="#b3261e"/>'
    yield f'<text x="4" y="{TOP + 10}">{most}/s</text><text x="4" y="{TOP + HEIGHT}">0</text>'
    for row, (at, event) in enumerate(events):
        x, y = LEFT + at * wide, 12 + 11 * (row % 3)
        yield f'<path d="M{x:.1f} {y}V{TOP + HEIGHT}" stroke="#444" stroke-dasharray="2 3"/>'
        yield f'<text x="{x + 3:.1f}" y="{y}">{_told(event)}</text>'
    yield from _legend()


def _legend() -> Iterator[str]:
    y = TOP + HEIGHT + 28
    for place, (model, colour) in enumerate(COLOURS.items()):
        x = LEFT + 150 * place
        yield f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 14}" y="{y}">answered by {model}</text>'
    x = LEFT + 460
    yield f'<circle cx="{x}" cy="{y - 4}" r="3" fill="#b3261e"/>'
    yield f'<text x="{x + 8}" y="{y}">tasks in this second met the fault</text></svg>'


def _told(event: Event) -> str:
    match event:
        case ChaosStarted():
            return f"fault at {', '.join(event.models)} begins"
        case ChaosStopped():
            return "cleared"
        case CircuitChanged():
            return f"breaker {event.after.value.replace('_', ' ')}"
        case _:
            return ""


def main() -> None:
    logging.getLogger("hive_resilience").addHandler(logging.NullHandler())
    seen = run_virtual(watched("refused"))
    OUT.write_text(drawn(seen), encoding="utf-8")
    print(journal_text(seen.journal))


if __name__ == "__main__":
    main()
