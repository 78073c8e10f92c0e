"""`hive-resilience chaos`: from options to an exit code."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....actors.policies.chaos.errors import ChaosRefusedError
from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....config.errors import ConfigurationError
from ....config.values.words import printable
from ...chaos.experiments.activities import check
from ...chaos.experiments.journal import ABORTED, REFUSED, Journal
from ...chaos.experiments.over_http import PATH, RemoteVerbs
from ...chaos.experiments.reading import load_experiment
from ...chaos.experiments.report import journal_text
from ...chaos.experiments.runner import Runner
from ...chaos_functions import runner_of
from ..serve.operating import asked, say
from ..serve.remote import NotAskedError, Place, RefusedError, Remote
from ..serve.told import Told

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How an experiment is run, and where its journal goes."""

    seed: int = 0
    dry_run: bool = False
    allow_outage: bool = False
    journal: Path | None = None
    as_json: bool = False


def validate(files: Sequence[Path]) -> int:
    """Read experiments, and say what is wrong with each."""
    code = 0
    for file in files:
        try:
            experiment = load_experiment(file)
            check(experiment)
        except ConfigurationError as error:
            told = printable(str(error))
            named = told if told.startswith(str(file)) else f"{file}: {told}"
            code = say(named, REFUSED.number)
        else:
            print(f"{file}: {printable(experiment.title)}")
    return code


def run(file: Path, place: Place, options: RunOptions) -> int:
    """Run an experiment against a server; the code of its journal."""
    try:
        experiment = load_experiment(file)
        runner = runner_of(
            experiment,
            RemoteVerbs(_Server(Remote(place))),
            seed=options.seed,
            dry_run=options.dry_run,
            allow_outage=options.allow_outage,
            is_here=False,
        )
        if options.journal is not None:
            options.journal.open("a").close()  # an experiment without its journal is of no use
    except (ConfigurationError, NotAskedError) as error:
        return say(printable(str(error)), REFUSED.number)
    except OSError as error:
        return say(f"--journal {options.journal}: {error.strerror}", REFUSED.number)
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_run(runner))
    return _told(runner.journal, options)


def stop(place: Place, experiment: str, told: Told, *, as_json: bool) -> int:
    """Stop one experiment, or all."""
    fields = {"experiment": experiment, **told.fields()} if experiment else told.fields()
    return asked(place, lambda remote: remote.post(f"{PATH}/stop", fields), _print_stopped, as_json)


async def _run(runner: Runner) -> None:
    """A polite end is as a Ctrl-C: the faults are cleared first."""
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError, RuntimeError):  # no such signal, or no main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await runner.run()


def _told(journal: Journal, options: RunOptions) -> int:
    told = json.dumps(journal.as_dict(), indent=1, default=str)
    print(told if options.as_json else journal_text(journal))
    if options.journal is not None:
        try:
            options.journal.write_text(told + "\n", encoding="utf-8")
        except OSError as error:
            return say(f"--journal {options.journal}: {error.strerror}", ABORTED.number)
    return journal.code.number


def _print_stopped(found: Answer) -> None:
    if not found["stopped"]:
        print("nothing runs")
    for one in found["stopped"]:
        print(f"stopped {printable(one['id'])} after {one['hits']} hits: its faults are cleared")


class _Server:
    """The server of a command as experiments ask it."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def get(self, path: str) -> Answer:
        return self._asked(lambda: self._remote.get(path))

    def post(self, path: str, fields: Mapping[str, object]) -> Answer:
        return self._asked(lambda: self._remote.post(path, fields))

    @staticmethod
    def _asked(work: Any) -> Answer:
        try:
            found: Answer = work()
        except RefusedError as error:
            raise ChaosRefusedError(str(error)) from None
        except NotAskedError as error:
            raise ModelUnavailableError(str(error)) from None
        return found
