"""A server that is not there, is another one, or does not take the key."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from hive_resilience.runtime.cli.serve import operating
from hive_resilience.runtime.cli.serve.remote import KEY_VARIABLE, Place

from ...server.site_kit import ADMIN, EXPIRED, READ, SMALL, USE, story
from .operating_kit import listing, operation, refused, run

pytestmark = pytest.mark.usefixtures("key")


def test_a_wrong_key_is_told_apart_from_a_key_that_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    for presented in ("k-wrong", EXPIRED, "", USE, READ):
        monkeypatch.setenv(KEY_VARIABLE, presented)
        assert run(tmp_path, operation("trip")) == [2]
        told.append(capsys.readouterr().err)

    unknown, expired, missing, user, reader = told
    assert "does not know the key" in unknown
    assert KEY_VARIABLE in unknown
    assert "expired" in expired
    assert "--key-file" in missing
    assert "lacks the scope admin" in user
    assert "key new --scope admin" in reader
    assert "k-wrong" not in unknown


def test_a_key_may_be_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    path = tmp_path / "key"
    path.write_text(ADMIN + "\n")

    def work(place: Place) -> int:
        return operating.list_models(Place(place.url, key_file=path), as_json=False)

    assert run(tmp_path, work) == [0]
    assert SMALL in capsys.readouterr().out


def test_where_no_server_is_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    code, told = refused(listing(), Place(f"http://127.0.0.1:{port}"), capsys)

    assert (code, f"no server listens at http://127.0.0.1:{port}" in told) == (2, True)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://a", "http://", "http://a:b", "http://u:p@a", "http://a?k=1"]
)
def test_an_address_that_is_none_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = refused(listing(), Place(url), capsys)

    assert (code, "--url" in told) == (2, True)


@pytest.mark.parametrize("content", [b"two words", b"\xff\xfe", "schlüssel".encode(), None])
def test_a_file_without_a_key_is_refused(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    code, told = refused(listing(), Place("http://127.0.0.1:9", key_file=path), capsys)

    assert (code, str(path) in told) == (2, True)


ANSWERS = [
    b"SSH-2.0-OpenSSH\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    b'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"models": [1]}',
    b"",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_another_server_is_told_apart(answer: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def tell() -> int:
        async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(listing(), Place(f"http://127.0.0.1:{port}"))

    assert story(tell()) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_key_that_goes_over_a_network_in_the_clear_is_worth_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = Place("http://no-such-host.invalid")

    assert listing()(place) == 2
    assert "without TLS" in capsys.readouterr().err
