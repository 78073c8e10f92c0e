"""The official clients of OpenAI and Anthropic, in front of a fleet in the same process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, overload

from ....config.errors import ConfigurationError
from ...runtime import Runtime
from ..application import Application

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic
    from openai import AsyncOpenAI, OpenAI

_HOST = "http://hive-resilience"
_KEY = "in-process"
"""The clients ask for a key; nothing here looks at it."""


@overload
def openai_client(
    runtime: Runtime, *, blocking: Literal[False] = False, **options: Any
) -> AsyncOpenAI: ...
@overload
def openai_client(runtime: Runtime, *, blocking: Literal[True], **options: Any) -> OpenAI: ...
def openai_client(
    runtime: Runtime, *, blocking: bool = False, **options: Any
) -> AsyncOpenAI | OpenAI:
    """OpenAI's own client, whose requests go to the fleet of a runtime without a socket.

    `model` is a model, a group, an alias, or `auto`. `blocking` makes the client for threads,
    which cannot be used on the runtime's own loop. `options` go to the client; its own retries are
    off (`max_retries=0`), since the fleet has its own. Raises `ConfigurationError` without openai.

    >>> from hive_resilience import ModelConfig, Runtime
    >>> def hello(task):
    ...     return "Hello"
    >>> with Runtime(models=[ModelConfig(id="greeter", executor=hello)]) as runtime:
    ...     client = openai_client(runtime, blocking=True)
    ...     asked = [{"role": "user", "content": "Hi"}]
    ...     answer = client.chat.completions.create(model="greeter", messages=asked)
    >>> answer.choices[0].message.content
    'Hello'
    """
    sdk = _package("openai")
    make = sdk.OpenAI if blocking else sdk.AsyncOpenAI
    made: AsyncOpenAI | OpenAI = make(**_options(runtime, f"{_HOST}/v1", options, blocking))
    return made


@overload
def anthropic_client(
    runtime: Runtime, *, blocking: Literal[False] = False, **options: Any
) -> AsyncAnthropic: ...
@overload
def anthropic_client(runtime: Runtime, *, blocking: Literal[True], **options: Any) -> Anthropic: ...
def anthropic_client(
    runtime: Runtime, *, blocking: bool = False, **options: Any
) -> AsyncAnthropic | Anthropic:
    """Anthropic's own client, whose requests go to the fleet of a runtime without a socket.

    As `openai_client`. Raises `ConfigurationError` without anthropic.
    """
    sdk = _package("anthropic")
    make = sdk.Anthropic if blocking else sdk.AsyncAnthropic
    made: AsyncAnthropic | Anthropic = make(**_options(runtime, _HOST, options, blocking))
    return made


def _options(
    runtime: Runtime, base_url: str, options: dict[str, Any], blocking: bool
) -> dict[str, Any]:
    import httpx2

    from .transports import AsyncTransport, BlockingTransport

    app = Application(runtime, trusting=True)
    client = (
        httpx2.Client(transport=BlockingTransport(runtime, app), trust_env=False)
        if blocking
        else httpx2.AsyncClient(transport=AsyncTransport(runtime, app), trust_env=False)
    )
    ours = {"base_url": base_url, "http_client": client}
    return {"api_key": _KEY, "max_retries": 0, **options, **ours}


def _package(name: Literal["openai", "anthropic"]) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigurationError(
            f"{name}_client needs {name}: pip install 'hive-resilience[{name}]'"
        ) from error
