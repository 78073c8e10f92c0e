"""The providers' own clients, and the libraries that stand where this one does."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from .side import AT_ONCE, CHAT, KEY, MESSAGES, TIMEOUT, Side


async def openai(url: str, stack: AsyncExitStack) -> Side:
    """OpenAI's client, without its retries."""
    import httpx2
    from openai import AsyncOpenAI

    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=AT_ONCE)
    client = AsyncOpenAI(
        api_key=KEY,
        base_url=f"{url}/v1",
        max_retries=0,
        timeout=TIMEOUT,
        http_client=httpx2.AsyncClient(limits=limits),
    )
    await stack.enter_async_context(client)
    create: Any = client.chat.completions.create

    async def call() -> str:
        return str((await create(**CHAT)).choices[0].message.content)

    async def stream() -> int:
        return len([1 async for _ in await create(**CHAT, stream=True)])

    return Side(call, stream)


async def anthropic(url: str, stack: AsyncExitStack) -> Side:
    """Anthropic's client, without its retries."""
    import httpx2
    from anthropic import AsyncAnthropic

    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=AT_ONCE)
    client = AsyncAnthropic(
        api_key=KEY,
        base_url=url,
        max_retries=0,
        timeout=TIMEOUT,
        http_client=httpx2.AsyncClient(limits=limits),
    )
    await stack.enter_async_context(client)
    create: Any = client.messages.create

    async def call() -> str:
        return str((await create(max_tokens=99, **CHAT)).content[0].text)

    async def stream() -> int:
        return len([1 async for _ in await create(max_tokens=99, **CHAT, stream=True)])

    return Side(call, stream)


async def litellm(url: str, stack: AsyncExitStack) -> Side:
    """`litellm.acompletion`, without its retries."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import asks the network
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    asked: dict[str, Any] = {
        "model": "openai/tiny",
        "messages": MESSAGES,
        "api_base": f"{url}/v1",
        "api_key": KEY,
        "num_retries": 0,
        "timeout": TIMEOUT,
    }

    async def call() -> str:
        return str((await litellm.acompletion(**asked)).choices[0].message.content)

    async def stream() -> int:
        return len([1 async for _ in await litellm.acompletion(**asked, stream=True)])

    return Side(call, stream)


_TENSORZERO = """
[gateway]
observability.enabled = false
[models.tiny]
routing = ["fake"]
[models.tiny.providers.fake]
type = "openai"
model_name = "tiny"
api_base = "{url}/v1/"
api_key_location = "none"
[functions.ask]
type = "chat"
[functions.ask.variants.only]
type = "chat_completion"
model = "tiny"
"""


async def tensorzero(url: str, stack: AsyncExitStack) -> Side:
    """TensorZero's gateway in this process, written in Rust: its threads' CPU time counts."""
    from tensorzero import AsyncTensorZeroGateway

    folder = stack.enter_context(tempfile.TemporaryDirectory())
    config = Path(folder, "tensorzero.toml")
    config.write_text(_TENSORZERO.format(url=url))
    building: Any = AsyncTensorZeroGateway.build_embedded(config_file=str(config))
    gateway = await stack.enter_async_context(await building)
    asked: dict[str, Any] = {"function_name": "ask", "input": {"messages": MESSAGES}}

    async def call() -> str:
        return str((await gateway.inference(**asked)).content[0].text)

    async def stream() -> int:
        return len([1 async for _ in await gateway.inference(**asked, stream=True)])

    return Side(call, stream)
