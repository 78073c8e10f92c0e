"""An executor in actors of Ray (`isolation: ray`): what it breaks there costs one attempt.

It and its tasks, answers and errors are pickled, as those of worker processes are. Ray lives in a
process beside the application, and never repeats a call.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from typing import Any

from ....actors.cluster.link import LinkLostError
from ....actors.executor import ExecutionContext
from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....actors.task import Task
from ....config.errors import ConfigurationError
from ....config.settings.model import ModelConfig
from ...cluster.framed_process import FramedProcess, command
from ...cluster.frames import LOST, Frame
from ..functions.adapter import Adapter
from ..functions.threads import Threads
from ..processes.executor import packed, packed_question
from ..processes.serialization import unpack
from ..processes.supervision import WorkerSupervisor
from ..processes.worker import Question
from .spec import ASK, CANCEL, CHUNK, DIED, END, MORE, STREAM, spec_of

Found = Frame | LinkLostError
COMMAND = command("runtime.executors.on_ray.link_process")


class RayExecutor(Adapter):
    """Any executor, on a node. Raises `ConfigurationError` where it cannot be pickled."""

    needs_context = True

    def __init__(self, config: ModelConfig, executor: object, threads: Threads) -> None:
        super().__init__(executor, threads)
        if find_spec("ray") is None:
            raise ConfigurationError(
                "isolation='ray' needs Ray: pip install 'hive-resilience[ray]'", key="isolation"
            )
        spec = spec_of(config, packed(executor, config.id))
        self._model_id = config.id
        self._process = FramedProcess(COMMAND, pickle.dumps(spec))
        self._started = False
        self.on_death: Callable[[ModelUnavailableError], None] = lambda _error: None
        """Hears of each replica that has died; Ray starts it again."""
        self.lost: tuple[object, ...] = ()
        """The places without a replica that a supervisor has to fill: Ray does that."""

    def keeper(self) -> WorkerSupervisor:
        """The actor by which a supervisor knows of the replicas."""
        return WorkerSupervisor(self)

    async def refill(self) -> None:
        """Ray does it."""

    async def begin(self, task: Task, context: ExecutionContext | None) -> Any:
        assert context is not None
        return await self._ask(self._question(task, context))

    async def begin_stream(self, task: Task, context: ExecutionContext) -> AsyncIterator[Any]:
        parcel = await self._threads.run(packed_question, self._question(task, context))
        found: asyncio.Queue[Found] = asyncio.Queue()
        number = self._open(STREAM, parcel, found)
        over = False
        try:
            while (frame := self._checked(await found.get())).word == CHUNK:
                chunk = await self._threads.run(unpack, frame.body)
                yield chunk
                self._process.send(Frame(number, MORE))
            over = frame.word == END
        finally:
            self._leave(number, over)

    async def _ask(self, question: Question) -> Any:
        parcel = await self._threads.run(packed_question, question)
        found: asyncio.Queue[Found] = asyncio.Queue()
        number = self._open(ASK, parcel, found)
        over = False
        try:
            frame = await found.get()
            over = True
        finally:
            self._leave(number, over)
        return await self._threads.run(unpack, self._checked(frame).body)

    async def _probe(self) -> Any:
        return await self._ask(Question(self._model_id))

    async def close(self) -> None:
        await self._process.close()
        await super().close()

    def _question(self, task: Task, context: ExecutionContext) -> Question:
        return Question(self._model_id, task, context.attempt, context.deadline)

    def _open(self, word: str, parcel: bytes, found: asyncio.Queue[Found]) -> int:
        if not self._started:
            self._started = True
            self._process.start()
        try:
            return self._process.open(word, parcel, 0.0, found.put_nowait)
        except LinkLostError as error:
            raise self._unavailable(str(error)) from error

    def _leave(self, number: int, over: bool) -> None:
        """Take no more; a call that is not over is cancelled on its node."""
        if not over:
            self._process.send(Frame(number, CANCEL))
        self._process.drop(number)

    def _checked(self, found: Found) -> Frame:
        """A frame of the replica's. Raises `ModelUnavailableError` where there is none."""
        if isinstance(found, LinkLostError):
            raise self._unavailable(str(found)) from found
        if found.word in (LOST, DIED):
            error = self._unavailable(f"its replica has failed: {found.body.decode()}")
            if found.word == DIED:
                self.on_death(error)
            raise error
        return found

    def _unavailable(self, words: str) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"{self._model_id} cannot be reached on Ray: {words}", model_id=self._model_id
        )
