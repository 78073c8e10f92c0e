"""What became of all tasks of a run, in a few numbers."""

from __future__ import annotations

from collections import Counter
from operator import add

from ....actors.policies.metrics.sketch import LatencySketch
from ....actors.policies.outcomes.usage import Usage
from ....actors.result import TaskResult
from ....config.errors import page_of
from ..explained import entries


class Tally:
    """Counts results; it takes the same memory for ten as for a million."""

    def __init__(self) -> None:
        self.succeeded = 0
        self.failed = 0
        self.refused = 0
        self.failovers = 0
        self.models: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()
        """Where the errors of failed tasks are explained, and of how many tasks each is."""
        self.times = LatencySketch()
        self.usage = Usage()
        self.cost: float | None = None
        """What the answers cost, of the models whose prices are known."""

    @property
    def done(self) -> int:
        """All lines that have a result."""
        return self.succeeded + self.failed + self.refused

    def count(self, result: TaskResult) -> None:
        """One task has ended."""
        self.times.add(result.execution_time)
        if not result.success:
            self.failed += 1
            self._explain(result)
            return
        self.succeeded += 1
        self.failovers += result.fallback_used
        self._charge(result)
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
        if self.usage.total_tokens:
            lines.append(self._used())
        if self.pages:
            lines.append(entries(page for page, _ in self.pages.most_common()))
        return "\n".join(lines)

    def _explain(self, result: TaskResult) -> None:
        errors = (result.error, *(record.error for record in result.attempts))
        pages = (page_of(error) for error in errors if error is not None)
        self.pages.update({page for page in pages if page is not None})

    def _charge(self, result: TaskResult) -> None:
        if result.usage is not None:
            self.usage = Usage(*map(add, self.usage, result.usage))
        if result.cost is not None:
            self.cost = (self.cost or 0.0) + result.cost

    def _used(self) -> str:
        given, output, cached, reasoning, total = self.usage
        told = f"tokens: {total:,}; {given:,} in ({cached:,} cached), "
        told += f"{output:,} out ({reasoning:,} of reasoning)"
        return told if self.cost is None else f"{told}; cost {self.cost:,.6g}"

    def _shares(self) -> str:
        whole = self.succeeded
        shares = self.models.most_common()
        return ", ".join(f"{model} {100 * count / whole:.1f} %" for model, count in shares)
