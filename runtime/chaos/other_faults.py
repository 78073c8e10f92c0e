"""Faults of what is no call: actors, worker processes, and the disk of the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from ...actors.engine.signals import CrashNow
from ...actors.policies.chaos.errors import ChaosRefusedError, InjectedActorCrash
from ...actors.policies.chaos.fault import FaultSpec, Injection
from ...actors.policies.chaos.kinds import OF_THE_DISK, FaultKind
from ..observability.history.recorder import Recorder
from .reach import PartOf, Reach


class OtherFaults:
    """Does them, and knows how to undo what lasts."""

    def __init__(self, reach: Reach, part_of: PartOf) -> None:
        self._reach = reach
        self._part_of = part_of
        self._undo: dict[str, list[Callable[[], None]]] = {}

    def check(self, spec: FaultSpec) -> None:
        """Raises `ChaosRefusedError` for what cannot be done here."""
        if spec.fault in OF_THE_DISK and self._part_of(Recorder) is None:
            raise ChaosRefusedError("there is no history to fail: history.folder is not set")
        if spec.fault is FaultKind.KILL_WORKER:
            models = spec.models or sorted(self._reach.states()[0])
            if not any(map(self._reach.has_workers, models)):
                raise ChaosRefusedError("no model of these has worker processes (isolation)")

    def do(self, id: str, injection: Injection) -> Iterator[str | None]:
        """Do it; the models that were hit, None for what is no model's."""
        match injection.kind:
            case FaultKind.KILL_ACTOR:
                yield from self._crash(id, injection)
            case FaultKind.KILL_WORKER:
                models = injection.spec.models or sorted(self._reach.states()[0])
                yield from (one for one in models if self._reach.kill_worker(one))
            case kind if kind in OF_THE_DISK:
                self._fail_disk(id, kind)
                yield None
            case _:
                pass

    def clear(self, id: str) -> None:
        """Undo what an experiment has done and lasts."""
        for undo in self._undo.pop(id, ()):
            undo()

    def _crash(self, id: str, injection: Injection) -> Iterator[str | None]:
        error = InjectedActorCrash(f"injected by the experiment {id}")
        if injection.spec.actor is not None:
            self._reach.router().send(CrashNow(error))
            yield None
            return
        for model_id in injection.spec.models or sorted(self._reach.states()[0]):
            actor = self._reach.actor(model_id)
            if actor is not None and not actor.is_dead():
                yield model_id
                actor.send(CrashNow(error))

    def _fail_disk(self, id: str, kind: FaultKind) -> None:
        recorder = self._part_of(Recorder)
        if recorder is not None:
            recorder.fail_by(_disk_error(kind))
            self._undo.setdefault(id, []).append(lambda: recorder.fail_by(None))


def _disk_error(kind: FaultKind) -> sqlite3.OperationalError:
    if kind is FaultKind.DISK_FULL:
        error = sqlite3.OperationalError("injected: database or disk is full")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
    else:
        error = sqlite3.OperationalError("injected: disk I/O error")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
    return error
