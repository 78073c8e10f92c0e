"""`hive-resilience run`: from options to an exit code."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from time import monotonic
from typing import BinaryIO, cast

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....actors.task import strategy_named
from ....config.errors import ConfigurationError
from ....config.settings.runtime import RuntimeConfig, Strategy
from ....config.values.log_fields import LogFormat
from ....config.values.words import UnknownVariables
from ...lines.task_line import read_prompt, read_task
from ...observability.logs.json_lines import write_to_standard_error
from ...runtime import Runtime
from ..explained import say_where
from . import live
from .batch import Batch
from .hangup import Hangup
from .interrupt import Interrupt
from .live import Live
from .report import Report, report_for, say
from .sink import Sink
from .source import Left, Source

ALL_SUCCEEDED, SOME_FAILED, UNUSABLE = 0, 1, 2
NOBODY_READS = 141
"""What a shell reports for a program that wrote to a closed pipe (128 + SIGPIPE)."""
STANDARD = "-"
_USUAL_CONCURRENCY = 10
_WINDOW = 4
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says; "-" is standard input or output."""

    config: Path
    tasks: str = STANDARD
    strategy: str | None = None
    concurrency: int | None = None
    ordered: bool = False
    output: str = STANDARD
    stream: bool = False
    text: bool = False
    """Whether a line is a prompt as it stands, and no JSON."""
    env_prefix: str = "RESILIENCE_"
    unknown_variables: UnknownVariables = "error"
    log_format: LogFormat = LogFormat.TEXT
    """As text nothing is logged: the command tells its user what there is to tell."""


def run_tasks(options: RunOptions) -> int:
    """Run all tasks of a file; returns the exit code. Must be called in the main thread."""
    tasks: BinaryIO | None = None
    if options.log_format is LogFormat.JSON:
        write_to_standard_error(options.log_format)
    try:
        _check(options)
        runtime = Runtime.from_file(
            options.config,
            env_prefix=options.env_prefix,
            unknown_variables=options.unknown_variables,
        )
        strategy = None if options.strategy is None else strategy_named(options.strategy)
        tasks = _open_tasks(options.tasks)
        return asyncio.run(_run(options, runtime, strategy, tasks))
    except (ConfigurationError, InvalidRequestError) as error:
        # Reading has not begun: once it has, closing is for the thread that reads.
        if tasks is not None:
            tasks.close()
        say(f"hive-resilience: {error}")
        say_where(error)
        return UNUSABLE


async def _run(
    options: RunOptions, runtime: Runtime, strategy: Strategy | None, tasks: BinaryIO
) -> int:
    stop = asyncio.Event()
    with Interrupt(stop) as interrupt, Hangup(runtime) as hangup:
        async with runtime:
            # Only now: a configuration that cannot be used does not empty the file.
            with _open_results(options, tasks) as results:
                run = Run(options, strategy, runtime, tasks, results, stop)
                hangup.say = run.say
                await run.to_the_end(interrupt)
        return interrupt.exit_code or run.exit_code()


