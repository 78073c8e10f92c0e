"""A process beside the owner's: kills it once its loop stands, for Ray would let it stand.

A program of the standard library alone, which starts in a few milliseconds. It hears a beat of
the loop through its standard input, and ends when that is closed. A thread could not do this:
it stands too when its process is stopped, or native code holds the interpreter.
"""

import os
import select
import signal
import sys

BEAT = 0.25
"""Seconds between two beats."""


def watch(pid: int, limit: float, beats: int = 0) -> None:
    """Kill `pid` once `limit` seconds have passed without a beat through `beats`.

    The first beat may take long: a process that has just started has much to load. Time in which
    this process stands itself does not count: the machine has slept, or is too busy.
    """
    if not os.read(beats, 4096):
        return
    silent, step = 0.0, min(BEAT, limit)
    while silent < limit:
        ready, _, _ = select.select([beats], [], [], step)
        if not ready:
            silent += step
        elif os.read(beats, 4096):
            silent = 0.0
        else:
            return
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    watch(int(sys.argv[1]), float(sys.argv[2]))
