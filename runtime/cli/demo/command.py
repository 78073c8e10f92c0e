"""`hive-resilience demo`: watch a fleet of models fail, and tasks that do not."""

from __future__ import annotations

import asyncio
import math
import sys

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....actors.task import strategy_named
from .report import Report
from .scenario import Load, run
from .screen import screen_for
from .servers import ServerStartError

FAILED = 1
MISUSED = 2
INTERRUPTED = 130


def demo(*, duration: float, rate: float, strategy: str, as_json: bool) -> int:
    """Run the demonstration for `duration` seconds at `rate` tasks a second; the exit code.

    0: no task without a result and at least 99.5 % answered; 1: not so; 2: arguments that cannot
    be; 130: Ctrl-C. The report goes to standard output, what happens on the way to standard error.
    """
    load = _load(duration, rate, strategy)
    if load is None:
        return MISUSED
    try:
        report = _play(load)
    except ServerStartError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    print(report.to_json() if as_json else report.to_text())
    # With --json the report is alone on standard output.
    print(report.verdict(), file=sys.stderr if as_json else sys.stdout)
    return _exit_code(report)


def _play(load: Load) -> Report:
    with screen_for(sys.stderr, load.duration) as screen:
        return asyncio.run(run(load, screen))


def _load(duration: float, rate: float, strategy: str) -> Load | None:
    for name, value in (("duration", duration), ("rate", rate)):
        if not (value > 0 and math.isfinite(value)):
            print(f"{name} is a number above 0, not {value:g}", file=sys.stderr)
            return None
    try:
        return Load(duration, rate, strategy_named(strategy))
    except InvalidRequestError as error:
        print(error, file=sys.stderr)
        return None


def _exit_code(report: Report) -> int:
    if report.interrupted:
        return INTERRUPTED
    return 0 if report.passed else FAILED
