from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

LIMIT = 20.0
HI = {"messages": [{"role": "user", "content": "Tell me about the bees"}]}
SERVER = [sys.executable, "-m", "hive_resilience.runtime.cli.demo.server"]


@contextmanager
def started(*arguments: str) -> Generator[tuple[subprocess.Popen[str], int], None, None]:
    process = subprocess.Popen([*SERVER, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process, port_of(process)
    finally:
        process.kill()
        process.communicate(timeout=LIMIT)


def port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    word, _, address = process.stdout.readline().partition(" ")
    assert word == "listening"
    return int(address.rpartition(":")[2])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with started("--model", "babbler", "--order", "3") as (_, number):
        yield number


@contextmanager
def connected(port: int) -> Generator[HTTPConnection, None, None]:
    connection = HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    try:
        yield connection
    finally:
        connection.close()


def send(
    connection: HTTPConnection,
    body: object,
    *,
    method: str = "POST",
    path: str = "/chat/completions",
) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, "/v1" + path, content)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def exchange(port: int, body: object, **options: str) -> tuple[int, Any]:
    with connected(port) as connection:
        return send(connection, body, **options)


def raw_exchange(port: int, content: bytes) -> bytes:
    """Everything that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as sock:
        sock.sendall(content)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_an_answer_has_the_form_of_a_chat_completion(port: int) -> None:
    status, answer = exchange(port, HI)

    choice = answer["choices"][0]
    usage = answer["usage"]
    assert status == 200
    assert (answer["object"], answer["model"]) == ("chat.completion", "babbler")
    assert answer["id"].startswith("chatcmpl-")
    assert answer["created"] > 1_600_000_000
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]
    assert choice["finish_reason"] in ("stop", "length")
    assert usage["prompt_tokens"] == 5
    assert usage["total_tokens"] == 5 + usage["completion_tokens"]


def test_max_tokens_ends_an_answer_and_a_seed_repeats_it(port: int) -> None:
    body = {**HI, "max_tokens": 4, "seed": 3}

    answers = [exchange(port, body)[1] for _ in range(2)]

    assert answers[0]["choices"] == answers[1]["choices"]
    assert answers[0]["choices"][0]["finish_reason"] == "length"
    assert answers[0]["usage"]["completion_tokens"] == 4


def test_a_connection_serves_many_requests(port: int) -> None:
    with connected(port) as connection:
        connection.connect()
        sock = connection.sock
        statuses = [send(connection, HI)[0] for _ in range(3)]
        assert connection.sock is sock

    assert statuses == [200, 200, 200]


def test_requests_sent_in_one_go_are_answered_in_order(port: int) -> None:
    first = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    came = raw_exchange(port, first + first + last)

    assert [part[:3] for part in came.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"404"]


def test_a_stream_comes_as_events_that_end_with_done(port: int) -> None:
    with connected(port) as connection:
        connection.request(
            "POST", "/v1/chat/completions", json.dumps({**HI, "stream": True, "seed": 1})
        )
        response = connection.getresponse()
        kind, events = response.getheader("Content-Type"), response.read().split(b"\n\n")
        whole = send(connection, {**HI, "seed": 1})[1]

    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events[:-2]]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert kind == "text/event-stream"
    assert events[-2:] == [b"data: [DONE]", b""]
    assert text == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] in ("stop", "length")


def test_models_and_health_answer(port: int) -> None:
    models = exchange(port, b"", method="GET", path="/models")

    assert models[0] == 200
    assert models[1]["data"][0]["id"] == "babbler"
    assert b'{"status": "ok"}' in raw_exchange(
        port, b"GET /health?x HTTP/1.1\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"messages": []},
        {"messages": "hi"},
        {"messages": ["hi"]},
        {**HI, "max_tokens": 0},
        {**HI, "max_tokens": "many"},
        {**HI, "seed": []},
    ],
)
def test_a_wrong_request_gets_an_error_in_the_usual_form(port: int, body: object) -> None:
    status, answer = exchange(port, body)

    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"]["message"]


def test_a_wrong_place_or_method_is_said_so(port: int) -> None:
    assert exchange(port, b"", path="/nothing")[0] == 404
    assert exchange(port, b"", method="GET")[0] == 405


def test_a_body_above_one_mebibyte_is_refused_and_the_connection_lives_on(port: int) -> None:
    with connected(port) as connection:
        refused = send(connection, b"x" * (3 * 1024 * 1024))
        after = send(connection, HI)

    assert (refused[0], after[0]) == (413, 200)
    assert refused[1]["error"]["message"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"x" * 70_000, b"431"),
    ],
)
def test_what_is_not_http_is_answered_and_hung_up(port: int, content: bytes, status: bytes) -> None:
    assert raw_exchange(port, content).startswith(b"HTTP/1.1 " + status)


def test_sigterm_ends_it_cleanly_while_it_answers() -> None:
    with started("--delay", "1000") as (process, port), connected(port) as connection:
        connection.request("POST", "/v1/chat/completions", json.dumps(HI))
        raw_exchange(port, b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=LIMIT) == 0
        with pytest.raises(ConnectionError):
            connection.getresponse()


def test_a_hangup_signal_does_not_end_it_while_its_parent_lives() -> None:
    with started() as (process, port):
        process.send_signal(signal.SIGHUP)

        assert exchange(port, HI)[0] == 200
        assert process.poll() is None


@pytest.mark.skipif(os.name != "posix", reason="processes have no parents elsewhere")
def test_it_ends_with_the_process_that_started_it() -> None:
    parent = (
        "import subprocess, sys; server = subprocess.Popen(sys.argv[1:]); "
        "sys.stdin.read(); sys.stdout.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, *SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        port_of(process)
        process.kill()
        # The server holds the other end of the pipe: it ends when the server does.
        rest, _ = process.communicate(timeout=LIMIT)

    assert rest == ""


def test_another_corpus_can_be_learnt(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("Cats purr. Cats purr.", encoding="utf-8")

    with started("--corpus", str(corpus), "--order", "1", "--delay", "0.001") as (_, port):
        _, answer = exchange(port, {"messages": [{"content": [{"type": "text", "text": "cats"}]}]})

    assert answer["choices"][0]["message"]["content"] == "purr. Cats purr. Cats purr."
