"""What is told, where and when: groups, repeats, escalation, and resolves where they belong.

Each channel has a line for each group. A line knows which alerts its channel has been told of: an
alert is told once as firing, and its end only where that has arrived. The first alert of a group
waits `group_wait` for others; between two messages of a line lie `group_interval` seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import NamedTuple

AFTER_FAILURE = 900.0
"""Seconds until a channel that took nothing is tried again with what still fires."""


class NotificationKind(StrEnum):
    """Why a group of alerts is told now."""

    FIRING = "firing"
    RESOLVED = "resolved"
    REPEAT = "repeat"
    """It still fires, and the time of `repeat` is over."""
    ESCALATED = "escalated"
    """No person has acknowledged it."""
    TEST = "test"


class Spans(NamedTuple):
    """Seconds; `repeat` 0: never."""

    group_wait: float
    group_interval: float
    repeat: float
    escalate_after: float


@dataclass(frozen=True, slots=True)
class Telling:
    """How a firing alert is told: its group, its channels, and what keeps it from them."""

    group: str
    channels: tuple[str, ...]
    muted: bool = False
    """Silenced or inhibited: not told, but its end is where its beginning was."""
    acknowledged: bool = False
    escalates_to: tuple[str, ...] = ()


class Message(NamedTuple):
    """One thing to say on one channel, about these fingerprints."""

    channel: str
    group: str
    kind: NotificationKind
    keys: tuple[str, ...]


@dataclass(slots=True)
class _Line:
    """A group on a channel."""

    told: dict[str, bool] = field(default_factory=dict[str, bool])
    """The alerts that it was told of; True: that has arrived."""
    due: float | None = None
    last: float | None = None
    not_before: float = -inf


Key = tuple[str, str]


class DeliveryPlan:
    """The lines of all channels, and the alerts that were escalated."""

    def __init__(self, spans: Spans) -> None:
        self.spans: Spans = spans
        self._lines: dict[Key, _Line] = {}
        self._first_told: dict[str, float] = {}
        self._escalated: set[str] = set()
        self.next_at: float = inf
        """When there is something to say if nothing changes before; `look` sets it."""

    def look(self, now: float, firing: Mapping[str, Telling]) -> list[Message]:
        """What is to be said now, by the alerts that fire."""
        waiting = self._open_lines(firing)
        said = list(self._escalate(now, firing))
        self.next_at = self._next_escalation(firing)
        for (group, channel), line in list(self._lines.items()):
            new = tuple(key for key in waiting.get((group, channel), ()) if key not in line.told)
            for kind, keys in self._of_line(now, line, new, firing):
                said.append(Message(channel, group, kind, keys))
                self._note(now, kind, keys)
            self._schedule(now, (group, channel), line, firing)
        self._forget(firing)
        return said

    def arrived(self, channel: str, keys: Iterable[str]) -> None:
        """The channel has taken what it was told of these alerts."""
        for line in self._on(channel):
            for key in keys:
                if key in line.told:
                    line.told[key] = True

    def failed(self, now: float, channel: str, keys: Iterable[str]) -> None:
        """The channel has not taken it, and no other try follows: it knows nothing of them."""
        for line in self._on(channel):
            for key in keys:
                if line.told.get(key) is False:
                    del line.told[key]
                    line.not_before = now + AFTER_FAILURE

    def recall(self, now: float, key: str, group: str, channels: Iterable[str]) -> None:
        """A former process has told an alert on these channels."""
        self._first_told[key] = now
        for channel in channels:
            line = self._lines.setdefault((group, channel), _Line())
            line.told[key], line.last = True, now

    def escalated(self, key: str) -> bool:
        """Whether an alert has been escalated."""
        return key in self._escalated

    def recall_escalated(self, key: str) -> None:
        """A former process has escalated it."""
        self._escalated.add(key)

    def told_on(self, key: str) -> tuple[str, ...]:
        """The channels where it has arrived that an alert fires."""
        found = {ch: None for (_, ch), line in self._lines.items() if line.told.get(key)}
        return tuple(found)

    @property
    def lines_told(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """By group and channel, the alerts that the channel was told of."""
        return {at: tuple(line.told) for at, line in self._lines.items() if line.told}

    @property
    def told(self) -> frozenset[str]:
        """Every alert that some channel was told of, and has not been told the end of."""
        return frozenset(key for line in self._lines.values() for key in line.told)

    @property
    def arrivals(self) -> dict[str, tuple[str, ...]]:
        """Every alert of `told`, with the channels where it has arrived."""
        found: dict[str, tuple[str, ...]] = {}
        for (_, channel), line in self._lines.items():
            for key, arrived in line.told.items():
                found[key] = found.get(key, ()) + ((channel,) if arrived else ())
        return found

    def is_put_off(self, group: str, channels: Iterable[str], now: float) -> bool:
        """Whether one of these channels has failed to tell of the group, and waits."""
        lines = (self._lines.get((group, channel)) for channel in channels)
        return any(line is not None and now < line.not_before for line in lines)

    def _on(self, channel: str) -> Iterator[_Line]:
        return (line for (_, name), line in self._lines.items() if name == channel)

    def _open_lines(self, firing: Mapping[str, Telling]) -> dict[Key, list[str]]:
        """The alerts that each line should know of."""
        found: dict[Key, list[str]] = {}
        for key, telling in firing.items():
            for channel in () if telling.muted else telling.channels:
                self._lines.setdefault((telling.group, channel), _Line())
                found.setdefault((telling.group, channel), []).append(key)
        return found

    def _of_line(
        self, now: float, line: _Line, new: tuple[str, ...], firing: Mapping[str, Telling]
    ) -> Iterator[tuple[NotificationKind, tuple[str, ...]]]:
        over = _over(line, firing)
        if not new and not over:
            line.due = None
        elif line.due is None:
            line.due = self._due(now, line)
        if line.due is not None and line.due <= now:
            line.due, line.last = None, now
            line.told.update(dict.fromkeys(new, False))
            if new:
                yield NotificationKind.FIRING, new
            for key in over:
                del line.told[key]
            if over:
                yield NotificationKind.RESOLVED, over
        still = _still(line, firing)
        if still and line.last is not None and now >= line.last + self._repeat:
            line.last = now
            yield NotificationKind.REPEAT, still

    @property
    def _repeat(self) -> float:
        return self.spans.repeat or inf

    def _due(self, now: float, line: _Line) -> float:
        if line.last is None:
            return max(now + self.spans.group_wait, line.not_before)
        return max(now, line.last + self.spans.group_interval, line.not_before)

    def _schedule(self, now: float, key: Key, line: _Line, firing: Mapping[str, Telling]) -> None:
        """Say when the line speaks next; one that has nothing to say for long is forgotten."""
        if line.due is not None:
            self.next_at = min(self.next_at, line.due)
        elif not line.told:
            if line.last is None or now >= line.last + self.spans.group_interval:
                del self._lines[key]
        elif line.last is not None and _still(line, firing):
            self.next_at = min(self.next_at, line.last + self._repeat)

    def _note(self, now: float, kind: NotificationKind, keys: tuple[str, ...]) -> None:
        if kind is NotificationKind.FIRING:
            for key in keys:
                self._first_told.setdefault(key, now)

    # Escalation.

    def _escalate(self, now: float, firing: Mapping[str, Telling]) -> Iterator[Message]:
        due: dict[Key, list[str]] = {}
        for key, telling in self._unanswered(firing):
            if now >= self._first_told[key] + self.spans.escalate_after:
                self._escalated.add(key)
                for channel in telling.escalates_to:
                    due.setdefault((telling.group, channel), []).append(key)
        for (group, channel), keys in due.items():
            line = self._lines.setdefault((group, channel), _Line())
            line.last = now
            for key in keys:
                line.told.setdefault(key, False)
            yield Message(channel, group, NotificationKind.ESCALATED, tuple(keys))

    def _next_escalation(self, firing: Mapping[str, Telling]) -> float:
        waiting = (self._first_told[key] for key, _ in self._unanswered(firing))
        return min(waiting, default=inf) + self.spans.escalate_after

    def _unanswered(self, firing: Mapping[str, Telling]) -> Iterator[tuple[str, Telling]]:
        """Alerts that were told, and that no person has acknowledged."""
        for key, telling in firing.items():
            waits = telling.escalates_to and not (telling.muted or telling.acknowledged)
            if waits and key in self._first_told and key not in self._escalated:
                yield key, telling

    def _forget(self, firing: Mapping[str, Telling]) -> None:
        for key in [key for key in self._first_told if key not in firing]:
            del self._first_told[key]
        self._escalated.intersection_update(firing)


def _over(line: _Line, firing: Mapping[str, Telling]) -> tuple[str, ...]:
    """Alerts that are over, and of which it has arrived that they fired."""
    return tuple(key for key, arrived in line.told.items() if arrived and key not in firing)


def _still(line: _Line, firing: Mapping[str, Telling]) -> tuple[str, ...]:
    """Alerts that the line may repeat."""
    return tuple(
        key
        for key, arrived in line.told.items()
        if arrived and key in firing and not (firing[key].muted or firing[key].acknowledged)
    )
