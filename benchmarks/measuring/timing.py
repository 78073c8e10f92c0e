"""Times calls beside the bare call that they are compared with.

Only the CPU time of this process counts: wall-clock time on a shared machine tells of its
neighbours. All cases run in turns in each of many short rounds, and a ratio is taken
within a round, so that a slow moment of the machine slows both sides of it.
"""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

Run = Callable[[int], Awaitable[float | None]]
"""Makes the call so many times. Answers the seconds that count, where not all of them do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A call to time; `target` is the highest ratio to the case `against` that we want."""

    name: str
    run: Run
    against: str
    target: float | None = None
    calls: int = 1_000
    """How many make up one round."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came out of one case: CPU microseconds a call, and ratios to the bare call."""

    name: str
    against: str
    target: float | None
    median_us: float
    best_us: float
    ratio: float
    """The median of the ratios of all rounds."""
    best_ratio: float
    """The best round against the best round of the bare call: what remains without the noise."""
    spread: float
    """The middle half of the ratios lies within this share of the median."""

    @property
    def verdict(self) -> str:
        """Whether the target is met; nothing where there is none."""
        if self.target is None:
            return ""
        return "met" if self.ratio <= self.target else "missed"


async def measure(cases: Sequence[Case], *, rounds: int, share: float = 1.0) -> list[Row]:
    """Time all `cases` in interleaved rounds of a `share` of their calls.

    Raises `ValueError` where a case is compared with one that is not measured.
    """
    times: dict[str, list[float]] = {case.name: [] for case in cases}
    for case in cases:
        if case.against not in times:
            raise ValueError(f"{case.name!r} is compared with {case.against!r}, which is no case")
        await _seconds_a_call(case, share)
    # What is there already shall not be walked again by every collection of the rounds.
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for case in cases:
            times[case.name].append(await _seconds_a_call(case, share))
    gc.unfreeze()
    return [_row(case, times[case.name], times[case.against]) for case in cases]


async def _seconds_a_call(case: Case, share: float) -> float:
    calls = max(1, round(case.calls * share))
    started = process_time()
    counted = await case.run(calls)
    return (process_time() - started if counted is None else counted) / calls


def _row(case: Case, own: Sequence[float], bare: Sequence[float]) -> Row:
    ratios = [mine / theirs for mine, theirs in zip(own, bare, strict=True)]
    low, middle, high = quantiles(ratios, n=4)
    return Row(
        name=case.name,
        against=case.against,
        target=case.target,
        median_us=median(own) * 1e6,
        best_us=min(own) * 1e6,
        ratio=middle,
        best_ratio=min(own) / min(bare),
        spread=(high - low) / 2 / middle,
    )
