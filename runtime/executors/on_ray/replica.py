"""What runs in a Ray actor: the executor of one model, by the same adapters as at home."""

from __future__ import annotations

import asyncio
import os
import pickle
import time
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from typing import Any

from ....actors.executor import ExecutionContext, Executor
from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....config.settings.model import ModelConfig
from ..adapters import executor_for
from ..functions.threads import Threads
from ..processes.serialization import pack_answer, pack_error
from ..processes.worker import Question


class Replica:
    """Takes parcels and gives parcels; what the executor keeps stays here between two calls."""

    def __init__(self, parcel: bytes) -> None:
        self._parcel = parcel
        self._executor: Executor | None = None

    async def ask(self, parcel: bytes) -> bytes:
        """One call, or a health check, to its answer or error."""
        try:
            question: Question = pickle.loads(parcel)
            executor = self._loaded(question)
            if question.task is None:
                assert executor.probe is not None
                return pack_answer(await executor.probe())
            with _ending_with_its_thread(context := _context(question)):
                return pack_answer(await executor.begin(question.task, context))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # whatever user code raises belongs to its caller
            return pack_error(error)

    async def stream(self, parcel: bytes) -> AsyncIterator[bytes]:
        """The chunks of one call, and perhaps the error that ends them."""
        try:
            question: Question = pickle.loads(parcel)
            assert question.task is not None
            with _ending_with_its_thread(context := _context(question)):
                async for chunk in self._loaded(question).begin_stream(question.task, context):
                    yield pack_answer(chunk)
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:
            yield pack_error(error)

    def _loaded(self, question: Question) -> Executor:
        """The executor, unpacked once: what it keeps from one call to the next stays with it."""
        if self._executor is None:
            try:
                found: Any = pickle.loads(self._parcel)
            except Exception as error:
                raise ModelUnavailableError(
                    f"the executor of {question.model_id} cannot be loaded on a node of the "
                    f"cluster: {error!r}",
                    model_id=question.model_id,
                ) from error
            config = ModelConfig(id=question.model_id, executor=found)
            self._executor = executor_for(config, Threads(question.model_id))
        return self._executor


@contextmanager
def _ending_with_its_thread(context: ExecutionContext) -> Generator[None, None, None]:
    """End this process where a call is cancelled whose thread goes on: a thread cannot be ended.

    Ray starts the replica again.
    """
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        context.cancelled = True
        if context.lingering is not None and not context.lingering.done():
            os._exit(1)
        raise


def _context(question: Question) -> ExecutionContext:
    until = time.monotonic() + question.left
    return ExecutionContext(question.model_id, question.attempt, until, time.monotonic)
