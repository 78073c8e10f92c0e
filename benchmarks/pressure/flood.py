"""Four threads send without waiting: `python -m benchmarks.pressure.flood submit|tell SECONDS`."""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

from hive_resilience import Task
from hive_resilience.errors import OverloadedError

from ..measuring.models import slow
from ..measuring.surroundings import resident_mib
from ..sides.ours import TASK, runtime_of
from ..sides.side import Setting

_THREADS = 4
_LOOK = 0.05


def main(way: str, seconds: float) -> dict[str, float]:
    """What was sent, and by how much the memory grew at its highest."""
    with runtime_of(Setting(), (slow, slow)) as runtime:
        for _ in range(100):
            runtime.submit(TASK).result()
        send: Callable[[], object] = lambda: runtime.submit(Task("prompt"))  # noqa: E731
        if way == "tell":
            send = lambda: runtime.router.tell(Task("prompt"))  # noqa: E731
        gc.collect()
        before = resident_mib()
        counts: Counter[str] = Counter()
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=_send, args=(send, until, counts)) for _ in range(_THREADS)
        ]
        for thread in threads:
            thread.start()
        highest = before
        while time.monotonic() < until:
            time.sleep(_LOOK)
            highest = max(highest, resident_mib())
        for thread in threads:
            thread.join()
        done = runtime.snapshot().router.dispatched
    return {**counts, "done": done, "grown_mib": highest - before}


def _send(send: Callable[[], object], until: float, counts: Counter[str]) -> None:
    sent = refused = 0
    while time.monotonic() < until:
        sent += 1
        try:
            send()
        except OverloadedError:
            refused += 1
    counts["sent"] += sent
    counts["refused"] += refused


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]))))
