"""Writes a run's figures as a page in Markdown: the pages `docs/benchmarks*.md` are made by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .report import shown

_ABOUT = """\
# What it costs here and elsewhere

`make bench ARGS="{parts}--page docs/{name}"` writes this page, whole, from one run on one machine:
do not edit it. Make your own run; the ratios within a run are worth more than its microseconds.
`benchmarks/README.md` says what each target is, how near we are, and what was tried.
"""
_OVER_HTTP = {
    "http": """\
- http: one fake server in a process of its own answers all sides; their CPU time is that of the
  client's process, all threads (pyreqwest and TensorZero work in Rust's). All sides take turns in
  five rounds, and the median counts. The chunks of a stream come each alone, 10 ms apart.
- A side without a figure was measured in the rounds and did not end within 180 s in the process of
  its own that the crowd, the open streams and the stale connections have.
""",
    "server": """\
- server: client, upstream and gateway are a process each. "added" is beside the same calls sent
  to the upstream directly, in the same run.
""",
    "defaults": """\
- defaults: models on real sockets, every setting as it is when a program sets none.
""",
}
_LIMITS_OVER_HTTP = """\
## Limits

- A shared machine with two cores, whose speed changes from day to day: compare within a run.
- The fake server answers at once. Real ones take seconds.
- The other sides do other things besides: LiteLLM and TensorZero translate between providers.
"""
_METHOD = """\
## How it is measured

- All sides call the same fake models, functions of this process: no network, no serialisation,
  no tokens. The run measures what stands between the caller and the model.
- "CPU us" is CPU time of the process, all threads, a call. All sides take turns in short rounds
  and the median counts; "spread" is the middle half of the rounds. "p50" and "p99" are
  wall-clock times and tell as much of the machine as of the side.
- Ours has every protection on, in the default configuration but for the bulkhead's size, where
  more than 25 calls are in flight.
- "purgatory + tenacity" is a chain written by hand: tenacity's retries round purgatory's breaker
  round a timeout, in a loop over the models. It has no bulkhead, no deadline for the whole, no
  health probes, no metrics.
- LangChain is `with_fallbacks` over chat models. pydantic-ai is `FallbackModel`, asked directly,
  without an agent round it. Both have no breaker: an open primary is a failing primary for them.
  LiteLLM is its `Router` over a custom provider, with its cooldown.
- Where the "primary fails" no side retries and no breaker ever opens, so that each call meets the
  failure. By default ours opens after five of them, which is the row "primary open". Elsewhere
  each side has its own default. LiteLLM's retries are off.
- In outages all sides have the same shortened spans, and LiteLLM, LangChain and pydantic-ai the
  timeout of a client.

## Limits

- A shared machine with two cores: load from others is part of every wall-clock figure, and of
  some CPU figures by way of caches.
- Fake models answer at once or after 5 ms. Real ones take seconds, beside which all of these
  costs are small, except where a side meets a dead model again with each call.
- The other sides do other things besides (LiteLLM translates between providers and counts
  tokens, LangChain and pydantic-ai build messages). A program that needs those pays for them
  anywhere.
- A side's best configuration may be better than the one here, which follows its documentation.
"""
_PLOTS = {
    "peers": "CPU microseconds a call, logarithmic",
    "scale": "cost of a task by the size of the fleet",
    "outage": "p99 during an outage, logarithmic",
}


def page(found: Mapping[str, Any], plots: Sequence[Path], at: Path) -> str:
    """The whole page, for a file at `at`."""
    return "\n".join(_lines(found, plots, at)).rstrip() + "\n"


def _lines(found: Mapping[str, Any], plots: Sequence[Path], at: Path) -> Iterator[str]:
    over_http = [name for name in _OVER_HTTP if name in found["parts"]]
    alone = len(over_http) == len(found["parts"])
    parts = f"{' '.join(found['parts'])} " if alone else ""
    yield _ABOUT.format(parts=parts, name=at.name)
    yield from (f"- {name}: {value}" for name, value in found["surroundings"].items())
    yield f"- load at the end: {found['load at the end']}\n"
    if alone:
        yield "## How it is measured\n"
        yield from (_OVER_HTTP[name].rstrip() for name in over_http)
        yield f"\n{_LIMITS_OVER_HTTP}"
    else:
        yield _METHOD
    yield "## Targets\n"
    yield from _table(("", "wanted", "figure", "verdict"), found["targets"])
    for plot in plots:
        path = plot.resolve().relative_to(at.resolve().parent)
        yield f"![{_PLOTS[plot.stem]}]({path.as_posix()})\n"
    for name, part in found["parts"].items():
        yield f"## {name}\n"
        for table in part["tables"]:
            yield f"**{table['title']}**\n"
            yield from _table(table["headings"], table["rows"])
            yield from (f"{note}  " for note in table["notes"])
            yield ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"| --- |{' ---: |' * (len(headings) - 1)}"
    for row in rows:
        yield f"| {' | '.join(shown(cell).strip() for cell in row)} |"
    yield ""
