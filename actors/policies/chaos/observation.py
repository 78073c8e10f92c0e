"""What an experiment has shown: when its fault was detected, diverted and recovered from."""

from __future__ import annotations

from collections.abc import Collection


class Observation:
    """Points on the loop's clock; None: it has not happened, or nothing has shown it."""

    __slots__ = (
        *("cleared_at", "detected_at", "diverted_at", "first_hit_at", "models", "recovered_at"),
    )

    def __init__(self) -> None:
        self.models: dict[str, int] = {}
        """The models that were hit, and how often."""
        self.first_hit_at: float | None = None
        self.detected_at: float | None = None
        self.diverted_at: float | None = None
        self.cleared_at: float | None = None
        self.recovered_at: float | None = None

    def hit(self, model_id: str, now: float) -> None:
        """A call, an actor or a worker of this model was hit."""
        self.models[model_id] = self.models.get(model_id, 0) + 1
        if self.first_hit_at is None:
            self.first_hit_at = now

    def noticed(self, model_id: str, now: float) -> None:
        """The runtime has found that a model is not well: its breaker opened, its status fell."""
        if self.detected_at is None and model_id in self.models:
            self.detected_at = now

    def answered(self, model_id: str, hit: Collection[str], now: float) -> None:
        """A task was answered by this model; `hit` are the models where the task met the fault."""
        if self.diverted_at is None and hit and model_id not in hit:
            self.diverted_at = now
        if self.recovered_at is None and self.cleared_at is not None and model_id in self.models:
            self.recovered_at = now

    def cleared(self, now: float) -> None:
        """The faults are over; only the first time counts."""
        if self.cleared_at is None:
            self.cleared_at = now

    @property
    def to_detect(self) -> float | None:
        """Seconds from the first hit until the runtime noticed it."""
        return _between(self.first_hit_at, self.detected_at)

    @property
    def to_divert(self) -> float | None:
        """Seconds from the first hit until another model answered a task that had met the fault."""
        return _between(self.first_hit_at, self.diverted_at)

    @property
    def to_recover(self) -> float | None:
        """Seconds from the end of the faults until a model that was hit answered again."""
        return _between(self.cleared_at, self.recovered_at)

    @property
    def is_recovered(self) -> bool:
        """Whether nothing is to be waited for: a hit model answers again, or none was hit."""
        return not self.models or self.recovered_at is not None


def _between(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else max(0.0, last - first)
