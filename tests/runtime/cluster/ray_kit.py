"""Clusters of Ray for tests, which end by the ids of their processes and leave none behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .processes import are_free, descendants, end_descendants, eventually, listening, named

ROOT = Path(__file__).parents[3]
PROGRAM = "tests.runtime.cluster.cluster_program"
TOKEN = "a-token-of-this-test-alone-" + "0" * 16
LONGEST_END = 60.0
"""Seconds for a program to end by itself."""


class Program:
    """A process that does what each line of its input asks, and answers with a line of JSON."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", *arguments),
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self.noise: list[str] = []
        """Lines of its output that are not its own."""

    def ask(self, *words: str) -> dict[str, Any]:
        """Let it do one thing; returns when that is done."""
        self.tell(*words)
        return self.hear()

    def tell(self, *words: str) -> None:
        """Let it do one thing, of which `hear` tells later."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next line of its output."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                found: dict[str, Any] = json.loads(line)
                assert "error" not in found, found
                return found
            self.noise.append(line)
        raise AssertionError(f"{self._process.args!r} has ended")

    def let_go(self) -> None:
        """Close its input, which it ends with."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self) -> int:
        """Wait for its end; its exit code."""
        self.let_go()
        assert self._process.stdout is not None
        self._process.stdout.close()
        try:
            return self._process.wait(LONGEST_END)
        finally:
            end_descendants(self.pid)
            self._process.kill()
            self._process.wait()


class Cluster(Program):
    """A cluster in a process of its own."""

    def __init__(self) -> None:
        super().__init__(PROGRAM, str(free_port()), RAY_AUTH_MODE="token")
        self.address = ""

    def start(self) -> None:
        """Start its head; returns when that is up."""
        self.address = self.ask("head")["address"]

    def owners(self) -> set[int]:
        """The processes of the owners of all fleets."""
        return set(named(self.pid, "ray::OwnerHost"))


@contextmanager
def a_cluster() -> Generator[Cluster, None, None]:
    """A head, and a token of its own. All its processes and ports are gone after."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_TOKEN", TOKEN)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.delenv("RAY_AUTH_MODE", raising=False)  # it is on by default in what we start
        cluster = Cluster()
        try:
            cluster.start()
            yield cluster
        finally:
            ports = listening(descendants(cluster.pid))
            cluster.end()
    eventually(lambda: are_free(ports))


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
