"""The report of a run in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....config.values.words import printable
from .journal import Journal, SteadyState


def journal_text(journal: Journal) -> str:
    """A few lines: what was tried, what it showed, and whether the steady state held."""
    return "\n".join(printable(line) for line in _lines(journal))


def _lines(journal: Journal) -> Iterator[str]:
    yield f"experiment: {journal.experiment.title}"
    yield from _state("before", journal.steady_states.get("before"))
    for run in (*journal.run, *journal.rollbacks):
        done = "would be done" if run.get("dry") else run["status"]
        yield f"{run['activity']['type']} {run['activity']['name']}: {done}"
    if journal.report is not None:
        yield from _shown(journal.report)
    yield from _state("after", journal.steady_states.get("after"))
    why = f": {journal.reason}" if journal.reason else ""
    yield f"verdict: {journal.code.word}{why}"


def _state(moment: str, state: SteadyState | None) -> Iterator[str]:
    if state is None:
        return
    yield f"steady state {moment}: {'held' if state.met else 'not met'}"
    for run in state.probes:
        if not run["tolerance_met"]:
            found = run.get("exception", [run["output"]])[0]
            wanted = run["activity"].get("tolerance")
            yield f"  {run['activity']['name']}: found {found}, wanted {wanted}"


def _shown(report: Mapping[str, Any]) -> Iterator[str]:
    models = ", ".join(f"{name} {count}" for name, count in report["hit_models"].items())
    yield f"hits: {report['hits']}" + (f" ({models})" if models else "")
    tasks, answered = report["tasks"], report["answered"]
    share = f" ({answered / tasks:.1%})" if tasks else ""
    yield f"tasks meanwhile: {tasks}, answered: {answered}{share}"
    yield f"time to detect: {_span(report['to_detect'])}"
    yield f"time to divert: {_span(report['to_divert'])}"
    yield f"time to recover: {_span(report['to_recover'])}"
    yield f"ended: {report['reason']}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "not seen"
    return f"{seconds * 1e3:.0f} ms" if seconds < 1.0 else f"{seconds:.1f} s"
