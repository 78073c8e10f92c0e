"""LiteLLM's `Router` with fallbacks, over a custom provider that calls our functions.

Its own retries are off. A model alone in its group is put aside ("cooldown") after five failures,
as our breaker opens after five.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack
from typing import Any

from .names import LITELLM
from .side import Breakers, Setting, Side

_FAILURES, _LONG = 5, 3600.0
_MESSAGES = [{"role": "user", "content": "prompt"}]


async def litellm(setting: Setting, stack: AsyncExitStack) -> Side:
    """`acompletion` and `completion`. Raises `ImportError` where LiteLLM is missing."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import asks the network
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    logging.getLogger("LiteLLM Router").setLevel(logging.CRITICAL)
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    count = max(len(setting.models), len(setting.blocking))
    provider = f"bench{id(setting)}"
    handler = _handler(litellm, setting)
    litellm.custom_provider_map = [
        *litellm.custom_provider_map,
        {"provider": provider, "custom_handler": handler},
    ]
    router = litellm.Router(
        model_list=[_model(provider, number) for number in range(count)],
        fallbacks=[{"model 0": [f"model {number}" for number in range(1, count)]}],
        num_retries=0,
        timeout=setting.timeout,
        cooldown_time=_LONG if setting.breakers is Breakers.FIRST_OPEN else setting.recovery,
        allowed_fails=_FAILURES - 1,
        disable_cooldowns=setting.breakers is Breakers.NEVER_OPEN,
    )
    if setting.breakers is Breakers.FIRST_OPEN:
        await _put_aside(router, setting)
    return Side(
        LITELLM,
        (lambda: router.acompletion("model 0", _MESSAGES)) if setting.models else None,
        (lambda: router.completion("model 0", _MESSAGES)) if setting.blocking else None,
    )


def _model(provider: str, number: int) -> dict[str, Any]:
    return {
        "model_name": f"model {number}",
        "litellm_params": {"model": f"{provider}/{number}", "api_key": "none"},
        "model_info": {"id": f"model {number}"},
    }


def _handler(litellm: Any, setting: Setting) -> Any:
    """Raises what LiteLLM's own providers make of a server that is down or silent."""

    class Fake(litellm.CustomLLM):  # type: ignore[misc]  # no types: it may be missing
        async def acompletion(self, model: str, *_args: Any, **settings: Any) -> Any:
            try:
                async with asyncio.timeout(setting.timeout):
                    return _said(await setting.models[_number(model)](), settings)
            except ConnectionError as error:
                raise litellm.ServiceUnavailableError(str(error), "bench", model) from error
            except TimeoutError as error:
                raise litellm.Timeout("no answer", model, "bench") from error

        def completion(self, model: str, *_args: Any, **settings: Any) -> Any:
            try:
                return _said(setting.blocking[_number(model)](), settings)
            except ConnectionError as error:
                raise litellm.ServiceUnavailableError(str(error), "bench", model) from error

    return Fake()


def _number(model: str) -> int:
    return int(model.rpartition("/")[2])


def _said(text: str, settings: dict[str, Any]) -> Any:
    response = settings["model_response"]
    response.choices[0].message.content = text
    return response


async def _put_aside(router: Any, setting: Setting) -> None:
    """The primary fails until it is left alone."""
    for _ in range(_FAILURES + 1):
        if setting.models:
            await router.acompletion("model 0", _MESSAGES)
        else:
            await asyncio.to_thread(router.completion, "model 0", _MESSAGES)
