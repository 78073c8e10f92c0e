"""What a step of the release has come to, and how they are told."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_LAST_LINES = 15
_LIMIT = 1800.0


class Verdict(StrEnum):
    """How a step has ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_DONE = "not done"
    """It could not be had here; the reason is told, and a release should have it elsewhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step with its end."""

    name: str
    verdict: Verdict
    told: str = ""


class FailedError(Exception):
    """A step did not come to a good end; the text says why."""


class NotHereError(Exception):
    """What a step needs is not on this machine; the text says what."""


def run(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """What a command prints. Raises `FailedError` with its last lines where it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FailedError(f"{command[0]} took longer than {_LIMIT:.0f} s") from None
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:]
        raise FailedError("\n".join(last) or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def python(*arguments: str | Path) -> list[str | Path]:
    """A command of the tools' own environment."""
    return [sys.executable, *arguments]


def step(name: str, work: Callable[[], str]) -> Step:
    """Do it, print how it has ended, and go on: one run finds all that is wrong."""
    print(f"== {name}", flush=True)
    began = time.monotonic()
    try:
        done = Step(name, Verdict.PASSED, work())
    except FailedError as error:
        done = Step(name, Verdict.FAILED, str(error))
    except NotHereError as error:
        done = Step(name, Verdict.NOT_DONE, str(error))
    seconds = time.monotonic() - began
    print(f"   {done.verdict} ({seconds:.0f} s) {done.told}".rstrip(), flush=True)
    return done


def table(steps: Iterable[Step]) -> str:
    """All steps, one a line, with the first line of what there is to tell."""
    return "\n".join(
        f"  {one.verdict:<9} {one.name:<44} {one.told.partition(chr(10))[0]}".rstrip()
        for one in steps
    )


def code(steps: Iterable[Step]) -> int:
    """1 where a step has failed; what could not be had here is told and no failure."""
    return int(any(one.verdict is Verdict.FAILED for one in steps))
