"""What a scripted model does with one stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import NamedTuple

from .script import Step


class Ending(Enum):
    """How a stream ends after its chunks."""

    PROPER = "proper"
    ERROR = "error"
    SILENCE = "silence"
    """Nothing more comes, not even the end."""
    NEVER = "never"
    """Its chunks come again and again."""
    TWICE = "twice"
    """After its end come all chunks once more, and a second end."""


@dataclass(frozen=True, slots=True)
class StreamStep:
    """One stream: the first chunk after `takes` seconds, the others `pause` seconds apart."""

    chunks: tuple[object, ...] = ("an ", "answer")
    takes: float = 0.0
    pause: float = 0.0
    ending: Ending = Ending.PROPER
    error: BaseException | None = None
    """What it ends with, where the ending is an error."""
    stubborn: bool = False
    """Whether it goes on when it is cancelled, until the first chunk."""


def chunks(*found: object, takes: float = 0.0, pause: float = 0.0) -> StreamStep:
    """Send these chunks and end properly."""
    return StreamStep(found, takes, pause)


def cut(*found: object, pause: float = 0.0, error: BaseException | None = None) -> StreamStep:
    """Send these chunks, then raise `error` (a `ConnectionError`)."""
    error = error or ConnectionError("scripted cut")
    return StreamStep(found, pause=pause, ending=Ending.ERROR, error=error)


def malformed(*found: object, pause: float = 0.0) -> StreamStep:
    """Send these chunks, then what no adapter can read: it raises `ValueError`."""
    return cut(*found, pause=pause, error=ValueError("scripted: this is no chunk"))


def stall(*found: object, pause: float = 0.0) -> StreamStep:
    """Send these chunks and then nothing more, for ever."""
    return StreamStep(found, pause=pause, ending=Ending.SILENCE)


def drip(chunk: object = "drip ", *, pause: float = 1.0) -> StreamStep:
    """Send one chunk every `pause` seconds, for ever."""
    return StreamStep((chunk,), pause=pause, ending=Ending.NEVER)


def ends_twice(*found: object, pause: float = 0.0) -> StreamStep:
    """Send these chunks and end, and then do it again if anybody reads on."""
    return StreamStep(found, pause=pause, ending=Ending.TWICE)


class Line(NamedTuple):
    """What comes after so many seconds: a chunk, an error to raise, or the end."""

    after: float
    chunk: object = None
    error: BaseException | None = None
    is_end: bool = False


def lines(step: StreamStep) -> Iterator[Line]:
    """Everything that a stream does, in order; it has no end where the stream has none."""
    after = step.takes
    while True:
        for chunk in step.chunks:
            yield Line(after, chunk)
            after = step.pause
        match step.ending:
            case Ending.ERROR:
                yield Line(after, error=step.error)
            case Ending.SILENCE:
                yield Line(inf)
            case Ending.PROPER | Ending.TWICE:
                yield Line(after, is_end=True)
            case Ending.NEVER:
                continue
        if step.ending is not Ending.TWICE:
            return


def as_stream(step: Step) -> StreamStep:
    """A call's step as a stream: the whole answer is its one chunk."""
    if step.error is not None:
        return StreamStep((), 0.0, step.takes, Ending.ERROR, step.error, step.stubborn)
    return StreamStep((step.value,), step.takes, stubborn=step.stubborn)


def as_call(step: StreamStep) -> Step:
    """A stream's step as a call, which answers with all of it at its end."""
    takes = step.takes + step.pause * (len(step.chunks) - 1) if step.chunks else step.pause
    if step.ending in (Ending.SILENCE, Ending.NEVER):
        return Step(None, inf)
    if step.ending is Ending.ERROR:
        return Step(None, takes, step.error)
    return Step("".join(map(str, step.chunks)), takes)
