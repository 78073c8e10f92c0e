"""What a model needs beside its actor: its executor, its probe, and threads for both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...actors.calls.bounded_call import BoundedCall
from ...actors.executor import Executor, Probe
from ...actors.fleet_messages import Terms
from ...actors.task_hook import TaskHook
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from ..executors.adapters import executor_for
from ..executors.functions.threads import Threads
from ..executors.health_checks import probe_for

log: logging.Logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Backend:
    """An executor with its threads: replaced as a whole, closed when its calls have ended."""

    model_id: str
    threads: Threads
    executor: Executor
    probe: Probe | None
    given: object
    """The function or executor that Python gave; None where the settings name one."""
    hook: TaskHook | None = None
    """What stands round its calls."""

    @classmethod
    def of(
        cls,
        config: ModelConfig,
        connect_timeout: Callable[[], float] | None = None,
        hook: TaskHook | None = None,
    ) -> Backend:
        """The backend of a model; `connect_timeout` says how many seconds, where it does not.

        Raises `ConfigurationError` for settings by which the model cannot be called.
        """
        threads = Threads(f"model {config.id}")
        executor = executor_for(config, threads, connect_timeout)
        if hook is not None:
            executor = hook.executor(executor, config.provider)
        found = cls(config.id, threads, executor, None, config.executor, hook)
        return found.with_probe_of(config)

    def with_probe_of(self, config: ModelConfig) -> Backend:
        """The same executor with the probe of other settings."""
        probe = probe_for(config, self.executor)
        if probe is not None and self.hook is not None:
            probe = self.hook.probe(probe, config.id)
        return replace(self, probe=probe)

    def leave_open(self) -> None:
        """Let what Python gave go on: it is not closed with this."""
        if self.given is not None:
            self.executor.disown()

    async def close(self, limit: float) -> None:
        """Close the executor, in at most `limit` seconds; a failure is logged."""
        until = asyncio.get_running_loop().time() + limit
        try:
            await BoundedCall(self.executor.close(), until, limit)
        except Exception:
            log.exception(
                "the executor of %s could not be closed",
                self.model_id,
                extra=log_event("executor.not_closed", model=self.model_id),
            )
        finally:
            self.threads.close()


def terms_of(runtime: RuntimeConfig, config: ModelConfig, backend: Backend) -> Terms:
    """How a model is called by these settings of the runtime."""
    return Terms(
        backend.executor,
        backend.probe,
        attempt_timeout=runtime.attempt_timeout(config),
        max_parking=runtime.max_parking(config),
        hedge_after=runtime.hedge_after(config),
        health_interval=runtime.global_.health_check_interval,
        alerts=runtime.global_.alerts,
    )
