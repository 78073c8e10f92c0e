"""Where a request may be sent on to."""

from __future__ import annotations

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import ModelUnavailableError
from hive_resilience.runtime.executors.transport.protocol import Failure, Request, TransportError
from hive_resilience.runtime.executors.transport.redirects import redirected

from .. import faulty_server as faulty
from ..asking import Context, Task
from ..faulty_server import FaultyServer, answer, completion, run

HERE = "http://host:8000/v1/chat/completions?v=1"


class Redirect:
    def __init__(self, status: int, location: str) -> None:
        self.status = status
        self.headers = {"location": location}


def target(location: str, status: int = 307, url: str = HERE) -> str:
    asked = Request("POST", url, {"authorization": "x"}, b"{}")
    found = redirected(asked, Redirect(status, location))  # type: ignore[arg-type]
    assert found._replace(url=asked.url) == asked
    return found.url


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/v2/x?a=1", "http://host:8000/v2/x?a=1"),
        ("completions/", "http://host:8000/v1/chat/completions/"),
        ("http://HOST:8000/y", "http://HOST:8000/y"),
        ("https://host/y", "https://host/y"),
        ("https://host:8443/y", "https://host:8443/y"),
    ],
)
@pytest.mark.parametrize("status", [307, 308])
def test_a_request_goes_on_to_the_same_server_or_to_the_same_host_over_tls(
    location: str, leads_to: str, status: int
) -> None:
    assert target(location, status) == leads_to


@pytest.mark.parametrize(
    ("location", "url", "status"),
    [
        ("http://other:8000/x?key=1", HERE, 307),
        ("http://host:8001/x", HERE, 307),
        ("http://host/x", HERE, 307),
        ("https://other/x", HERE, 308),
        ("//other/x", HERE, 307),
        ("http://host:8000/x", "https://host:8000/v1", 307),
        ("http://host:8000@other/x", HERE, 307),
        ("ftp://host:8000/x", HERE, 307),
        ("/x", HERE, 301),
        ("/x", HERE, 302),
        ("/x", HERE, 303),
        ("/x", HERE, 300),
        ("http://[x", HERE, 307),
    ],
)
def test_it_goes_nowhere_else(location: str, url: str, status: int) -> None:
    with pytest.raises(TransportError) as caught:
        target(location, status, url)

    assert caught.value.failure is Failure.REDIRECT


def test_the_error_names_the_target_without_user_query_and_control_characters() -> None:
    with pytest.raises(TransportError) as caught:
        target("http://me:hunter2@other:1/a\x1b[2J\u202e?key=hunter2#hunter2")

    assert "http://other:1/a" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).isprintable()


def redirect(status: int, location: str) -> faulty.Behaviour:
    return answer(status, b"elsewhere", {"Location": location})


def test_method_body_and_key_go_on_to_the_same_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")

    async def story() -> list[faulty.Request]:
        script = (redirect(308, "/v1/a"), redirect(307, "/v1/b"), answer(200, completion()))
        async with FaultyServer(*script) as server:
            executor = OpenAICompatible(server.base_url, "tiny", api_key_env="HIVE_KEY")
            assert str(await executor.execute(Task("Hi"), Context())) == "Hello"
            await executor.close()
        return server.requests

    first, *others = run(story())

    assert [one.path for one in others] == ["/v1/a", "/v1/b"]
    for one in others:
        assert (one.method, one.body, one.headers) == (first.method, first.body, first.headers)


def test_three_redirects_are_too_many() -> None:
    async def story() -> int:
        async with FaultyServer(redirect(307, "/v1/chat/completions")) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            with pytest.raises(ModelUnavailableError, match="more than 2 times"):
                await executor.execute(Task("Hi"), Context())
            await executor.close()
        return len(server.requests)

    assert run(story()) == 3


def test_another_server_is_never_asked() -> None:
    async def story() -> int:
        async with (
            FaultyServer(answer(200, completion())) as other,
            FaultyServer(redirect(307, other.base_url)) as server,
        ):
            executor = OpenAICompatible(server.base_url, "tiny")
            with pytest.raises(ModelUnavailableError, match="not followed"):
                await executor.execute(Task("Hi"), Context())
            await executor.close()
        return other.connections

    assert run(story()) == 0
