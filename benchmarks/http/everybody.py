"""All sides, by name."""

from __future__ import annotations

from contextlib import AsyncExitStack

from . import clients, ours, packages
from .side import Maker

AIOHTTP, OURS, OVER_HTTPX2 = "aiohttp", "ours", "ours over httpx2"
ALL: dict[str, Maker] = {
    AIOHTTP: clients.aiohttp,
    OURS: ours.runtime,
    OVER_HTTPX2: ours.over_httpx2,
    "httpx2": clients.httpx2,
    "pyreqwest": clients.pyreqwest,
    "niquests": clients.niquests,
    "openai": packages.openai,
    "anthropic": packages.anthropic,
    "LiteLLM": packages.litellm,
    "TensorZero": packages.tensorzero,
}


async def there_are(url: str) -> list[str]:
    """Those whose library is installed."""
    found = []
    for name, make in ALL.items():
        try:
            async with AsyncExitStack() as stack:
                await make(url, stack)
        except ImportError:
            continue
        found.append(name)
    return found
