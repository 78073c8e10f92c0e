"""The watchdog kills what gives no beat, and ends with what has closed its input."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

from hive_resilience.runtime.cluster import watchdog

SLEEPER = (sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)")


def a_watchdog(pid: int, limit: float) -> subprocess.Popen[bytes]:
    program = str(Path(watchdog.__file__))
    command = (sys.executable, "-I", "-S", program, str(pid), str(limit))
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def waiting(pipe: int) -> bool:
    """Whether a beat has not been read yet."""
    return any(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))


def test_a_process_without_a_beat_is_killed() -> None:
    with subprocess.Popen(SLEEPER) as watched, a_watchdog(watched.pid, 0.05) as dog:
        assert dog.stdin is not None
        dog.stdin.write(b".")
        dog.stdin.flush()
        assert watched.wait(30) == -9
        assert dog.wait(30) == 0


def test_a_watchdog_that_was_stopped_itself_counts_no_time() -> None:
    with subprocess.Popen(SLEEPER) as watched, a_watchdog(watched.pid, 1.0) as dog:
        assert dog.stdin is not None
        dog.stdin.write(b".")
        dog.stdin.flush()
        while waiting(dog.stdin.fileno()):
            time.sleep(0.01)
        dog.send_signal(signal.SIGSTOP)
        time.sleep(1.2)
        dog.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        assert watched.poll() is None
        dog.stdin.close()
        assert dog.wait(30) == 0
        watched.kill()


def test_a_watchdog_ends_with_its_input_and_kills_nothing() -> None:
    with subprocess.Popen(SLEEPER) as watched, a_watchdog(watched.pid, 30.0) as dog:
        assert dog.stdin is not None
        dog.stdin.write(b".")
        dog.stdin.close()
        assert dog.wait(30) == 0
        assert watched.poll() is None
        watched.kill()
