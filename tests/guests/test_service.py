"""The whole server in programs that start its workers: one server, and nothing left of it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ..runtime.cluster.processes import descendants, eventually, is_there, title_of
from ..runtime.executors.faulty_server import completion
from ..runtime.server.keys.keys_kit import entry, write
from ..runtime.server.test_states import RESPONSE
from .servers import LIMIT, Server, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

SERVICE = """
from hive_resilience.server import ServerApp

app = ServerApp("resilience.yml", keys="keys.yml", share="server")
"""
UVICORN = "uvicorn --no-access-log --workers 2 --host 127.0.0.1 --port 0 service:app"
GUNICORN = "gunicorn -k asgi --workers 2 --preload --bind 127.0.0.1:0 service:app"
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
HELLO = {"model": "a", "messages": [{"role": "user", "content": "Hi"}]}
KEYS = (
    entry("k-use", "user"),
    entry("k-one", "one", max_concurrent=1),
    entry("k-three", "three", rpm=3),
    entry("k-admin", "operator", scopes=["admin", "metrics"]),
)


class Upstream(ThreadingHTTPServer):
    """A model server that holds its calls until it is let go."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.open = threading.Event()
        self.held = threading.Semaphore(0)
        self.peak = self.under_way = 0
        self.lock = threading.Lock()
        self.open.set()

    def count(self, more: int) -> None:
        """A call begins or ends."""
        with self.lock:
            self.under_way += more
            self.peak = max(self.peak, self.under_way)


class _Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(self.server, Upstream)
        self.server.held.release()
        self.server.count(1)
        self.server.open.wait(LIMIT)
        self.server.count(-1)
        told = RESPONSE if self.path.endswith("/responses") else completion("Hi")
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:
        """It says nothing."""


@contextmanager
def a_service(
    folder: Path, command: str, service: str = SERVICE, more: Mapping[str, object] = {}
) -> Generator[tuple[Server, Upstream]]:
    """Two workers that serve, and a model server behind them."""
    with Upstream() as upstream:
        thread = threading.Thread(target=upstream.serve_forever)
        thread.start()
        where = f"http://127.0.0.1:{upstream.server_port}/v1"
        model = {"endpoint": where, "families": ["chat", "response"], **more}
        (folder / "resilience.yml").write_text(json.dumps({"models": {"a": model, "b": model}}))
        write(folder / "keys.yml", *KEYS)
        try:
            with serving({"service.py": service}, folder, command) as server:
                eventually(lambda: len(samples(server)) == 2)
                yield server, upstream
        finally:
            upstream.open.set()
            upstream.shutdown()
            thread.join(LIMIT)


def ask(server: Server, path: str, key: str, body: object = None) -> tuple[int, str]:
    """Status and body, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, path, json.dumps(body), headers | {"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def asked(server: Server, count: int, path: str, key: str, body: Any) -> list[int]:
    """The statuses of so many requests at once."""
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(ask(server, path, key, body)[0]))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    return sorted(found)


def samples(server: Server, name: str = "hive_tasks_in_flight", **labels: str) -> dict[str, float]:
    """The samples of a metric by worker, out of one scrape."""
    with suppress(ConnectionError):
        _, text = ask(server, "/metrics", "k-admin")
        return {
            one.labels["worker"]: one.value
            for family in text_string_to_metric_families(text)
            for one in family.samples
            if one.name == name and labels.items() <= one.labels.items()
        }
    return {}


def desk_of(server: Server) -> tuple[int, Path] | None:
    """The process of its desk, and the folder where the workers meet."""
    for pid in (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()):
        found = title_of(pid).partition("desk_program ")[2].split()
        if found[1:2] == [str(server.pid)]:
            return pid, Path(found[0])
    return None


def a_worker_of(server: Server) -> int:
    """The process of one of its workers."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return next(pid for pid in map(int, children) if "resource_tracker" not in title_of(pid))


