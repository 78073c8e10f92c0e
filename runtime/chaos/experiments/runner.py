"""Runs an experiment: the steady state, the method, the steady state again, and clears at the end.

The faults end whatever happens: the runner clears them at every end of its own, and the lease ends
them where it cannot. The runtime itself ends an experiment that harms its tasks; the runner sees
that within a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from ....actors.policies.chaos.errors import ChaosRefusedError
from ....actors.policies.chaos.tolerance import holds
from ....config.errors import ResilienceError
from ...observability.actions import RUNTIME
from .activities import (
    Names,
    Performer,
    Run,
    begun,
    check,
    clears,
    ended,
    injects,
    is_action,
    now,
)
from .document import Activity, Experiment
from .journal import Journal, RunStatus, SteadyState
from .reading import configured, substituted
from .verbs import Record, Verbs

T = TypeVar("T")
PACE = 1.0
"""Seconds between two signs of life."""
RECOVERY = 60.0
"""Seconds that the runner waits at most for the models to answer again."""

Threaded = Callable[[Callable[[], Any]], Coroutine[Any, Any, Any]]


class Stopped(Exception):
    """The experiment was ended by another hand, or because of what it did to the tasks."""


async def here(work: Callable[[], T]) -> T:
    """Do it on this loop: the fleet lives here."""
    return work()


class Runner:
    """One run of an experiment. `threaded` does what waits for a server."""

    def __init__(
        self,
        experiment: Experiment,
        verbs: Verbs,
        performer: Callable[[Names], Performer],
        *,
        id: str,
        dry_run: bool = False,
        threaded: Threaded = here,
        recovery: float = RECOVERY,
    ) -> None:
        check(experiment)
        self._experiment = experiment
        self._verbs = verbs
        self._names = configured(experiment)
        self._performer = performer(self._names)
        self._id = id
        self._dry = dry_run
        self._threaded = threaded
        self._recovery = recovery
        self._injected = self._leased = False
        """Whether anything was done, and whether its lease has to be renewed."""
        self._background: list[asyncio.Task[None]] = []
        self.journal = Journal(experiment)

    async def run(self) -> Journal:
        """From the steady state to the cleared faults. Raises only its own cancellation."""
        journal = self.journal
        try:
            await self._threaded(self._verbs.running)  # refused where chaos is off
            if await self._steady("before"):
                await self._guarded(self._method())
                journal.deviated = not await self._steady("after")
                journal.status = RunStatus.COMPLETED
        except ChaosRefusedError as error:
            journal.refuse(str(error))
        except (Stopped, ResilienceError, OSError) as error:
            (journal.abort if self._injected else journal.refuse)(str(error))
        except BaseException:
            journal.status = RunStatus.INTERRUPTED
            raise
        finally:
            await self._finish()
        return journal

    # The steady state.

    async def _steady(self, moment: str) -> bool:
        runs: list[Run] = []
        met = True
        for probe in self._experiment.probes:
            run, error = await self._performed(probe)
            tolerance = substituted(probe.tolerance, self._names)
            run["tolerance_met"] = error is None and holds(tolerance, run["output"])
            met = met and run["tolerance_met"]
            runs.append(run)
        self.journal.steady_states[moment] = SteadyState(met, runs)
        if not met and moment == "before":
            self.journal.refuse("the fleet is not in its steady state before anything is done")
        return met

    # The method.

    async def _method(self) -> None:
        for activity in self._experiment.method:
            await self._activity(activity, self.journal.run)
        await asyncio.gather(*self._background)

    async def _activity(self, activity: Activity, runs: list[Run]) -> None:
        if activity.background:
            work = self._one(activity, runs)
            self._background.append(asyncio.get_running_loop().create_task(work))
            return
        await self._one(activity, runs)

    async def _one(self, activity: Activity, runs: list[Run]) -> None:
        await self._pause(activity.pauses.before)
        run, error = await self._performed(activity)
        runs.append(run)
        if error is not None:
            raise error
        await self._pause(activity.pauses.after)

    async def _performed(self, activity: Activity) -> tuple[Run, Exception | None]:
        run, clock = begun(activity), asyncio.get_running_loop().time
        began, output, failure = clock(), None, None
        acts = is_action(activity.provider)
        try:
            if acts and self._dry:
                run["dry"] = True
            else:
                self._injected = self._injected or acts
                self._leased = self._leased and not clears(activity.provider)
                output = await self._threaded(lambda: self._performer.perform(activity))
                self._leased = self._leased or injects(activity.provider)
        except Exception as error:
            failure = error
        return ended(run, output, failure, clock() - began), failure

    async def _pause(self, seconds: float) -> None:
        if seconds and not self._dry:
            await asyncio.sleep(seconds)

    # Its lease, and the end.

    async def _guarded(self, method: Coroutine[Any, Any, None]) -> None:
        """The method, with a sign of life each second. Raises `Stopped`."""
        work = asyncio.get_running_loop().create_task(method)
        try:
            while not (await asyncio.wait([work], timeout=PACE))[0]:
                await self._sign()
            work.result()
            await self._sign()
        finally:
            for task in (work, *self._background):
                task.cancel()
            await asyncio.gather(work, *self._background, return_exceptions=True)

    async def _sign(self) -> None:
        if not self._leased or await self._threaded(lambda: self._verbs.renew(self._id)):
            return
        self._leased = False
        report = await self._report()
        if report is None:
            return
        if report["aborted"]:
            raise Stopped(report["reason"])
        if report["ended_by"] != RUNTIME:
            raise Stopped(f"{report['ended_by']} has stopped it: {report['reason']}")

    async def _report(self) -> Record | None:
        found = await self._threaded(self._verbs.reports)
        return next((one for one in found if one["id"] == self._id), None)

    async def _finish(self) -> None:
        """Roll back and clear; a second Ctrl-C leaves the rest to the lease."""
        journal = self.journal
        try:
            if self._injected:
                for activity in self._experiment.rollbacks:
                    with suppress(Exception):
                        await self._one(activity, journal.rollbacks)
                with suppress(Exception):
                    await self._threaded(self._clear)
                journal.report = await self._recovered()
        finally:
            journal.end = now()

    def _clear(self) -> None:
        self._verbs.stop(self._id, "the run is over", self._id)

    async def _recovered(self) -> Record | None:
        """What the fault has shown, once a model that was hit answers again."""
        clock = asyncio.get_running_loop().time
        until = clock() + (0.0 if self.journal.status is RunStatus.INTERRUPTED else self._recovery)
        report: Record | None = None
        with suppress(ResilienceError, OSError):
            report = await self._report()
            while report is not None and not report["recovered"] and clock() < until:
                await asyncio.sleep(PACE)
                report = await self._report()
        return report
