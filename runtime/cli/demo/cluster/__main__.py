"""The demonstration of a cluster: one fleet in four processes on three nodes of Ray.

    python -m hive_resilience.runtime.cli.demo.cluster [--duration 60] [--rate 50] [--json]

A model is killed and comes back, then the node of the owner of the fleet's breakers and limits is
killed, the next owner, and a process of the application. What happens goes to standard error, the
report to standard output.

Exit code: 0 all has held, 1 something has not, or it could not begin, 2 arguments that cannot be,
130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from ..command import FAILED, INTERRUPTED
from ..fleet import SERVERS
from ..servers import ServerStartError
from .processes import PROC
from .report import Report
from .scenario import Load, run
from .screen import screen_for


def main(argv: Sequence[str] | None = None) -> int:
    """Play it; returns the exit code."""
    options = _parser().parse_args(argv)
    if find_spec("ray") is None or not PROC.exists():
        print("needs Ray and Linux: pip install 'hive-resilience[cli,ray]'", file=sys.stderr)
        return FAILED
    try:
        report = _play(Load(options.duration, options.rate))
    except (ServerStartError, TimeoutError) as error:
        print(str(error) or "the demonstration took too long", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    print(report.to_json() if options.json else report.to_text())
    if report.interrupted:
        return INTERRUPTED
    return 0 if report.passed else FAILED


def _play(load: Load) -> Report:
    models = tuple(spec.name for spec in SERVERS)
    with screen_for(sys.stderr, load.duration, models) as screen:
        return asyncio.run(run(load, screen))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="One fleet in many processes, on Ray.")
    parser.add_argument("--duration", type=_above_zero, default=60.0, help="seconds of load")
    parser.add_argument(
        "--rate", type=_above_zero, default=50.0, help="tasks a second, in each process"
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    return parser


def _above_zero(text: str) -> float:
    value = float(text)
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return value


if __name__ == "__main__":
    raise SystemExit(main())
