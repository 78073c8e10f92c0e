"""`hive-resilience run`: from options to an exit code."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from time import monotonic
from typing import BinaryIO, cast

from ...actors.policies.errors import InvalidRequestError
from ...actors.task import strategy_named
from ...config.errors import ConfigurationError
from ...config.file import load
from ...config.runtime import RuntimeConfig, Strategy
from ..runtime import Runtime
from .batch import Batch
from .interrupt import Interrupt
from .report import Report, report_for, say
from .sink import Sink
from .source import Left, Source

ALL_SUCCEEDED, SOME_FAILED, UNUSABLE = 0, 1, 2
NOBODY_READS = 141
"""What a shell reports for a program that wrote to a closed pipe (128 + SIGPIPE)."""
STANDARD = "-"
_WINDOW = 4
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says; "-" is standard input or output."""

    config: Path
    tasks: str = STANDARD
    strategy: str | None = None
    concurrency: int = 10
    ordered: bool = False
    output: str = STANDARD


def run_tasks(options: RunOptions) -> int:
    """Run all tasks of a file; returns the exit code. Must be called in the main thread."""
    tasks: BinaryIO | None = None
    try:
        config = load(options.config)
        if not config.models:
            raise ConfigurationError(f"{options.config}: models: there must be at least one model")
        strategy = None if options.strategy is None else strategy_named(options.strategy)
        tasks = _open_tasks(options.tasks)
        return asyncio.run(_run(options, config, strategy, tasks))
    except (ConfigurationError, InvalidRequestError) as error:
        # Reading has not begun: once it has, closing is for the thread that reads.
        if tasks is not None:
            tasks.close()
        say(f"hive-resilience: {error}")
        return UNUSABLE


async def _run(
    options: RunOptions, config: RuntimeConfig, strategy: Strategy | None, tasks: BinaryIO
) -> int:
    stop = asyncio.Event()
    with Interrupt(stop) as interrupt:
        async with Runtime(config) as runtime:
            # Only now: a configuration that cannot be used does not empty the file.
            with _open_results(options.output, tasks) as results:
                run = Run(options, config, strategy, runtime, tasks, results, stop)
                await run.to_the_end(interrupt)
        return interrupt.exit_code or run.exit_code()


class Run:
    """One run: it is told to stop by a signal, or by results that nobody can take any more."""

    def __init__(
        self,
        options: RunOptions,
        config: RuntimeConfig,
        strategy: Strategy | None,
        runtime: Runtime,
        tasks: BinaryIO,
        results: RawIOBase,
        stop: asyncio.Event,
    ) -> None:
        self._settings = config.global_
        self._stop = stop
        self._source = Source(tasks)
        self._report = report_for(size=self._source.size, results_on_terminal=results.isatty())
        self._concurrency = _at_once(options.concurrency, config, self._report)
        window = _WINDOW * self._concurrency
        self._sink = Sink(results, ordered=options.ordered, window=window, on_error=stop.set)
        self._batch = Batch(runtime, self._source, self._sink, self._report, strategy=strategy)

    async def to_the_end(self, interrupt: Interrupt) -> None:
        """Run, and say on standard error what became of it."""
        started = monotonic()
        with self._report:
            self._source.start()
            self._sink.start()
            await self._batch.run(self._concurrency, self._stop)
            if self._stop.is_set():
                await self._drain()
            await self._write_what_is_left()
        if isinstance(self._sink.error, BrokenPipeError) and interrupt.number is None:
            return
        for problem in (_told("reading", self._source), _told("writing", self._sink)):
            if problem:
                say(problem)
        if self._stop.is_set():
            self._say_what_was_not_done(await self._source.left())
        say(self._batch.tally.summary(monotonic() - started))

    def exit_code(self) -> int:
        """Of a run that no signal has ended."""
        if isinstance(self._sink.error, BrokenPipeError):
            return NOBODY_READS
        tally = self._batch.tally
        failed = tally.failed or tally.refused or self._sink.error or self._source.error
        return SOME_FAILED if failed else ALL_SUCCEEDED

    async def _drain(self) -> None:
        timeout = 0.0 if self._sink.error else self._settings.drain_timeout
        if timeout:
            self._report.say(
                f"stopping: {len(self._batch.under_way)} tasks under way have {timeout:g} s to "
                "end; a second signal ends at once"
            )
        await self._batch.drain(timeout)

    async def _write_what_is_left(self) -> None:
        limit = self._settings.drain_timeout if self._stop.is_set() else None
        try:
            async with asyncio.timeout(limit):
                await self._sink.close()
        except TimeoutError:
            self._report.say("the last results could not be written: nobody takes them")

    def _say_what_was_not_done(self, left: Left) -> None:
        if numbers := sorted(line.number for line in self._batch.under_way.values()):
            named = ", ".join(map(str, numbers[:_MOST_NAMED]))
            more = ", ..." if len(numbers) > _MOST_NAMED else ""
            say(f"not finished: {len(numbers):,} tasks (lines {named}{more})")
        if left.first is not None:
            least = "" if left.exact else "at least "
            say(f"not started: {least}{left.count:,} tasks, from line {left.first}")
        elif not left.exact:
            say("not started: what was still to come")


def _open_tasks(path: str) -> BinaryIO:
    if path == STANDARD and os.isatty(0):
        say("reading tasks from the terminal, one JSON a line; Ctrl-D ends")
    try:
        # Not sys.stdin: the reading thread would hold its lock when the interpreter ends.
        return open(0, "rb", closefd=False) if path == STANDARD else open(path, "rb")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error


def _open_results(path: str, tasks: BinaryIO) -> RawIOBase:
    if path == STANDARD:
        return cast(RawIOBase, open(1, "wb", buffering=0, closefd=False))
    try:
        if os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(tasks.fileno())):
            raise ConfigurationError(f"{path}: the results would overwrite the tasks")
        return cast(RawIOBase, open(path, "wb", buffering=0))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error


def _at_once(wanted: int, config: RuntimeConfig, report: Report) -> int:
    """More than the fleet takes would mean refusals that nobody has asked for."""
    models = [model.bulkhead for model in config.models if model.enabled]
    room = sum(bulkhead.max_concurrent + bulkhead.max_queue for bulkhead in models)
    limit = max(1, min(config.global_.max_concurrent_requests, room))
    if wanted > limit:
        report.say(
            f"--concurrency {wanted} is more than the models take at once ({limit}): {limit} at "
            "once; see bulkhead.max_concurrent and global.max_concurrent_requests"
        )
    return min(wanted, limit)


def _told(doing: str, end: Source | Sink) -> str | None:
    error = end.error
    return None if error is None else f"{doing} stopped: {error.strerror or error}"
