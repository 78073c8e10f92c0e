"""LangChain: chat models with `with_fallbacks`. It has no breaker: each call meets the primary."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from .names import LANGCHAIN
from .side import Setting, Side


async def langchain(setting: Setting, stack: AsyncExitStack) -> Side:
    """`ainvoke` and `invoke`. Raises `ImportError` where langchain-core is missing."""
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, ChatResult

    class Fake(BaseChatModel):  # type: ignore[misc]  # no types: it may be missing
        answer: Any
        blocking: Any

        @property
        def _llm_type(self) -> str:
            return "fake"

        async def _agenerate(self, *_args: Any, **_settings: Any) -> Any:
            async with asyncio.timeout(setting.timeout):  # as the client of a real model has one
                return _result(await self.answer())

        def _generate(self, *_args: Any, **_settings: Any) -> Any:
            return _result(self.blocking())

    def _result(text: str) -> Any:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    models = setting.models or (None,) * len(setting.blocking)
    blocking = setting.blocking or (None,) * len(setting.models)
    first, *others = (Fake(answer=a, blocking=b) for a, b in zip(models, blocking, strict=True))
    runnable = first.with_fallbacks(others) if others else first
    return Side(
        LANGCHAIN,
        (lambda: runnable.ainvoke("prompt")) if setting.models else None,
        (lambda: runnable.invoke("prompt")) if setting.blocking else None,
    )
