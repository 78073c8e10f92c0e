"""What became of all tasks of a run, in a few numbers."""

from __future__ import annotations

from collections import Counter

from ....actors.policies.metrics.sketch import LatencySketch
from ....actors.result import TaskResult


class Tally:
    """Counts results; it takes the same memory for ten as for a million."""

    def __init__(self) -> None:
        self.succeeded = 0
        self.failed = 0
        self.refused = 0
        self.failovers = 0
        self.models: Counter[str] = Counter()
        self.times = LatencySketch()

    @property
    def done(self) -> int:
        """All lines that have a result."""
        return self.succeeded + self.failed + self.refused

    def count(self, result: TaskResult) -> None:
        """One task has ended."""
        self.times.add(result.execution_time)
        if not result.success:
            self.failed += 1
            return
        self.succeeded += 1
        self.failovers += result.fallback_used
        if result.model_used is not None:
            self.models[result.model_used] += 1

    def refuse(self) -> None:
        """One line was no task."""
        self.refused += 1

    def summary(self, seconds: float) -> str:
        """For people, after the run."""
        rate = self.done / seconds if seconds > 0 else 0.0
        lines = [
            f"{self.done:,} tasks: {self.succeeded:,} succeeded, {self.failed:,} failed, "
            f"{self.refused:,} refused; {seconds:.1f} s, {rate:,.1f} tasks/s"
        ]
        if self.times.count:
            p50, p95 = self.times.quantile(0.5), self.times.quantile(0.95)
            lines.append(f"execution time: p50 {p50:.3f} s, p95 {p95:.3f} s")
        if self.models:
            lines.append(f"answered by: {self._shares()}; {self.failovers:,} failovers")
        return "\n".join(lines)

    def _shares(self) -> str:
        whole = self.succeeded
        shares = self.models.most_common()
        return ", ".join(f"{model} {100 * count / whole:.1f} %" for model, count in shares)
