"""Many seeds: `python -m tests.simulation --seeds 1000 --from 0`; the first that fails is told."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from .cluster.command import find_bugs, run_seeds
from .run import Outcome, simulate

LAST = 60
"""Messages of a failing run that are shown; `--trace` shows all."""


def main() -> int:
    logging.getLogger("hive_resilience").addHandler(logging.NullHandler())  # its failures are meant
    options = _options()
    if options.cluster:
        seeds = range(options.first, options.first + options.seeds)
        return find_bugs(seeds, options.only) if options.bugs else run_seeds(seeds)
    began, simulated, requests, crashes, failed = time.perf_counter(), 0.0, 0, 0, 0
    for seed in range(options.first, options.first + options.seeds):
        outcome = simulate(seed)
        simulated += outcome.simulated
        requests += outcome.requests
        crashes += outcome.crashes
        if options.trace:
            print("\n".join(map(str, outcome.trace)))
        if outcome.violations:
            failed += 1
            print(told(outcome, 0 if options.trace or options.brief else LAST))
    real = time.perf_counter() - began
    print(
        f"{options.seeds} seeds, {failed} failed; {requests} requests, {crashes} crashes, "
        f"{simulated:.0f} simulated seconds in {real:.1f} s ({simulated / real:.0f} a second)"
    )
    return 1 if failed else 0


def told(outcome: Outcome, last: int = LAST) -> str:
    """What a failing seed found, how to see it again, and what came last."""
    lines = [f"seed {outcome.seed} failed; again: {outcome.replay}"]
    lines += [f"  {violation}" for violation in outcome.violations[:20]]
    if last:
        lines += ["  the last messages:", *map(str, outcome.trace[-last:])]
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one")
    parser.add_argument("--cluster", action="store_true", help="of a cluster of processes")
    parser.add_argument("--bugs", action="store_true", help="plant each bug of a cluster")
    parser.add_argument("--only", default="", help="bugs with this in their names")
    parser.add_argument("--trace", action="store_true", help="show every message")
    parser.add_argument("--brief", action="store_true", help="show no message at all")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
