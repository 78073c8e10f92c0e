"""Libraries that take a client of OpenAI or Anthropic get the fleet by one argument.

A library that is not installed is skipped: `make test-conformance` has them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pydantic
import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.server import anthropic_client, openai_client

WHY = "is not installed; `make test-conformance` installs it"
SAID = "Hello from the fleet"

# What a guest warns of is its own affair.
pytestmark = pytest.mark.filterwarnings("default")


class Person(pydantic.BaseModel):
    """What is asked for in the test of structured output."""

    name: str
    age: int


async def pieces(task: Task) -> AsyncIterator[str]:
    for piece in ("Hello ", "from ", "the fleet"):
        yield piece


def guest(name: str, part: str | None = None) -> Any:
    """The module of a library, or a part of it."""
    pytest.importorskip(name, reason=f"{name} {WHY}")
    return pytest.importorskip(part or name, reason=f"{part or name} {WHY}")


@pytest.fixture
def fleet() -> Iterator[Runtime]:
    """In a thread. LlamaIndex knows only the models that its list names."""
    names = ("m", "gpt-4o")
    with Runtime(models=[ModelConfig(id=name, executor=pieces) for name in names]) as runtime:
        yield runtime


def test_langchain_asks_and_streams(fleet: Runtime) -> None:
    library = guest("langchain_openai")
    blocking, client = openai_client(fleet, blocking=True), openai_client(fleet)
    llm = library.ChatOpenAI(
        model="m",
        api_key="unused",
        root_client=blocking,
        client=blocking.chat.completions,
        root_async_client=client,
        async_client=client.chat.completions,
    )

    assert llm.invoke("Hi").content == SAID
    assert [part.content for part in llm.stream("Hi") if part.content] == [
        *("Hello ", "from ", "the fleet")
    ]
    assert asyncio.run(llm.ainvoke("Hi")).content == SAID


def test_pydantic_ai_asks_by_both_providers(fleet: Runtime) -> None:
    agents = guest("pydantic_ai")
    openai_models = guest("pydantic_ai", "pydantic_ai.models.openai")
    anthropic_models = guest("pydantic_ai", "pydantic_ai.models.anthropic")
    openai = guest("pydantic_ai", "pydantic_ai.providers.openai")
    anthropic = guest("pydantic_ai", "pydantic_ai.providers.anthropic")
    first = openai.OpenAIProvider(openai_client=openai_client(fleet))
    second = anthropic.AnthropicProvider(anthropic_client=anthropic_client(fleet))

    async def story() -> list[str]:
        models = (
            openai_models.OpenAIChatModel("m", provider=first),
            openai_models.OpenAIResponsesModel("m", provider=first),
            anthropic_models.AnthropicModel("m", provider=second),
        )
        return [(await agents.Agent(model).run("Hi")).output for model in models]

    assert asyncio.run(story()) == [SAID] * 3


def test_openai_agents_run(fleet: Runtime) -> None:
    library = guest("agents")
    library.set_tracing_disabled(True)
    client = openai_client(fleet)

    async def story() -> list[str]:
        models = (
            library.OpenAIChatCompletionsModel("m", client),
            library.OpenAIResponsesModel("m", client),
        )
        return [
            (await library.Runner.run(library.Agent(name="a", model=model), "Hi")).final_output
            for model in models
        ]

    assert asyncio.run(story()) == [SAID] * 2


def test_llama_index_asks_by_openai(fleet: Runtime) -> None:
    library = guest("llama_index.core", "llama_index.llms.openai")
    llm = library.OpenAI(
        model="gpt-4o",
        api_key="unused",
        openai_client=openai_client(fleet, blocking=True),
        async_openai_client=openai_client(fleet),
    )

    assert llm.complete("Hi").text == SAID
    assert "".join(part.delta for part in llm.stream_complete("Hi")) == SAID


def test_instructor_reads_structured_output() -> None:
    library = guest("instructor")

    def person(task: Task) -> str:
        return '{"name": "Ada", "age": 36}'

    with Runtime(models=[ModelConfig(id="m", executor=person)]) as runtime:
        client = library.from_openai(openai_client(runtime, blocking=True), mode=library.Mode.JSON)
        found = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Who?"}], response_model=Person
        )

    assert (found.name, found.age) == ("Ada", 36)
