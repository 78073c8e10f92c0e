"""`serve --workers 2` with a Ray head of its own: one fleet, whichever worker answers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hive_resilience.runtime.server.keys.entry import KeyEntry, Scope
from hive_resilience.runtime.server.keys.issuing import add
from hive_resilience.runtime.server.keys.key import digest_of

from ...cluster.processes import descendants, end_descendants, eventually, title_of
from ...executors.faulty_server import FaultyServer, answer, completion
from ..command_kit import COMMAND

pytestmark = pytest.mark.guests

USE, SLOW, ADMIN, SCRAPE = "k-use", "k-slow", "k-admin", "k-scrape"
PLACES = 4
LIMIT = 60.0


class Upstream:
    """A model server that holds its calls until it is let go, and counts them."""

    def __init__(self) -> None:
        self.under_way = self.peak = 0
        self.open = threading.Event()
        self.open.set()

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            await asyncio.sleep(0.02)
            while not self.open.is_set():
                await asyncio.sleep(0.01)
        finally:
            self.under_way -= 1
        await answer(200, completion("Hi", finish_reason="stop"))(writer)


class Served:
    """The server under test, its upstream, and a client that opens a connection a request."""

    def __init__(self, process: subprocess.Popen[str], port: int, upstream: Upstream) -> None:
        self.process = process
        self.port = port
        self.upstream = upstream

    async def ask(self, method: str, path: str, key: str, body: object = None) -> tuple[int, bytes]:
        """Status and body; the status of a connection that was cut is 0."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nConnection: close\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + content)
            found, _, body_found = (await reader.read()).partition(b"\r\n\r\n")
        except ConnectionError:
            return 0, b""
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        return (int(found.split(b" ")[1]) if found else 0), body_found

    async def chat(self, key: str = USE, model: str = "echo") -> int:
        """The status of one chat completion."""
        body = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
        return (await self.ask("POST", "/v1/chat/completions", key, body))[0]

    async def samples(self, name: str, **labels: str) -> dict[str, float]:
        """The samples of a metric, by worker."""
        _, text = await self.ask("GET", "/metrics", SCRAPE)
        return {
            one.labels["worker"]: one.value
            for family in text_string_to_metric_families(text.decode())
            for one in family.samples
            if one.name == name and labels.items() <= one.labels.items()
        }

    def worker(self, number: int) -> int:
        """The process of a worker."""
        for pid in descendants(self.process.pid):
            if f'"number":{number}' in title_of(pid):
                return pid
        raise AssertionError(f"worker {number} is not there")


@contextmanager
def an_upstream() -> Generator[tuple[Upstream, str]]:
    """A model server on a loop of its own, and its address."""
    upstream, ready, addresses = Upstream(), threading.Event(), list[str]()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with FaultyServer(upstream) as server:
            addresses.append(server.base_url)
            ready.set()
            await stop.wait()

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(LIMIT)
    try:
        yield upstream, addresses[0]
    finally:
        upstream.open.set()
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, nothing_left: None) -> Generator[Served]:
    """The server; after the tests its orderly end, which leaves nothing."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: make test-guests")
    folder, before = tmp_path_factory.mktemp("workers"), descendants(os.getpid())
    with an_upstream() as (upstream, address), (folder / "log").open("w") as output:
        arguments = ("serve", settings(folder, address), "--port", "0", "--workers", "2")
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--keys", str(keys(folder)), "--drain", "10s"],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "; 2 workers; models: echo, twin; 4 keys" in line, (folder / "log").read_text()
            yield Served(process, int(line.partition(";")[0].rpartition(":")[2]), upstream)
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT) == 0
            assert process.stdout.read() == ""
            eventually(lambda: not descendants(os.getpid()) - before)
        finally:
            process.kill()
            process.communicate()
            for left in descendants(os.getpid()) - before:
                end_descendants(left)
    log = (folder / "log").read_text()
    assert "Traceback" not in log
    assert "raylet" not in log


def settings(folder: Path, address: str) -> str:
    model = {"endpoint": address, "bulkhead": {"max_concurrent": PLACES, "max_queue": 100}}
    path = folder / "settings.json"
    models = {"echo": model, "twin": {"endpoint": address}}
    path.write_text(json.dumps({"models": models}))
    return str(path)


def keys(folder: Path) -> Path:
    path = folder / "keys.yml"
    scopes = {USE: Scope.USE, SLOW: Scope.USE, ADMIN: Scope.ADMIN, SCRAPE: Scope.METRICS}
    for key, scope in scopes.items():
        rate = 3 if key == SLOW else None
        add(path, KeyEntry(id=key, scopes=(scope,), rpm=rate, sha256=digest_of(key).hex()))
    return path


def story(work: Awaitable[Any]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(LIMIT):
            await work

    asyncio.run(limited())


def test_both_workers_join_one_fleet_and_keep_its_limit(served: Served) -> None:
    async def work() -> None:
        upstream = served.upstream
        upstream.peak = 0
        found = await asyncio.gather(*(served.chat() for _ in range(48)))
        assert set(found) == {200}
        assert upstream.peak <= PLACES

    story(work())


def test_a_breaker_that_is_tripped_through_one_is_open_on_both(served: Served) -> None:
    async def work() -> None:
        assert await served.chat(model="twin") == 200
        status, _ = await served.ask("POST", "/admin/models/twin/trip", ADMIN, {})
        assert status == 200
        await until(lambda: states(served, "open"))
        assert {await served.chat(model="twin") for _ in range(10)} == {503}
        await served.ask("POST", "/admin/models/twin/reset", ADMIN, {})
        await until(lambda: states(served, "closed"))

    story(work())


def test_the_rate_of_a_key_is_that_of_both(served: Served) -> None:
    async def work() -> None:
        found = [await served.chat(SLOW) for _ in range(12)]
        assert sorted(found) == [200] * 3 + [429] * 9

    story(work())


def test_a_killed_worker_takes_its_own_requests_with_it_and_no_others(served: Served) -> None:
    async def work() -> None:
        served.upstream.open.clear()
        asked = [asyncio.create_task(served.chat()) for _ in range(PLACES)]
        await until(lambda: in_flight(served, PLACES))
        before = await served.samples("hive_tasks_in_flight")

        os.kill(served.worker(1), signal.SIGKILL)
        served.upstream.open.set()

        found = sorted(await asyncio.gather(*asked))
        assert found == [0] * int(before["1"]) + [200] * int(before["2"])
        assert {await served.chat() for _ in range(5)} == {200}
        await until(lambda: two_workers(served))

    story(work())


async def states(served: Served, state: str) -> bool:
    found = await served.samples("hive_breaker_state", model="twin", state=state)
    return list(found.values()) == [1.0, 1.0]


async def in_flight(served: Served, count: int) -> bool:
    return sum((await served.samples("hive_tasks_in_flight")).values()) == count


async def two_workers(served: Served) -> bool:
    return len(await served.samples("hive_tasks_in_flight")) == 2


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():
        await asyncio.sleep(0.05)
