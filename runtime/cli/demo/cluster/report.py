"""What a demonstration of a cluster has shown, as figures: for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from ..report import seconds
from ..story import Happening
from .account import Account
from .judgement import Bar, Opening, bars, first_after, longest_pause, openings

_LOOK_AHEAD = 6.0
"""Seconds after a kill in which a pause would be its."""


@dataclass(frozen=True, slots=True)
class Report:
    """Spans are seconds; None: it did not happen.

    `gone` are the tasks that were under way in the process that was killed: their caller has ended
    with them, so that they are neither lost nor answered.
    """

    passed: bool
    interrupted: bool
    duration: float
    tasks: int
    answered: int
    lost: int
    gone: int
    failovers: int
    answers: dict[str, int]
    failures: dict[str, int]
    opened_after: float | None
    last_start: float | None
    openings: tuple[Opening, ...]
    closed_after: float | None
    owner_after: float | None
    owner_pause: float | None
    node_after: float | None
    node_pause: float | None
    peer_after: float | None
    bars: tuple[Bar, ...]
    happenings: tuple[Happening, ...]

    def to_json(self) -> str:
        """The report as indented JSON."""
        return orjson.dumps(self, option=orjson.OPT_INDENT_2).decode()

    def to_text(self) -> str:
        """The report for people."""
        return "\n".join([*(f"{name:<24}{told}" for name, told in _rows(self)), "", *_bars(self)])


def report_of(account: Account, *, interrupted: bool) -> Report:
    """The figures of a run that is over."""
    tallies = account.tallies.values()
    answers = sum((tally.answers for tally in tallies), Counter[str]())
    lost = sum(tally.sent - tally.results for tally in account.living)
    lost += sum(not tally.done for tally in account.living)  # what it has not told
    tasks = sum(tally.results for tally in tallies) + lost
    marks = account.marks
    opened = openings(account.moves, account.starts)
    first = next((o for o in opened if o.at >= (marks.model_killed or 0.0)), None)
    judged = bars(tasks=tasks, answered=answers.total(), lost=lost, opened=opened)
    return Report(
        passed=all(bar.held for bar in judged),
        interrupted=interrupted,
        duration=account.lasted,
        tasks=tasks,
        answered=answers.total(),
        lost=lost,
        gone=sum(tally.sent - tally.results for tally in tallies if tally.killed),
        failovers=sum(tally.failovers for tally in tallies),
        answers=dict(answers),
        failures=dict(sum((tally.failures for tally in tallies), Counter[str]())),
        opened_after=None if first is None else first_after([first.at], marks.model_killed),
        last_start=None if first is None else first.last,
        openings=tuple(opened),
        closed_after=first_after(_closings(account, first), marks.model_back),
        owner_after=first_after(account.owners_heard, marks.owner_killed),
        owner_pause=_pause(account, marks.owner_killed),
        node_after=first_after(account.owners_heard, marks.node_killed),
        node_pause=_pause(account, marks.node_killed),
        peer_after=first_after([marks.peer_missed or 0.0], marks.peer_killed),
        bars=judged,
        happenings=tuple(sorted(account.happenings, key=lambda happening: happening.at)),
    )


def _closings(account: Account, first: Opening | None) -> list[float]:
    if first is None:
        return []
    return [m.at for m in account.moves if m.model == first.model and m.state == "closed"]


def _pause(account: Account, begin: float | None) -> float | None:
    if begin is None:
        return None
    # Not beyond the load, in which there is a start each few milliseconds.
    end = min(begin + _LOOK_AHEAD, account.began + account.lasted)
    return longest_pause(account.starts, begin, end)


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    cut = ", interrupted" if report.interrupted else ""
    yield "run", f"{report.duration:.1f} s, {len(report.answers)} models{cut}"
    yield "tasks", f"{report.tasks} ({report.tasks / (report.duration or 1.0):.0f}/s)"
    answered = " · ".join(f"{name} {count}" for name, count in report.answers.items())
    yield "answered", f"{report.answered}: {answered}"
    yield "failed over", str(report.failovers)
    yield from _rows_of_the_trouble(report)
    for failure, count in report.failures.items():
        yield "not answered", f"{count} x {failure}"


def _rows_of_the_trouble(report: Report) -> Iterator[tuple[str, str]]:
    """Only what was there: an interrupted run may have had less, or none."""
    if report.opened_after is not None:
        last = "none" if report.last_start is None else f"{seconds(report.last_start)} later"
        yield (
            "model killed",
            f"open for all after {seconds(report.opened_after)}; last start {last}",
        )
    if report.closed_after is not None:
        yield "model back", f"closed for all after {seconds(report.closed_after)}"
    for name, after, pause in (
        ("owner's node killed", report.node_after, report.node_pause),
        ("next owner killed", report.owner_after, report.owner_pause),
    ):
        if pause is not None:
            told = f"another owner answers after {seconds(after)}"
            yield name, f"{told}; longest time without a start {seconds(pause)}"
    if report.peer_after is not None:
        yield "process killed", f"its places are lent again after {seconds(report.peer_after)}"
        yield "", f"{report.gone} tasks were under way in it, and ended with their caller"


def _bars(report: Report) -> Iterator[str]:
    for bar in report.bars:
        yield f"{bar.name:<48}{bar.found:>12}  (wanted: {bar.wanted})  {bar.verdict}"
