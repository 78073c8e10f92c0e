"""How long a stream may still be silent, and how fast it was; the reader's own time never counts.

It is told when content comes, and when the model is kept waiting by the reader; by these it knows
the model's own time, in which all its limits are.
"""

from __future__ import annotations

from math import ceil, inf
from typing import NamedTuple

from ...config.settings.stream import StreamConfig


class Late(NamedTuple):
    """Which limit of a stream passed, in seconds: first_chunk, idle, total or throughput."""

    kind: str
    limit: float


class StreamFigures(NamedTuple):
    """How fast a stream was: seconds to its first content, and chunks of content.

    `per_second` is None for fewer than two chunks, and for those that came all at once. `duration`
    is all of its seconds, those of a slow reader too.
    """

    first_chunk: float
    chunks: int
    per_second: float | None
    duration: float = 0.0


class Pace:
    """The limits of one stream. `patience` stands in for the limits that are not set.

    `min_chunks_per_second` is kept by counting: each so many chunks have to come within a window,
    which begins again with the last of them.
    """

    __slots__ = (
        *("_began", "_ends", "_first", "_idle", "_left", "_paused_at", "_quota", "_reader"),
        *("_since", "_span", "_window", "_window_ends", "chunks"),
    )

    def __init__(self, config: StreamConfig, *, patience: float, now: float) -> None:
        self.chunks: int = 0
        """Chunks of content so far."""
        self._began = now
        self._since = now
        self._span = config.first_chunk or patience
        self._idle = config.idle or patience
        self._ends = now + config.total if config.total else inf
        self._first: float | None = None
        floor = config.min_chunks_per_second
        self._quota = ceil(floor * config.throughput_window)
        # Exactly as long as so many chunks take at the floor, never shorter than it was set.
        self._window = self._quota / floor if floor else 0.0
        self._left = 0
        self._window_ends = inf
        self._reader = 0.0
        self._paused_at: float | None = None

    @property
    def due(self) -> float:
        """When the stream is late unless content comes; infinite while it waits for the reader."""
        if self._paused_at is not None:
            return inf
        return min(self._since + self._span, self._ends, self._window_ends) + self._reader

    @property
    def paused(self) -> bool:
        """Whether the model is kept waiting by the reader."""
        return self._paused_at is not None

    @property
    def late(self) -> Late:
        """The limit that `due` is the end of."""
        silent = Late("first_chunk" if self._first is None else "idle", self._span)
        ends = {
            self._since + self._span: silent,
            self._ends: Late("total", self._ends - self._began),
            self._window_ends: Late("throughput", self._window),
        }
        return ends[min(ends)]

    def content(self, now: float) -> None:
        """A chunk of content has come."""
        self.chunks += 1
        own = self._since = now - self._reader
        if self._first is None:
            self._first = own
            self._span = self._idle
            self._begin_window(own)
        elif self._quota:
            self._left -= 1
            if not self._left:
                self._begin_window(own)

    def pause(self, now: float) -> None:
        """From now on the model waits for the reader."""
        self._paused_at = now

    def resume(self, now: float) -> None:
        """The reader has taken some; the model is waited for again."""
        if self._paused_at is not None:
            self._reader += now - self._paused_at
            self._paused_at = None

    def figures(self, now: float) -> StreamFigures:
        """How fast it was; without any content, its end counts as the first."""
        first = self._first
        if first is None:
            silent = now - self._reader - self._began
            return StreamFigures(silent, 0, None, now - self._began)
        span = self._since - first
        per_second = (self.chunks - 1) / span if span > 0 else None
        return StreamFigures(first - self._began, self.chunks, per_second, now - self._began)

    def _begin_window(self, own: float) -> None:
        if self._quota:
            self._left = self._quota
            self._window_ends = own + self._window
