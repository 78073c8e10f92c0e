"""What a demonstration has shown, as figures: for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from .cut_stream import StreamShown
from .story import Happening, Story, Transition

TARGET = 0.995
_LONGEST_SAMPLE = 72


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What one model answered; `sample` is its last answer."""

    answers: int
    share: float
    sample: str


@dataclass(frozen=True, slots=True)
class Report:
    """Spans are seconds; None: it did not happen. `rate` is tasks per second.

    `time_to_detect`: from SIGKILL to the open breaker. `time_to_recover`: from the server that
    listens again to the model's first answer. `restart_time`: from the actor's crash to its
    restart. `lost`: tasks without any result.
    """

    passed: bool
    interrupted: bool
    duration: float
    rate: float
    strategy: str
    tasks: int
    answered: int
    lost: int
    success_rate: float
    failovers: int
    killed: str | None
    stream: StreamShown | None
    models: dict[str, ModelShare]
    p50: float | None
    p95: float | None
    p99: float | None
    time_to_detect: float | None
    time_to_recover: float | None
    actor_crashes: int
    actor_restarts: int
    restart_time: float | None
    failures: dict[str, int]
    transitions: tuple[Transition, ...]
    happenings: tuple[Happening, ...]

    def to_json(self) -> str:
        """The report as indented JSON."""
        return orjson.dumps(self, option=orjson.OPT_INDENT_2).decode()

    def to_text(self) -> str:
        """The report for people."""
        return "\n".join(f"{name:<20}{value}" for name, value in _rows(self))

    def verdict(self) -> str:
        """One sentence: whether it went as it should."""
        if self.lost:
            return f"FAILED: {self.lost} of {self.tasks} tasks got no result"
        if self.stream is not None and not self.stream.whole:
            return "FAILED: the stream that was cut did not come to its end"
        if not self.passed:
            return f"FAILED: {self.success_rate:.2%} answered, the target is {TARGET:.1%}"
        return f"OK: no task lost, {self.success_rate:.2%} answered (target {TARGET:.1%})"


def report_of(story: Story, *, rate: float, strategy: str, interrupted: bool) -> Report:
    """The figures of a story that is over."""
    success_rate = story.answered / story.sent if story.sent else 1.0
    lost = story.sent - story.results
    durations = story.durations.snapshot()
    stream = None if story.stream is None else story.stream.shown()
    return Report(
        passed=not lost and success_rate >= TARGET and (stream is None or stream.whole),
        interrupted=interrupted,
        duration=story.sending_for,
        rate=rate,
        strategy=strategy,
        tasks=story.sent,
        answered=story.answered,
        lost=lost,
        success_rate=success_rate,
        failovers=story.failovers,
        killed=story.victim if story.killed_at is not None else None,
        stream=stream,
        models={name: _share(story, name) for name in story.models},
        p50=durations.p50,
        p95=durations.p95,
        p99=durations.p99,
        time_to_detect=_span(story.killed_at, story.opened_at),
        time_to_recover=_span(story.listening_at, story.answered_again_at),
        actor_crashes=len(story.crashes),
        actor_restarts=len(story.restarts),
        restart_time=_span(_first(story.crashes), _first(story.restarts)),
        failures=dict(story.failures),
        transitions=tuple(story.transitions),
        happenings=tuple(sorted(story.happenings, key=lambda happening: happening.at)),
    )


def _share(story: Story, name: str) -> ModelShare:
    answers = story.answers[name]
    share = answers / story.answered if story.answered else 0.0
    return ModelShare(answers, share, story.samples.get(name, ""))


def _span(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start


def _first(points: list[float]) -> float | None:
    return points[0] if points else None


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    cut = ", interrupted" if report.interrupted else ""
    yield "run", f"{report.duration:.1f} s at {report.rate:g}/s, {report.strategy}{cut}"
    yield "tasks", f"{report.tasks} ({report.tasks / (report.duration or 1.0):.1f}/s)"
    yield "answered", f"{report.answered} ({report.success_rate:.2%})"
    yield "without a result", str(report.lost)
    yield "failed over", str(report.failovers)
    yield (
        "time of a task",
        " · ".join(f"{name} {seconds(getattr(report, name))}" for name in ("p50", "p95", "p99")),
    )
    yield from _rows_of_the_trouble(report)
    for transition in report.transitions:
        moved = f"{transition.before} -> {transition.after} ({transition.reason})"
        yield f"breaker {transition.model}", f"{transition.at:6.2f} s  {moved}"
    for name, model in report.models.items():
        sample = " ".join(model.sample.split())[:_LONGEST_SAMPLE]
        told = f"{model.answers} answers ({model.share:.1%})  {sample}"
        yield f"model {name}", told.rstrip()
    for failure, count in report.failures.items():
        yield "not answered", f"{count} x {failure}"


def _rows_of_the_trouble(report: Report) -> Iterator[tuple[str, str]]:
    """Only what was there: an interrupted run may have had less, or none."""
    if report.killed is not None:
        yield "server killed", report.killed
    if report.stream is not None:
        yield "  a stream of it", _told(report.stream)
    if report.time_to_detect is not None:
        yield "  breaker opened", f"{seconds(report.time_to_detect)} after SIGKILL"
    if report.time_to_recover is not None:
        yield "  answered again", f"{seconds(report.time_to_recover)} after it listened again"
    yield "actor crashes", f"{report.actor_crashes}, restarts {report.actor_restarts}"
    if report.restart_time is not None:
        yield "  restarted", f"{seconds(report.restart_time)} after the crash"


def _told(stream: StreamShown) -> str:
    ended = f"{stream.chunks} chunks" if stream.whole else "it did not come to its end"
    if stream.chunks_before_the_cut is None:
        return f"was not cut: {ended}"
    return (
        f"cut after {stream.chunks_before_the_cut} chunks; {seconds(stream.gap)} later "
        f"{stream.ended_by or 'another model'} began again: {ended}"
    )


def seconds(span: float | None) -> str:
    """A span for people; a dash where there is none."""
    if span is None:
        return "-"
    return f"{span * 1000:.3g} ms" if span < 1 else f"{span:.2f} s"