class Run:
    """One run: it is told to stop by a signal, or by results that no program takes any more."""

    def __init__(
        self,
        options: RunOptions,
        strategy: Strategy | None,
        runtime: Runtime,
        tasks: BinaryIO,
        results: RawIOBase,
        stop: asyncio.Event,
    ) -> None:
        self._runtime = runtime
        self._stop = stop
        self._source = Source(tasks)
        out = _standard_output() if options.stream else results
        self._report = report_for(size=self._source.size, results_on_terminal=out.isatty())
        self.say = self._report.say
        self._concurrency = _at_once(options, runtime.config, self._report)
        window = _WINDOW * self._concurrency
        self._sink = Sink(results, ordered=options.ordered, window=window, on_error=stop.set)
        self._sinks = [self._sink]
        execute = None
        if options.stream:
            shown = Sink(out, ordered=False, window=live.WINDOW, on_error=stop.set)
            self._sinks.append(shown)
            execute = Live(runtime, shown, self._report, on_terminal=out.isatty()).execute
        self._batch = Batch(
            runtime,
            self._source,
            self._sink,
            self._report,
            strategy=strategy,
            execute=execute,
            read=read_prompt if options.text else read_task,
        )

    async def to_the_end(self, interrupt: Interrupt) -> None:
        """Run, and say on standard error what became of it."""
        started = monotonic()
        with self._report:
            self._source.start()
            for sink in self._sinks:
                sink.start()
            await self._batch.run(self._concurrency, self._stop)
            if self._stop.is_set():
                await self._drain()
            await self._write_what_is_left()
        if self._nobody_reads and interrupt.number is None:
            return
        ends: list[tuple[str, Source | Sink]] = [
            ("reading", self._source),
            *(("writing", sink) for sink in self._sinks),
        ]
        for doing, end in ends:
            if end.error is not None:
                say(f"{doing} stopped: {end.error.strerror or end.error}")
        if self._stop.is_set():
            self._say_what_was_not_done(await self._source.left())
        say(self._batch.tally.summary(monotonic() - started))

    def exit_code(self) -> int:
        """Of a run that no signal has ended."""
        if self._nobody_reads:
            return NOBODY_READS
        tally = self._batch.tally
        failed = tally.failed or tally.refused or self._write_errors or self._source.error
        return SOME_FAILED if failed else ALL_SUCCEEDED

    @property
    def _write_errors(self) -> list[OSError]:
        return [sink.error for sink in self._sinks if sink.error is not None]

    @property
    def _nobody_reads(self) -> bool:
        return any(isinstance(error, BrokenPipeError) for error in self._write_errors)

    @property
    def _drain_timeout(self) -> float:
        return self._runtime.config.global_.drain_timeout

    async def _drain(self) -> None:
        timeout = 0.0 if self._write_errors else self._drain_timeout
        if timeout:
            self._report.say(
                f"stopping: {len(self._batch.under_way)} tasks under way have {timeout:g} s to "
                "end; a second signal ends at once"
            )
        await self._batch.drain(timeout)

    async def _write_what_is_left(self) -> None:
        limit = self._drain_timeout if self._stop.is_set() else None
        try:
            async with asyncio.timeout(limit):
                for sink in self._sinks:
                    await sink.close()
        except TimeoutError:
            self._report.say("the last results could not be written: no program takes them")

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
        say("reading tasks from the terminal, one a line; Ctrl-D ends")
    try:
        # Not sys.stdin: the reading thread would hold its lock when the interpreter ends.
        return open(0, "rb", closefd=False) if path == STANDARD else open(path, "rb")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error


def _check(options: RunOptions) -> None:
    if options.stream and (options.concurrency or 1) > 1:
        raise ConfigurationError(
            f"--concurrency {options.concurrency}: with --stream one answer comes after the other"
        )


def _standard_output() -> RawIOBase:
    return cast(RawIOBase, open(1, "wb", buffering=0, closefd=False))


def _open_results(options: RunOptions, tasks: BinaryIO) -> RawIOBase:
    path = options.output
    if path == STANDARD and not options.stream:
        return _standard_output()
    if path == STANDARD:
        # The text of the answers is there; a caller that wants the results too says where.
        return cast(RawIOBase, open(os.devnull, "wb", buffering=0))
    try:
        if os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(tasks.fileno())):
            raise ConfigurationError(f"{path}: the results would overwrite the tasks")
        return cast(RawIOBase, open(path, "wb", buffering=0))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error


def _at_once(options: RunOptions, config: RuntimeConfig, report: Report) -> int:
    """More than the fleet takes would mean refusals that the user has not asked for."""
    if options.stream:
        return 1
    wanted = options.concurrency or _USUAL_CONCURRENCY
    models = [model.bulkhead for model in config.models if model.enabled]
    room = sum(bulkhead.max_concurrent + bulkhead.max_queue for bulkhead in models)
    limit = max(1, min(config.global_.max_concurrent_requests, room))
    if wanted > limit:
        report.say(
            f"--concurrency {wanted} is more than the models take at once ({limit}): {limit} at "
            "once; see bulkhead.max_concurrent and global.max_concurrent_requests"
        )
    return min(wanted, limit)
