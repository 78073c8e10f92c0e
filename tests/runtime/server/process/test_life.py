"""The life of the process: signals, systemd, addresses that cannot be had."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.process import file_limit, systemd
from hive_resilience.runtime.server.process.serve import Serving, serve
from hive_resilience.runtime.server.process.sockets import bound, close, handed_over, url_of

from .process_kit import process
from .server_kit import get, on
from .small_server import opened


def test_a_server_that_is_told_to_stop_interrupts_what_does_not_end_and_exits_with_0(
    tmp_path: Path,
) -> None:
    async def live() -> None:
        async with process(tmp_path, drain=0.3) as server, await server.connect() as client:
            assert await server.notice() == "READY=1"
            client.send(get("/stream"))
            await client.reader.readuntil(b"first ")

            server.signal(signal.SIGTERM)

            assert await server.notice() == "STOPPING=1"
            assert b"interrupted" in await client.rest()
            assert await server.exit_code() == 0
            assert await server.line() == "left"

    on("asyncio", live())


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    async def live() -> None:
        async with process(tmp_path, drain=60) as server, await server.connect() as client:
            await server.notice()
            client.send(get("/stream"))
            await client.reader.readuntil(b"first ")

            server.signal(signal.SIGINT)
            assert await server.notice() == "STOPPING=1"
            server.signal(signal.SIGTERM)

            assert await server.exit_code() == 128 + signal.SIGTERM

    on("asyncio", live())


def test_hangups_reload_and_a_mistake_changes_nothing(tmp_path: Path) -> None:
    async def live() -> None:
        async with process(tmp_path) as server:
            await server.notice()
            for told in ("reloaded", "stay as they are: a mistake", "reloaded"):
                server.signal(signal.SIGHUP)
                assert (await server.notice()).startswith("RELOADING=1\nMONOTONIC_USEC=")
                assert await server.notice() == "READY=1"
                await server.logged(told)

            server.signal(signal.SIGTERM)
            assert await server.exit_code() == 0

    on("asyncio", live())


def test_a_socket_of_systemd_is_served(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def hand_over() -> None:
            os.dup2(listening.fileno(), 3)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")

        async def live() -> None:
            async with process(tmp_path, before=hand_over) as server:
                assert server.port == listening.getsockname()[1]
                async with await server.connect() as client:
                    client.send(get("/x"))
                    head, _ = await client.answer()
                    assert head.startswith(b"HTTP/1.1 200")

        on("asyncio", live())


# Addresses.


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(OSError, match="in use"):
            serve(opened(), Serving(port=other.getsockname()[1]))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_without_keys_other_machines_are_not_served(host: str) -> None:
    with pytest.raises(ConfigurationError, match="hive-resilience key new"):
        serve(opened(), Serving(host=host, port=0))


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")]
)
def test_an_address_is_told_as_clients_write_it(host: str, url: str) -> None:
    sockets = bound(host, 0)
    try:
        assert [url_of(one).startswith(url) for one in sockets] == [True]
    finally:
        close(sockets)


def test_all_addresses_of_a_name_get_one_port() -> None:
    sockets = bound("", 0)
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
    finally:
        close(sockets)


# systemd.


@pytest.mark.parametrize(
    "environ",
    [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}],
)
def test_sockets_for_another_process_are_not_taken(environ: dict[str, str]) -> None:
    assert handed_over(environ) == []


@pytest.mark.parametrize("count", ["", "0", "-1", "many"])
def test_no_sockets_are_no_sockets(count: str) -> None:
    assert handed_over({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count}) == []


@pytest.mark.parametrize("kind", ["a file", "a datagram socket"])
def test_what_cannot_be_listened_on_is_refused(tmp_path: Path, kind: str) -> None:
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    with (tmp_path / "x").open("w") as file, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        number = os.dup(file.fileno() if kind == "a file" else datagrams.fileno())
        with pytest.raises(ConfigurationError, match="LISTEN_FDS"):
            handed_over(environ, first=number)
        if kind == "a file":
            os.close(number)


@pytest.mark.parametrize("name", ["notify", "@abstract"])
def test_systemd_is_told_on_a_file_or_an_abstract_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = f"@{tmp_path}" if name.startswith("@") else str(tmp_path / name)
    monkeypatch.setenv("NOTIFY_SOCKET", place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(place.replace("@", "\0"))

        systemd.ready()

        assert supervisor.recv(100) == b"READY=1"


@pytest.mark.parametrize("place", ["", "nonsense", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", place)

    systemd.ready()


# Files.


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        assert file_limit.raise_file_limit() == (None if hard == resource.RLIM_INFINITY else hard)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("files", "room"), [(None, 4096), (100_000, 4096), (1024, 480), (50, file_limit.FEWEST)]
)
def test_connections_stay_within_the_open_files(files: int | None, room: int) -> None:
    assert file_limit.connections_within(files, 4096) == room
