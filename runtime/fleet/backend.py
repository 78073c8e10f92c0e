"""What a model needs beside its actor: who calls it, who probes it, and threads for both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...actors.calls.bounded_call import BoundedCall
from ...actors.executor import Executor, Probe
from ...config.settings.model import ModelConfig
from ..executors.adapters import executor_for
from ..executors.functions.threads import Threads
from ..executors.health_checks import probe_for

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Backend:
    """An executor with its threads; replaced as a whole, and closed when its calls have ended."""

    model_id: str
    threads: Threads
    executor: Executor
    probe: Probe | None
    given: object
    """What Python gave to be called; None where the settings alone say how."""

    @classmethod
    def of(cls, config: ModelConfig, connect_timeout: Callable[[], float] | None = None) -> Backend:
        """`connect_timeout` says how many seconds, for a model that says nothing of it.

        Raises `ConfigurationError` where the model cannot be called like this.
        """
        threads = Threads(f"model {config.id}")
        executor = executor_for(config, threads, connect_timeout)
        return cls(config.id, threads, executor, probe_for(config, executor), config.executor)

    def with_probe_of(self, config: ModelConfig) -> Backend:
        """The same executor, probed as other settings say."""
        return replace(self, probe=probe_for(config, self.executor))

    async def close(self, limit: float) -> None:
        """Close the executor; one that fails or hangs keeps nobody from anything."""
        until = asyncio.get_running_loop().time() + limit
        try:
            await BoundedCall(self.executor.close(), until, limit)
        except Exception:
            log.exception("the executor of %s could not be closed", self.model_id)
        self.threads.close()