def worked(server: Server) -> bool:
    """Whether both workers have had tasks."""
    found = samples(server, "hive_tasks_total", outcome="success")
    return len(found) == 2 and all(found.values())


@pytest.mark.parametrize(
    "command",
    [UVICORN, pytest.param(GUNICORN, marks=pytest.mark.guests)],
    ids=["uvicorn", "gunicorn"],
)
def test_the_workers_are_one_server_until_its_end(command: str, tmp_path: Path) -> None:
    with a_service(tmp_path, command) as (server, upstream):
        begin_with_both(server)
        the_limits_of_keys_are_exact(server, upstream)
        a_state_is_found_by_both(server)
        the_next_desk_knows_enough(server)
        processes = descendants(server.pid)
        desk = desk_of(server)
        assert desk is not None

        end_with_a_request_under_way(server, upstream)

        eventually(lambda: not any(map(is_there, {desk[0], *processes})), LIMIT)
        assert not desk[1].exists()
    assert [line for line in server.complaints if "Warning: resource_tracker" not in line] == []


def begin_with_both(server: Server) -> None:
    assert desk_of(server) is not None
    eventually(lambda: set(asked(server, 8, CHAT, "k-use", HELLO)) == {200} and worked(server))
    assert set(samples(server)) == {"1", "2"}


def the_limits_of_keys_are_exact(server: Server, upstream: Upstream) -> None:
    assert asked(server, 12, CHAT, "k-three", HELLO) == [200] * 3 + [429] * 9
    upstream.open.clear()
    threading.Timer(0.3, upstream.open.set).start()
    assert asked(server, 12, CHAT, "k-one", HELLO) == [200] + [429] * 11


def a_state_is_found_by_both(server: Server) -> None:
    assert ask(server, RESPONSES, "k-use", {"model": "b", "input": "Hi"})[0] == 200
    later = {"model": "auto", "input": "and?", "previous_response_id": "resp_1"}
    assert set(asked(server, 12, RESPONSES, "k-use", later)) == {200}


def the_next_desk_knows_enough(server: Server) -> None:
    """Maintenance reaches both, and a worker that starts under the next desk too."""
    assert ask(server, "/admin/models/a/maintenance", "k-admin", {})[0] == 200
    assert set(asked(server, 12, CHAT, "k-use", HELLO)) == {503}
    desk = desk_of(server)
    assert desk is not None
    os.kill(desk[0], signal.SIGKILL)
    eventually(lambda: desk_of(server) not in (None, desk))
    killed = a_worker_of(server)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: not is_there(killed) and set(samples(server)) == {"1", "2"})
    eventually(lambda: set(asked(server, 12, CHAT, "k-use", HELLO)) == {503})
    assert ask(server, "/admin/models/a/leave_maintenance", "k-admin", {})[0] == 200
    assert set(asked(server, 12, CHAT, "k-use", HELLO)) == {200}


def end_with_a_request_under_way(server: Server, upstream: Upstream) -> None:
    while upstream.held.acquire(blocking=False):
        pass
    upstream.open.clear()
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(ask(server, CHAT, "k-use", HELLO)[0]))
    thread.start()
    assert upstream.held.acquire(timeout=LIMIT)
    threading.Timer(0.3, upstream.open.set).start()
    assert server.stop() < LIMIT / 2
    thread.join(LIMIT)
    assert found == [200]


@pytest.mark.guests
@pytest.mark.parametrize("command", [UVICORN, GUNICORN], ids=["uvicorn", "gunicorn"])
def test_nothing_is_left_where_their_parent_is_killed(command: str, tmp_path: Path) -> None:
    with a_service(tmp_path, command) as (server, _):
        desk = desk_of(server)
        assert desk is not None
        processes = descendants(server.pid)
        os.kill(server.pid, signal.SIGKILL)

        eventually(lambda: not any(map(is_there, {desk[0], *processes})), LIMIT)
        assert not desk[1].exists()
