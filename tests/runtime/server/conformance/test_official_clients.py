"""The official clients get through the server what they get from the upstream itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pydantic
import pytest

from ...executors.faulty_server import Request
from .. import answers_kit as good
from ..door_kit import Door, Reply, front_door
from . import good_upstream
from .readers_kit import ASYNC_READERS, READERS, WHOLE, Clients, Content

HI: list[Any] = [{"role": "user", "content": "Hi"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
CHAT_TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}
]
TOOLS: list[Any] = [{"type": "function", "name": "weather", "parameters": PARAMETERS}]
MESSAGE_TOOLS: list[Any] = [{"name": "weather", "input_schema": PARAMETERS}]
OURS = {"x-request-id", "request-id"}
WIRE = {"content-length", "transfer-encoding", "date", "server", "connection"}


class Person(pydantic.BaseModel):
    """What is asked for in the tests of structured output."""

    name: str
    age: int


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with front_door(good_upstream.answer, bulkhead={"max_concurrent": 64}) as found:
        yield found


@pytest.fixture(scope="module")
def here(door: Door) -> Iterator[Clients]:
    clients = Clients(door.url)
    yield clients
    clients.close()


@pytest.fixture(scope="module")
def direct(door: Door) -> Iterator[Clients]:
    clients = Clients(door.upstream.url)
    yield clients
    clients.close()


Ask = Callable[[Any, Any], Any]
WHOLE_ANSWERS: dict[str, Ask] = {
    "chat": lambda o, a: o.chat.completions.create(model="m", messages=HI),
    "chat with tools": lambda o, a: o.chat.completions.create(
        model="m", messages=HI, tools=CHAT_TOOLS
    ),
    "completion": lambda o, a: o.completions.create(model="m", prompt="Hi"),
    "embedding": lambda o, a: o.embeddings.create(model="m", input="Hi", encoding_format="float"),
    "moderation": lambda o, a: o.moderations.create(model="m", input="Hi"),
    "response": lambda o, a: o.responses.create(model="m", input="Hi"),
    "response with tools": lambda o, a: o.responses.create(model="m", input="Hi", tools=TOOLS),
    "message": lambda o, a: a.messages.create(model="m", messages=HI, max_tokens=9),
    "message with tools": lambda o, a: a.messages.create(
        model="m", messages=HI, max_tokens=9, tools=MESSAGE_TOOLS
    ),
    "beta message": lambda o, a: a.beta.messages.create(
        model="m", messages=HI, max_tokens=9, betas=["context-1"]
    ),
    "tokens": lambda o, a: a.messages.count_tokens(model="m", messages=HI),
}
STREAMED: dict[str, Ask] = {
    "chat": lambda o, a: o.chat.completions.create(model="m", messages=HI, stream=True),
    "chat with usage": lambda o, a: o.chat.completions.create(
        model="m", messages=HI, stream=True, stream_options={"include_usage": True}
    ),
    "chat with tools": lambda o, a: o.chat.completions.create(
        model="m", messages=HI, tools=CHAT_TOOLS, stream=True
    ),
    "completion": lambda o, a: o.completions.create(model="m", prompt="Hi", stream=True),
    "response": lambda o, a: o.responses.create(model="m", input="Hi", stream=True),
    "response with tools": lambda o, a: o.responses.create(
        model="m", input="Hi", tools=TOOLS, stream=True
    ),
    "message": lambda o, a: a.messages.create(model="m", messages=HI, max_tokens=9, stream=True),
    "message with tools": lambda o, a: a.messages.create(
        model="m", messages=HI, max_tokens=9, tools=MESSAGE_TOOLS, stream=True
    ),
}


class _Keeps:
    """Keeps every response that a client of httpx2 has read, with its bytes as they came."""

    def __init__(self, *clients: Any) -> None:
        self.responses: list[httpx2.Response] = []
        for client in clients:
            client._client.event_hooks = {"response": [self._keep]}

    def _keep(self, response: httpx2.Response) -> None:
        self.responses.append(response)
        response.read()


def both(door: Door, ask: Ask) -> tuple[httpx2.Response, httpx2.Response, Any, Any]:
    """The responses and what the clients make of them: through the server, and direct."""
    found: list[tuple[httpx2.Response, Any]] = []
    for url in (door.url, door.upstream.url):
        clients = Clients(url)
        kept = _Keeps(clients.openai, clients.anthropic)
        answer: Any = ask(clients.openai, clients.anthropic)
        if hasattr(answer, "__stream__"):
            answer = [one.to_dict() for one in answer]
        else:
            answer = answer.to_dict()
        clients.close()
        found.append((kept.responses[-1], answer))
    (here, mine), (direct, its) = found
    return here, direct, mine, its


@pytest.mark.parametrize("name", WHOLE_ANSWERS)
def test_a_whole_answer_is_the_upstreams_byte_by_byte(door: Door, name: str) -> None:
    here, direct, mine, its = both(door, WHOLE_ANSWERS[name])

    assert here.content == direct.content
    assert mine == its


@pytest.mark.parametrize("name", STREAMED)
def test_a_stream_is_the_upstreams_byte_by_byte(door: Door, name: str) -> None:
    here, direct, mine, its = both(door, STREAMED[name])

    assert here.content == good_upstream.without_pings(direct.content)
    assert mine == [one for one in its if one.get("type") != "ping"]


@pytest.mark.parametrize("name", ["chat", "message"])
def test_headers_are_the_upstreams_and_ours(door: Door, name: str) -> None:
    here, direct, _, _ = both(door, WHOLE_ANSWERS[name])

    theirs = {key: value for key, value in direct.headers.items() if key not in WIRE}
    assert theirs.pop("set-cookie")
    assert theirs.pop("x-request-id") == "req_of_the_upstream"
    found = {key: value for key, value in here.headers.items() if key not in WIRE}
    assert {key: found.pop(key) for key in theirs} == theirs
    assert found.keys() > OURS
    assert all(key in OURS or key.startswith("x-hive-") for key in found)


@pytest.mark.parametrize("family", READERS)
def test_every_reader_reads_a_stream(family: str, here: Clients, door: Door) -> None:
    async def read() -> list[Content]:
        clients = Clients(door.url)
        found = [await reader(clients, "Hi") for reader in ASYNC_READERS[family]]
        await clients.aclose()
        return found

    assert READERS[family](here, "Hi") == WHOLE[family][0]
    assert asyncio.run(read()) == [WHOLE[family][0]] * len(ASYNC_READERS[family])


def test_async_clients_get_whole_answers(door: Door) -> None:
    async def story() -> None:
        clients = Clients(door.url)
        for ask in WHOLE_ANSWERS.values():
            found = await ask(clients.async_openai, clients.async_anthropic)
            assert found.to_dict()
        await clients.aclose()

    asyncio.run(story())


def test_structured_output_is_read(here: Clients) -> None:
    chat = here.openai.chat.completions.parse(model="m", messages=HI, response_format=Person)
    response = here.openai.responses.parse(model="m", input="Hi", text_format=Person)

    assert chat.choices[0].message.parsed == Person(name="Ada", age=36)
    assert response.output_parsed == Person(name="Ada", age=36)


def test_usage_is_the_upstreams(here: Clients) -> None:
    chat = here.openai.chat.completions.create(model="m", messages=HI)
    message = here.anthropic.messages.create(model="m", messages=HI, max_tokens=9)

    assert chat.usage is not None
    assert chat.usage.total_tokens == 10
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 3)


def test_models_are_listed_for_both_clients(here: Clients) -> None:
    assert {"m", "auto"} <= {one.id for one in here.openai.models.list()}
    assert {"m", "auto"} <= {one.id for one in here.anthropic.models.list()}
    assert here.openai.models.retrieve("m").id == "m"
    assert here.anthropic.models.retrieve("m").id == "m"


def test_the_request_goes_on_with_nothing_changed_but_the_model(door: Door, here: Clients) -> None:
    given = {"model": "m", "x_new": {"deep": [1]}, "temperature": 0.5}
    here.openai.post("/chat/completions", cast_to=object, body={**given, "messages": HI})

    sent = door.upstream.requests[-1].json()
    assert sent == {**given, "messages": HI}


def test_a_request_has_the_id_that_its_client_gives(here: Clients) -> None:
    named = {"x-request-id": "mine-1"}
    chat = here.openai.chat.completions.create(model="m", messages=HI, extra_headers=named)
    message = here.anthropic.messages.create(
        model="m", messages=HI, max_tokens=9, extra_headers=named
    )
    other = here.openai.chat.completions.create(model="m", messages=HI)

    assert (chat._request_id, message._request_id) == ("mine-1", "mine-1")
    assert other._request_id not in (None, "mine-1", "req_of_the_upstream")


def test_good_answers_are_good_material() -> None:
    async def one(reply: Reply, request: Request) -> None:
        await reply.whole(good.CHAT)

    with front_door(one) as door, openai.OpenAI(base_url=door.url, api_key="x") as client:
        assert client.chat.completions.create(model="m", messages=HI).to_dict()["x_new"] == [1]
