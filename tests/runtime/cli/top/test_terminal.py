"""`top` in a real terminal: it fits, it follows, it loses and finds its fleet, and ends cleanly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hive_resilience import Task

from .top_kit import environment, folder, offered_fleet

__all__ = ["folder"]
LIMIT = 20.0
COMMAND = [sys.executable, "-W", "error", "-m", "hive_resilience", "top"]
tmux_only = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Window:
    """A shell in a terminal of tmux, on a server of its own."""

    def __init__(self, where: Path) -> None:
        self._tmux = ["tmux", "-S", str(where / "tmux"), "-f", os.devnull]
        self._asked("new-session", "-d", "-x", "80", "-y", "24", "env PS1='$ ' sh")

    def type(self, *keys: str) -> None:
        self._asked("send-keys", *keys)

    def run(self, line: str) -> None:
        self.type(line, "Enter")

    def resize(self, width: int, height: int) -> None:
        self._asked("resize-window", "-x", str(width), "-y", str(height))

    def shown(self, *more: str) -> str:
        return self._asked("capture-pane", "-p", *more)

    def until(self, is_so: Callable[[str], bool], *more: str) -> str:
        """What is shown once it is as wanted."""
        end = time.monotonic() + LIMIT
        while not is_so(text := self.shown(*more)):
            assert time.monotonic() < end, text
            time.sleep(0.05)
        return text

    def close(self) -> None:
        self._asked("kill-server")

    def _asked(self, *arguments: str) -> str:
        with environment(TERM="screen-256color") as variables:
            done = subprocess.run(
                [*self._tmux, *arguments],
                env=variables,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=True,
            )
        return done.stdout


@pytest.fixture
def window(folder: Path) -> Iterator[Window]:
    found = Window(folder)
    yield found
    found.close()


@tmux_only
def test_a_view_fits_its_window_and_finds_a_fleet_that_was_lost(window: Window) -> None:
    command = " ".join(COMMAND)
    with offered_fleet("billing") as runtime:
        for _ in range(3):
            runtime.submit(Task("x")).result(10)
        window.run(command)
        text = window.until(lambda text: "All models serve" in text)
        assert text.rstrip().splitlines()[-1].startswith(" q  quit")
        runtime.model("a").trip("a test")
        window.until(lambda text: "a is out; 1 of 2 models serve" in text)

        window.resize(40, 10)
        text = window.until(lambda text: text.startswith(" ✖ a is out"))
        lines = text.rstrip("\n").splitlines()
        assert len(lines) == 10
        assert lines[-1].startswith(" q  quit   p  pause")
        window.resize(80, 24)
        window.until(lambda text: "hive-resilience · billing" in text)

    window.until(lambda text: "Last seen" in text)
    with offered_fleet("billing"):
        window.until(lambda text: "Last seen" not in text and "All models serve" in text)
        coloured = window.shown("-e")
        assert "\x1b[32m" in coloured or "\x1b[1m\x1b[32m" in coloured
        window.type("q")
        window.until(lambda text: "quit" not in text and "$" in text)

        window.run(f"NO_COLOR=1 {command}; echo left $?")
        window.until(lambda text: "All models serve" in text)
        plain = window.shown("-e")
        assert "\x1b[7m" in plain or ";7m" in plain
        assert "\x1b[32m" not in plain
        window.type("C-c")
        window.until(lambda text: "left 130" in text)
        window.run("stty -a | grep -c ' icanon'")
        window.until(lambda text: text.rstrip().endswith("1\n$"))


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    with environment(**variables) as found:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=found,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )


def test_a_pipe_gets_one_look_as_plain_text(folder: Path) -> None:
    with offered_fleet("billing"):
        done = run(FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OK: All models serve\n")
    assert "\x1b" not in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[-2:]] == ["a", "b"]
