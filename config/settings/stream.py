"""Settings of a model's streams."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.accepts import Named, default
from ..values.units import Duration, DurationOrNone
from ..values.values import NUMBER


class OnInterrupt(StrEnum):
    """What follows when a stream is interrupted after its first content."""

    RAISE = "raise"
    RESTART = "restart"
    CONTINUE = "continue"


class StreamConfig(Settings):
    """How long a stream may be silent, and what follows when it is cut. Spans are seconds.

    The time of the model alone counts: the clock stands while the reader takes no chunk.
    """

    first_chunk: DurationOrNone = default(None)
    """Time to the first content; None: the model's limit of one attempt."""
    idle: DurationOrNone = default(None)
    """Time between two chunks of content; None: the model's limit of one attempt."""
    total: DurationOrNone = default(None)
    """Time for the whole stream; None: the deadline of the task."""
    min_chunks_per_second: Annotated[float, Field(ge=0, le=1_000_000), NUMBER] = 0.0
    """A stream with less content than this is stalled; 0: no stream is too slow."""
    throughput_window: Duration = default(10.0)
    """The span over which `min_chunks_per_second` is measured."""
    buffer: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 16
    """Chunks read ahead of the reader; no more are read until it takes some."""
    max_bytes: Annotated[int, Field(ge=65_536, le=1_000_000_000), NUMBER] = 67_108_864
    """What a server may send in one stream, unpacked; more interrupts it."""
    on_interrupt: Named[OnInterrupt] = default(OnInterrupt.RAISE)
    """A cut stream raises, or goes to the next model for a new answer or for the rest of this one.
    The setting of a plan goes first."""
