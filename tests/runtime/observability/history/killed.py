"""A program that starts writers of a history and kills them: `python killed.py FOLDER KILLS SEED`.

It prints, as JSON, what was found in the file after each kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hive_resilience.config import HistoryConfig
from hive_resilience.runtime.observability.history.records import AuditRow, SeriesPoint
from hive_resilience.runtime.observability.history.tidying import Keep
from hive_resilience.runtime.observability.history.writer import Writer


def write(folder: Path, begin: int, every: float, tell: int) -> None:
    """Put points, and now and then an action that is told once it is in the file. For ever."""

    def health(failing: str | None) -> None:
        if failing is not None:
            os.write(tell, b"failing %s\n" % failing.encode())

    writer = Writer(folder, "killed", Keep.of(HistoryConfig()), health, every=every)
    assert writer.start().wait(10)
    number = begin
    while True:
        now = datetime.now(UTC)
        for _ in range(20):
            writer.put_points([SeriesPoint(now, "a", successes=1)])
            os.write(tell, b"point %f\n" % time.monotonic())
            time.sleep(0.0005)
        if every < 1.0:
            number += 1
            writer.put(AuditRow(now, "trip", "a", "ops", str(number), None, None, False))
            flushed = writer.flush()
            assert flushed is not None
            assert flushed.wait(5)
            os.write(tell, b"action %d\n" % number)


def killed(folder: Path, begin: int, every: float, life: float) -> tuple[float, list[str]]:
    """When a writer was killed, and what it had told."""
    heard, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        write(folder, begin, every, tell)
    os.close(tell)
    with os.fdopen(heard, encoding="utf-8") as lines:
        told = [lines.readline()]
        while every < 1.0 and not told[-1].startswith(("action", "failing")):
            told.append(lines.readline())
        time.sleep(life)
        at = time.monotonic()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return at, [line.strip() for line in (*told, *lines)]


def found(folder: Path) -> tuple[str, int, set[str]]:
    """Whether the file is sound, its successes, and its actions."""
    (path,) = folder.glob("history-*.db")
    with closing(sqlite3.connect(path)) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
        total = connection.execute("SELECT coalesce(sum(successes), 0) FROM minutes").fetchone()[0]
        actions = {reason for (reason,) in connection.execute("SELECT reason FROM audit")}
    return sound, total, actions


def main(folder: Path, kills: int, every: float, lives: tuple[float, float], seed: int) -> None:
    chance = random.Random(seed)
    results: list[dict[str, object]] = []
    acknowledged: set[str] = set()
    before = 0
    for kill in range(kills):
        at, told = killed(folder, kill * 1_000_000, every, chance.uniform(*lives))
        put = [float(line.split()[1]) for line in told if line.startswith("point")]
        acknowledged |= {line.split()[1] for line in told if line.startswith("action")}
        sound, total, actions = found(folder)
        kept = total - before
        # Of those that are lost, the oldest: points are written in their order.
        oldest = put[kept] if kept < len(put) else at
        results.append(
            {
                "sound": sound,
                "missing": sorted(acknowledged - actions),
                "failing": [line for line in told if line.startswith("failing")],
                "lost": at - oldest,
                "kept": kept,
            }
        )
        before = total
    print(json.dumps({"kills": results, "acknowledged": len(acknowledged)}))


if __name__ == "__main__":
    place, count, pause, shortest, longest, number = sys.argv[1:]
    main(Path(place), int(count), float(pause), (float(shortest), float(longest)), int(number))
