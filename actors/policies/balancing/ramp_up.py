"""A model that comes back gets its tasks by and by: a tenth of its share, then more and more.

A model that has just recovered is often still weak: caches are cold, others come back to it too.
While the breaker tries it, the breaker itself lets few calls through. From then on the share
grows linearly from a tenth to all of it within the model's span; a failure halves it.

The share only says how many tasks are offered to another model first. A task that no other model
can take at once goes to the ramping one, so no task is refused or waits because of a ramp.
"""

from __future__ import annotations

from ..unavailability import UnavailableReason

FIRST_SHARE = 0.1
LONGEST = 10.0
"""Spans after its begin a ramp ends, however many calls fail meanwhile."""
_MOST_HALVINGS = 8
_WHOLE = 1.0 - 1e-9
"""One task, but for what sums of tenths lack."""

_WEAKENED = frozenset(
    {
        UnavailableReason.CIRCUIT_OPEN,
        UnavailableReason.UNHEALTHY,
        UnavailableReason.MAINTENANCE,
        UnavailableReason.DISABLED,
    }
)
"""What may leave a model weak. A parking does not: its provider said when to come back. Neither
do crashes of the model's actor, which are no fault of the model."""


class _Ramp:
    """`since`: where the line that grows has begun; `ends`: when it is over in any case; `credit`:
    the tasks, and parts of one, that the model has not had yet of its share."""

    __slots__ = ("credit", "ends", "failed", "since", "span")

    def __init__(self, now: float, span: float, failed: int) -> None:
        self.span = span
        self.begin(now, failed)

    def begin(self, now: float, failed: int) -> None:
        self.since = now
        self.ends = now + LONGEST * self.span
        self.failed = failed
        self.credit = 1.0

    def is_over(self, now: float) -> bool:
        return now >= self.since + self.span or now >= self.ends

    def share(self, now: float) -> float:
        return max((now - self.since) / self.span, FIRST_SHARE)

    def halve(self, now: float, failed: int) -> None:
        more = min(failed - self.failed, _MOST_HALVINGS)
        self.failed = failed
        self.since = now - self.share(now) * 0.5**more * self.span


class RampUp:
    """The models that have come back lately, and the share of their tasks that each gets.

    >>> ramps = RampUp()
    >>> ramps.left("a", UnavailableReason.CIRCUIT_OPEN)
    >>> ramps.returned("a", now=100.0, span=30.0, failed=0)
    >>> [ramps.share("a", now, failed=0) for now in (100.0, 115.0, 130.0)]
    [0.1, 0.5, 1.0]
    """

    __slots__ = ("_away", "_ramps")

    def __init__(self) -> None:
        self._away: set[str] = set()
        self._ramps: dict[str, _Ramp] = {}

    def __len__(self) -> int:
        return len(self._ramps)

    def __contains__(self, model_id: str) -> bool:
        return model_id in self._ramps

    def left(self, model_id: str, reason: UnavailableReason) -> None:
        """The model cannot serve, for this reason."""
        self._ramps.pop(model_id, None)
        if reason in _WEAKENED:
            self._away.add(model_id)

    def returned(self, model_id: str, now: float, span: float, failed: int) -> None:
        """The model can serve again; `failed` counts its failures so far. A span of 0: no ramp."""
        if model_id not in self._away:
            return
        self._away.discard(model_id)
        if span > 0.0:
            self._ramps[model_id] = _Ramp(now, span, failed)

    def on_trial(self, model_id: str, now: float, failed: int) -> None:
        """Its breaker still tries it: the ramp begins when that is over."""
        self._ramps[model_id].begin(now, failed)

    def share(self, model_id: str, now: float, failed: int) -> float:
        """The part of its tasks that the model gets, from `FIRST_SHARE` to 1.

        `failed` counts its failures; each one since the last question has halved the share.
        """
        ramp = self._ramps.get(model_id)
        if ramp is None:
            return 1.0
        if failed > ramp.failed and not ramp.is_over(now):
            ramp.halve(now, failed)
        if ramp.is_over(now):
            del self._ramps[model_id]
            return 1.0
        return ramp.share(now)

    def takes(self, model_id: str, now: float, failed: int) -> bool:
        """Whether the model gets the task that it is offered now.

        The first task after its return, and then its share of them at even distances: by chance a
        model could wait long for its first task.

        >>> ramps = RampUp()
        >>> ramps.left("a", UnavailableReason.CIRCUIT_OPEN)
        >>> ramps.returned("a", now=0.0, span=30.0, failed=0)
        >>> [ramps.takes("a", 0.0, failed=0) for _ in range(12)].index(True, 1)
        10
        """
        share = self.share(model_id, now, failed)
        ramp = self._ramps.get(model_id)
        if ramp is None:
            return True
        takes = ramp.credit >= _WHOLE
        ramp.credit += share - takes
        return takes

    def cancel(self) -> None:
        """Only one model can serve from now on: no ramp holds any task back."""
        self._ramps.clear()

    def forget(self, model_id: str) -> None:
        """The model is not part of the fleet any more."""
        self._ramps.pop(model_id, None)
        self._away.discard(model_id)

    def under_way(self, now: float) -> dict[str, float]:
        """The share of each model whose ramp is not over."""
        return {i: ramp.share(now) for i, ramp in self._ramps.items() if not ramp.is_over(now)}
