"""pydantic-ai's `FallbackModel`, asked directly, without an agent round it. It has no breaker."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from .names import PYDANTIC_AI
from .side import Answer, BlockingAnswer, Setting, Side


async def pydantic_ai(setting: Setting, stack: AsyncExitStack) -> Side:
    """`model_request` and `model_request_sync`. Raises `ImportError` where it is missing."""
    from pydantic_ai import ModelRequest, ModelResponse, TextPart
    from pydantic_ai.direct import model_request, model_request_sync
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.models.fallback import FallbackModel
    from pydantic_ai.models.function import FunctionModel

    def function(answer: Answer) -> Any:
        async def ask(_messages: Any, _info: Any) -> Any:
            async with asyncio.timeout(setting.timeout):  # as a real client has one
                return ModelResponse(parts=[TextPart(await answer())])

        return ask

    def fallback(answers: tuple[Answer, ...]) -> Any:
        models = [
            FunctionModel(function(answer), model_name=f"model {number}")
            for number, answer in enumerate(answers)
        ]
        return FallbackModel(*models, fallback_on=(ModelAPIError, ConnectionError, TimeoutError))

    messages = [ModelRequest.user_text_prompt("prompt")]
    asked = fallback(setting.models) if setting.models else None
    waited_for = fallback(tuple(map(_in_async, setting.blocking))) if setting.blocking else None
    return Side(
        PYDANTIC_AI,
        None if asked is None else lambda: model_request(asked, messages),
        None if waited_for is None else lambda: model_request_sync(waited_for, messages),
    )


def _in_async(answer: BlockingAnswer) -> Answer:
    async def ask() -> str:
        return answer()

    return ask
