"""What readers of streams have got, and what must hold of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hive_resilience import StreamRestarted, TaskResult
from hive_resilience.errors import StreamInterruptedError
from hive_resilience.testing import Ending, StreamStep

if TYPE_CHECKING:
    from .world import World

PROPER = frozenset({Ending.PROPER, Ending.TWICE})


@dataclass(slots=True)
class Reading:
    """What one reader got of one stream."""

    name: str
    chunks: list[Any] = field(default_factory=list[Any])
    ends: int = 0
    error: BaseException | None = None
    result: TaskResult | None = None


def fates(readings: Iterable[Reading]) -> Counter[str]:
    """How many streams have ended in which way."""
    found: Counter[str] = Counter()
    for reading in readings:
        result, error = reading.result, reading.error
        found["whole"] += result is not None and result.success
        found["interrupted"] += isinstance(error, StreamInterruptedError)
        found["failed"] += error is not None and not isinstance(error, StreamInterruptedError)
        found["left"] += not reading.ends
        found["restarted"] += any(isinstance(one, StreamRestarted) for one in reading.chunks)
    return found


def misread(world: World) -> Iterator[str]:
    """Each chunk once and in order, one end, and nothing truncated that passes for a success."""
    steps = {name: step for model in world.models for name, step in model.streams.items()}
    for reading in world.readings:
        for told in _misread(reading, steps):
            yield f"stream {reading.name}: {told}"
    for model in world.models:
        if model.read_after_an_end:
            yield f"a model was read on {model.read_after_an_end} times after the end of its stream"


def _misread(reading: Reading, steps: dict[str, StreamStep]) -> Iterator[str]:
    if reading.ends > 1:
        yield f"{reading.ends} ends"
    runs: list[list[str]] = [[]]
    for chunk in reading.chunks:
        if isinstance(chunk, StreamRestarted):
            runs.append([])
        elif isinstance(chunk, str) and ":" in chunk:
            runs[-1].append(chunk)
    for run in runs:
        yield from _disorder(run, steps)
    yield from _false_ends(reading, runs[-1], steps)


def _disorder(run: list[str], steps: dict[str, StreamStep]) -> Iterator[str]:
    """The chunks of one answer: of one model after the other, each from its beginning on."""
    before, seen = "", 0
    for chunk in run:
        name = chunk.partition(":")[0]
        sent = steps[name].chunks
        if name != before:
            before, seen = name, 0
        expected = sent[seen % len(sent)]
        if chunk != expected:
            yield f"{chunk!r} came where {expected!r} was next"
        seen += 1


def _false_ends(reading: Reading, last: list[str], steps: dict[str, StreamStep]) -> Iterator[str]:
    result, error = reading.result, reading.error
    if any(
        not isinstance(chunk, str) or ":" not in chunk for chunk in reading.chunks[-len(last) :]
    ):
        return  # garbage cannot be told apart
    if isinstance(error, StreamInterruptedError) and last and error.partial != "".join(last):
        yield f"the partial text is {error.partial!r}, and {last} was read"
    if result is not None and error is not None and result.error is not error:
        yield f"it raised {error!r}, and its result says {result.error!r}"
    if result is None or not result.success or not last or not reading.ends:
        return
    name = last[-1].partition(":")[0]
    step = steps[name]
    if step.ending not in PROPER or last[-1] != step.chunks[-1]:
        yield f"truncated at {last[-1]!r}, and yet a success"
    if result.value != "".join(last):
        yield f"its value is {result.value!r}, and {last} was read"
