"""Real servers in processes of their own, as the pages start them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..examples.programs import FENCED

LIMIT = 30.0
PLACE = re.compile(r"http://127\.0\.0\.1:(\d+)")
ASKED = re.compile(r"(?:(GET|POST) +)?(/\S+) +(\d{3})  (.*)")
COMPLAINT = re.compile(r"Warning: (?!Enable)|Traceback|never awaited|Exception ignored")


class Answer(NamedTuple):
    """What came back; `worker` is what the header X-Worker says."""

    status: int
    body: str
    worker: str | None


class Server:
    """A server that listens."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._placed = threading.Event()
        self._port = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self._placed.wait(LIMIT), self.log
        assert self._port, self.log
        self._wait_until_it_listens()

    @property
    def pid(self) -> int:
        """Its process, which starts the workers."""
        return self._process.pid

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return "".join(self._lines)

    @property
    def complaints(self) -> list[str]:
        """Its lines on warnings and errors; the socket where it listens is its own affair."""
        lines = (line for line in self._lines if COMPLAINT.search(line))
        return [line for line in lines if f"laddr=('127.0.0.1', {self._port})" not in line]

    def ask(self, path: str, method: str = "GET") -> Answer:
        """Ask on a connection of its own; a body that the server broke off ends in (cut)."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=LIMIT)
        try:
            connection.request(method, path, headers={"Connection": "close"})
            response = connection.getresponse()
            try:
                body = response.read().decode()
            except http.client.IncompleteRead as part:
                body = f"{part.partial.decode()}(cut)"
            return Answer(response.status, body, response.headers["X-Worker"])
        finally:
            connection.close()

    def leave(self, path: str) -> None:
        """Ask, read the first bytes of the answer, and go away."""
        with socket.create_connection(("127.0.0.1", self._port), LIMIT) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            assert connection.recv(1)

    def ask_until(self, path: str, body: str) -> str:
        """Ask until this is the body, for a few seconds; the last body."""
        until = time.monotonic() + LIMIT / 2
        while (answer := self.ask(path).body) != body and time.monotonic() < until:
            time.sleep(0.02)
        return answer

    def workers(self, path: str, count: int) -> set[str | None]:
        """Ask until `count` workers have answered; which they are."""
        found: set[str | None] = set()
        until = time.monotonic() + LIMIT
        while len(found) < count and time.monotonic() < until:
            found |= {answer.worker for answer in in_parallel(self, [path] * 8)}
        return found

    def stop(self, by: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal; how many seconds its end took. It must end by itself, and well.

        uvicorn without workers ends by the signal, too, once everything is closed.
        """
        began = time.monotonic()
        self._process.send_signal(by)
        assert self._process.wait(LIMIT) in (0, -by), self.log
        self._reader.join(LIMIT)
        return time.monotonic() - began

    def kill(self) -> None:
        """End it and its workers, whatever state they are in."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(LIMIT)
        self._reader.join(LIMIT)

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._lines.append(line)
                if not self._port and (found := PLACE.search(line)):
                    self._port = int(found[1])
                    self._placed.set()
        self._placed.set()

    def _wait_until_it_listens(self) -> None:
        """uvicorn names its port before a worker listens there, and nothing tells when one does."""
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self._port), LIMIT).close()
                return
            time.sleep(0.02)
        raise AssertionError(self.log)


@contextmanager
def serving(files: Mapping[str, str], folder: Path, command: str) -> Generator[Server, None, None]:
    """These files, served by a command that takes a free port."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    module, *arguments = command.split()
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    server = None
    try:
        server = Server(process)
        yield server
    finally:
        if server is None:
            process.kill()
        else:
            server.kill()


def command_of(page: Path, application: str) -> str:
    """The command on a page that serves an application."""
    lines = page.read_text("utf-8").splitlines()
    (command,) = (line.strip() for line in lines if line.startswith("    ") and application in line)
    return command


def in_parallel(server: Server, paths: list[str]) -> list[Answer]:
    """Ask all of them at once, each in a thread."""
    answers: list[Answer] = []

    def ask(path: str) -> None:
        answers.append(server.ask(path))

    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert len(answers) == len(paths)
    return answers


def told(page: Path) -> list[tuple[str, str, int, str]]:
    """What a client sees by the page: methods, paths, status codes and bodies."""
    blocks = [text for kind, text in FENCED.findall(page.read_text("utf-8")) if kind == "text"]
    lines = ASKED.findall("".join(blocks))
    return [(method or "GET", path, int(status), body) for method, path, status, body in lines]


def seen(server: Server, page: Path) -> list[tuple[str, str, int, str]]:
    """What a client sees that asks for the same, line by line."""
    asked = [(method, path) for method, path, _, _ in told(page)]
    return [(method, path, *server.ask(path, method)[:2]) for method, path in asked]
