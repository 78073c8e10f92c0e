"""An executor in worker processes of its model: what it breaks there costs one attempt.

It and its tasks, answers and errors are pickled. Context variables do not travel. A process takes
one call at a time and keeps what the executor keeps; it is killed when the attempt's time is up or
its caller is gone, and a new one takes its place.
"""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import suppress
from functools import partial
from typing import Any

from ....actors.executor import ExecutionContext
from ....actors.policies.outcomes.errors import InvalidRequestError
from ....actors.task import Task
from ....config.errors import ConfigurationError
from ....config.settings.model import ModelConfig
from ..functions.adapter import Adapter
from ..functions.threads import Threads
from .pool import Worker, Workers, process_pool
from .serialization import unpack
from .supervision import WorkerSupervisor
from .worker import Question


class ProcessExecutor(Adapter):
    """Any executor, elsewhere. Raises `ConfigurationError` for one that cannot be pickled."""

    needs_context = True

    def __init__(self, config: ModelConfig, executor: object, threads: Threads) -> None:
        super().__init__(executor, threads)
        process_pool()
        self._model_id = config.id
        make = partial(Worker, config.id, packed(executor, config.id), config.calls_per_worker)
        self._workers = Workers(config.bulkhead.max_concurrent, make, threads)

    def keeper(self) -> WorkerSupervisor:
        """The actor by which a supervisor knows of the processes."""
        return WorkerSupervisor(self._workers)

    async def begin(self, task: Task, context: ExecutionContext | None) -> Any:
        assert context is not None
        question = Question(self._model_id, task, context.attempt, context.deadline)
        return await self._workers.run(partial(_exchange, question))

    def kill_worker(self) -> bool:
        """Kill one of its processes, as the system would; False: there is none just now."""
        for pid in self._workers.process_ids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    async def _probe(self) -> Any:
        return await self._workers.run(partial(_exchange, Question(self._model_id)))

    async def close(self) -> None:
        await self._workers.close()
        await super().close()


def _exchange(question: Question, worker: Worker) -> Any:
    """In a thread, as packing and unpacking run code of the user and may take their time."""
    return unpack(worker.call(packed_question(question)))


def packed_question(question: Question) -> bytes:
    """One call as bytes. Raises `InvalidRequestError` where its task cannot be sent."""
    try:
        return pickle.dumps(question)
    except Exception as error:
        raise InvalidRequestError(
            f"{question.model_id} runs in a process of its own (isolation), and this task cannot "
            f"be sent there: {error}",
            model_id=question.model_id,
        ) from error


def packed(executor: object, model_id: str) -> bytes:
    """The executor as bytes. Raises `ConfigurationError` where it cannot be sent."""
    try:
        return pickle.dumps(executor)
    except Exception as error:
        raise ConfigurationError(
            f"the executor of model {model_id!r} cannot be sent to a process of its own: {error}; "
            "with isolation it is a function at the top of a module, or an object of a "
            "class there that can be pickled",
            key=f"models.{model_id}.executor",
            allowed="what pickle can send",
            model_id=model_id,
        ) from error
