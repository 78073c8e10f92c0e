"""One tiny request to each model, where the user allows it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ....actors.executor import ExecutionContext
from ....actors.policies.outcomes.classify import classify
from ....actors.policies.outcomes.fault import Fault
from ....actors.policies.outcomes.foreign_text import described
from ....actors.task import Task
from ....config.errors import ConfigurationError
from ....config.loading.executors import has_a_caller
from ....config.settings.model import ModelConfig
from ....config.settings.runtime import RuntimeConfig
from ....config.values.families import Family
from ....config.values.redaction import redacted
from ...executors.endpoint import endpoint_executor
from .finding import Finding, mend, note, well
from .leaves import enabled_models

CHECK = "answer"
LIMIT = 30.0
"""Seconds for an answer, unless the settings allow less."""
_AT_ONCE = 8
_TINY: Mapping[Family, Mapping[str, Any]] = MappingProxyType(
    {
        Family.CHAT: {"prompt": "ping", "max_tokens": 1},
        Family.MESSAGE: {"prompt": "ping", "max_tokens": 1},
        Family.TEXT_COMPLETION: {"prompt": "ping", "max_tokens": 1},
        Family.EMBEDDING: {"input": "ping"},
        Family.RESPONSE: {"input": "ping", "max_output_tokens": 16},
    }
)
"""What costs least, by type of task; the first that a model takes is asked."""
_ADVICE = {
    Fault.UNAUTHORIZED: "is it the right key, with the right to use this model, and paid?",
    Fault.MODEL_LIMIT: "does the server have a model of this name? see `model` in the settings",
    Fault.RATE_LIMITED: "it is there; its limits are used up at the moment",
    Fault.TIMEOUT: "is it overloaded, or does it load its model first?",
    Fault.REQUEST: "it is there, and takes no such request as the doctor's",
    Fault.CONTENT_REFUSED: "it is there, and refuses the word ping",
}
_THERE = frozenset({Fault.RATE_LIMITED, Fault.REQUEST, Fault.CONTENT_REFUSED})


async def ask_models(config: RuntimeConfig) -> list[Finding]:
    """A finding for each model that the settings alone can ask."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def ask(model: ModelConfig) -> Finding:
        async with places:
            limit = min(LIMIT, config.attempt_timeout(model))
            return await _ask(model, limit)

    asked = [model for model in enabled_models(config) if has_a_caller(model)]
    return await asyncio.gather(*map(ask, asked))


async def _ask(model: ModelConfig, limit: float) -> Finding:
    about = f"models.{model.id}"
    try:
        executor = endpoint_executor(model)
    except ConfigurationError as error:
        return mend(CHECK, about, redacted(str(error)), "the checks above name what is missing")
    family = next((one for one in _TINY if one in executor.families), None)
    if family is None:
        return note(CHECK, about, "takes no type of task that has a tiny request: not asked")
    now = asyncio.get_running_loop().time
    context = ExecutionContext(model.id, 1, now() + limit, now)
    began = now()
    try:
        async with asyncio.timeout(limit):
            await executor.execute(Task(dict(_TINY[family]), type=str(family)), context)
    except Exception as error:
        return _told(about, error, limit)
    finally:
        await executor.close()
    return well(CHECK, about, f"answered after {now() - began:.1f} s")


def _told(about: str, error: Exception, limit: float) -> Finding:
    fault = classify(error)
    if fault is Fault.EMPTY_ANSWER:
        return well(CHECK, about, "answered; nothing is in an answer of one token")
    told = redacted(described(error)) if str(error) else f"no answer within {limit:g} s"
    advice = _ADVICE.get(fault, "is its server well? its log says more")
    return (note if fault in _THERE else mend)(CHECK, about, told, advice)
