"""Servers before the doctor: reached or not, their certificates, and the clock."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from hive_resilience.runtime.cli.doctor.finding import Finding, Verdict
from hive_resilience.runtime.cli.doctor.reach import (
    check_servers,
    told_of_certificate,
    told_of_clock,
)
from hive_resilience.runtime.cli.doctor.servers import Server

from ...executors.faulty_server import FaultyServer, answer, hang, speak_no_http
from ..command_kit import story
from .doctor_kit import PEM, SECRET, fleet, one, secure

SERVER = Server("models.example", 443, True, "/v1")
DAY = 86_400.0
LIMIT = 10.0


def look(url: str, limit: float = LIMIT, **model: object) -> list[Finding]:
    return asyncio.run(check_servers(fleet({"m": {"endpoint": url, **model}}), limit))


def dated(ago: float, **headers: str) -> dict[str, str]:
    then = datetime.now(UTC) - timedelta(seconds=ago)
    return {"Date": format_datetime(then, usegmt=True), **headers}


async def looked_at(
    *script: object, limit: float = LIMIT, **model: object
) -> tuple[list[Finding], FaultyServer]:
    async with FaultyServer(*script) as server:  # type: ignore[arg-type]
        models = {"m": {"endpoint": server.base_url, **model}}
        return await check_servers(fleet(models), limit), server


def test_a_server_that_answers_is_well_and_is_asked_by_head_without_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("THE_KEY", SECRET)

    found, server = story(looked_at(answer(401, headers=dated(0)), api_key_env="THE_KEY"))

    assert [finding.verdict for finding in found] == [Verdict.WELL, Verdict.WELL]
    (request,) = server.requests
    assert (request.method, request.path) == ("HEAD", "/v1")
    assert not any(SECRET in value for value in request.headers.values())


def test_two_models_of_one_server_ask_it_once() -> None:
    async def asked() -> tuple[list[Finding], int]:
        async with FaultyServer(answer(200)) as server:
            model = {"endpoint": server.base_url}
            found = await check_servers(fleet({"a": model, "b": model}), LIMIT)
            return found, len(server.requests)

    found, requests = story(asked())

    assert requests == 1
    assert "for models.a, models.b" in one(found, "server").text


def test_a_port_where_no_server_listens_is_to_be_mended() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = one(look(f"http://127.0.0.1:{taken.getsockname()[1]}/v1"), "server")

    assert (found.verdict, found.text) == (
        Verdict.MEND,
        "no connection: Connection refused (for models.m)",
    )


def test_a_name_that_does_not_resolve_is_to_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    found = one(look("https://nowhere.example/v1"), "server")

    assert found.verdict is Verdict.MEND
    assert found.text.startswith("nowhere.example does not resolve: Name or service not known")


def test_a_name_server_that_hangs_costs_its_limit_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        released.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)

    found = one(look("https://slow.example/v1", limit=0.05), "server")
    released.set()

    assert found.text == "slow.example:443 does not answer within 0.05 s (for models.m)"


def test_a_server_that_is_silent_costs_its_limit_and_no_more() -> None:
    found, _ = story(looked_at(hang, limit=0.05))

    assert "does not answer within 0.05 s" in one(found, "server").text


def test_what_speaks_no_http_is_to_be_mended() -> None:
    found, _ = story(looked_at(speak_no_http))

    assert one(found, "server").verdict is Verdict.MEND
    assert "speaks no HTTP" in one(found, "server").text


def test_a_proxy_without_its_server_is_noted() -> None:
    found, _ = story(looked_at(answer(503)))

    assert (one(found, "server").verdict, one(found, "server").text[:11]) == (
        Verdict.NOTE,
        "answers 503",
    )


async def over_tls(scheme: str = "https", **model: object) -> list[Finding]:
    async with secure(answer(200)) as url:
        models = {"m": {"endpoint": url.replace("https", scheme, 1), **model}}
        return await check_servers(fleet(models), LIMIT)


def test_a_certificate_of_a_trusted_authority_has_its_days_counted() -> None:
    found = story(over_tls(ca_file=PEM))

    assert "TLSv1.3" in one(found, "server").text
    assert one(found, "certificate").verdict is Verdict.WELL


def test_a_certificate_of_an_unknown_authority_is_to_be_mended() -> None:
    found = one(story(over_tls()), "server")

    assert "the certificate is not trusted: self-signed certificate" in found.text
    assert found.advice == "name the authority that has signed it: ca_file"


def test_plain_http_at_a_port_of_tls_is_to_be_mended() -> None:
    found = one(story(over_tls(scheme="http", ca_file=PEM)), "server")

    assert found.verdict is Verdict.MEND


def test_a_file_of_authorities_that_is_not_there_is_to_be_mended() -> None:
    found = one(look("https://127.0.0.1:9/v1", ca_file="/nowhere.pem"), "server")

    assert "ca_file /nowhere.pem cannot be read" in found.text


async def through_a_proxy(status: int) -> tuple[list[Finding], list[bytes]]:
    """A proxy that lets a connection to the server through, or refuses it."""
    heard: list[bytes] = []
    ended = asyncio.Event()
    async with secure(answer(200)) as url:
        port = int(url.split(":")[2].removesuffix("/v1"))

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while chunk := await source.read(65_536):
                sink.write(chunk)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            from_there, to_there = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"HTTP/1.1 {status} -\r\n\r\n".encode())
            ways = (pump(reader, to_there), pump(from_there, writer))
            tasks = [asyncio.ensure_future(way) for way in ways]
            try:
                # Once either side has gone, the tunnel has.
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                for side in (writer, to_there):
                    side.transport.abort()
                ended.set()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as proxy:
            way = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
            models = {"m": {"endpoint": url, "ca_file": PEM, "proxy": way}}
            found = await check_servers(fleet(models), LIMIT)
            await ended.wait()
            return found, heard


def test_a_certificate_is_seen_through_a_proxy() -> None:
    found, heard = story(through_a_proxy(200))

    assert heard[0].startswith(b"CONNECT localhost:")
    assert one(found, "server").text.startswith("connected through a proxy, TLSv1.3")
    assert one(found, "certificate").verdict is Verdict.WELL


def test_a_proxy_that_refuses_is_to_be_mended() -> None:
    found, _ = story(through_a_proxy(407))

    assert "it answers 407" in one(found, "server").text


def test_a_clock_that_is_wrong_by_an_hour_is_to_be_mended() -> None:
    found, _ = story(looked_at(answer(200, headers=dated(3600))))

    assert one(found, "clock").verdict is Verdict.MEND
    assert one(found, "clock").text.startswith(("3599 s ahead", "3600 s ahead"))


def test_an_answer_out_of_a_cache_says_how_old_it_is() -> None:
    found, _ = story(looked_at(answer(200, headers=dated(3600, Age="3600"))))

    assert one(found, "clock").verdict is Verdict.WELL


@pytest.mark.parametrize("date", ["yesterday", "", "Sat, 99 Nov 2026 00:00:00 GMT"])
def test_a_date_that_is_none_is_no_clock(date: str) -> None:
    found, _ = story(looked_at(answer(200, headers={"Date": date})))

    assert one(found, "clock").verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        ([0.0], Verdict.WELL),
        ([-2.0], Verdict.WELL),
        ([2.1], Verdict.NOTE),
        ([-31.0], Verdict.MEND),
        ([500.0, -1.0], Verdict.WELL),  # the other server's clock is wrong
        ([None], Verdict.NOTE),
    ],
)
def test_the_clock_is_judged_by_the_server_that_agrees_most(
    ahead: list[float | None], verdict: Verdict
) -> None:
    (found,) = told_of_clock([(SERVER, one) for one in ahead])

    assert found.verdict is verdict


def test_without_a_server_nothing_is_said_of_the_clock() -> None:
    assert list(told_of_clock([])) == []


@pytest.mark.parametrize(
    ("days", "verdict", "text"),
    [
        (21.0, Verdict.WELL, "valid for 21 more days"),
        (20.9, Verdict.NOTE, "valid for 20 more days"),
        (1.5, Verdict.NOTE, "valid for 1 more day"),
    ],
)
def test_a_certificate_that_ends_soon_is_noted(days: float, verdict: Verdict, text: str) -> None:
    found = told_of_certificate(SERVER, days * DAY)

    assert (found.verdict, found.text) == (verdict, text)
