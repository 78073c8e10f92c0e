"""All sides of the comparison, and which of them cannot take part here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack

from .bare import bare
from .chain import chain
from .langchain import langchain
from .litellm import litellm
from .names import BARE, CHAIN, LANGCHAIN, LITELLM, OURS, PYDANTIC_AI
from .ours import ours
from .pydantic_ai import pydantic_ai
from .side import Maker, Setting

ALL: dict[str, Maker] = {
    BARE: bare,
    OURS: ours,
    CHAIN: chain,
    LANGCHAIN: langchain,
    PYDANTIC_AI: pydantic_ai,
    LITELLM: litellm,
}


async def _answer(*_anything: object) -> str:
    return "answer"


async def missing(names: Iterable[str] = ALL) -> dict[str, str]:
    """The sides that cannot be made here, each with the reason in a line."""
    found = {}
    for name in names:
        async with AsyncExitStack() as stack:
            try:
                side = await ALL[name](Setting((_answer, _answer)), stack)
                assert side.call is not None
                await side.call()
            except Exception as error:  # a library that is installed may still be broken
                found[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return found
