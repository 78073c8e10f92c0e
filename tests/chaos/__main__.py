"""`make chaos`: ten experiments, and a report of each; 1 where a steady state did not hold."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from hive_resilience.chaos import journal_text

from .suite import EVERY, REAL, run_one


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(EVERY)}; none: all")
    parser.add_argument("--seed", type=int, default=7, help="the same seed hits the same calls")
    options = parser.parse_args()
    logging.getLogger("hive_resilience").addHandler(logging.NullHandler())  # failures are meant
    names, held = options.names or EVERY, 0
    for name in names:
        began = time.perf_counter()
        ran = run_one(name, options.seed)
        took = time.perf_counter() - began
        kind = "in real time" if name in REAL else "in virtual time"
        print(f"== {name}, {kind}, {took:.1f} s\n{journal_text(ran.journal)}")
        print(f"tasks of the whole run: {ran.tasks}, answered: {ran.answered}\n")
        held += ran.journal.code.number == 0
    print(f"{held} of {len(names)} experiments held")
    return 0 if held == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
