"""The whole suite on every Python of this machine: `make test-all [PYTHONS="/a/python /b/python"]`.

Each has an environment of its own, `.venv-3.12` for example, which `make test` makes and keeps.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
_ELSEWHERE = (".pyenv/versions/*/bin", ".local/share/uv/python/*/bin")
"""Where tools keep interpreters that are not on the path, below the home directory."""
_ASK = "import sys; print('%d.%d' % sys.version_info[:2] + getattr(sys, 'abiflags', ''))"

Run = Callable[[str, str], bool]
"""Runs the suite for a version on an interpreter; whether it has passed."""


def main(environ: Mapping[str, str], arguments: list[str]) -> int:
    """Run the suite on each, and tell what became of it; 1 where it fails on any."""

    def run(version: str, python: str) -> bool:
        print(f"\n== Python {version}: {python}", flush=True)
        command = ["make", "--no-print-directory", "test", f"VENV=.venv-{version}"]
        done = subprocess.run([*command, f"PYTHON={python}", *arguments], cwd=ROOT, check=False)
        return done.returncode == 0

    named = environ.get("PYTHONS", "").split()
    return report(named, installed(named, Path(environ.get("HOME", "/"))), run)


def report(named: Iterable[str], pythons: Mapping[str, str], run: Run) -> int:
    """Run the suite on each of `pythons` and print the table; the exit code."""
    lines: list[str] = []
    failed = not pythons
    for version, python in pythons.items():
        began = time.monotonic()
        passed = run(version, python)
        failed = failed or not passed
        verdict = "passed" if passed else "FAILED"
        lines.append(f"  {version:<6} {verdict}  {time.monotonic() - began:5.0f} s  {python}")
    lines += [f"  {one:<6} not installed" for one in VERSIONS if one not in pythons]
    for python in named:
        if python not in pythons.values() and version_of(python) not in pythons:
            failed = True
            lines.append(f"  {python} is no Python of 3.11 or newer")
    print("\n== The suite on every Python here", *lines, sep="\n", flush=True)
    return 1 if failed else 0


def installed(named: Iterable[str], home: Path) -> dict[str, str]:
    """An interpreter for each version there is: a named one first, then that on the path."""
    found: dict[str, str] = {}
    for python in candidates(named, home):
        version = version_of(python)
        if version is not None:
            found.setdefault(version, python)
    return dict(sorted(found.items(), key=lambda one: _order(one[0])))


def candidates(named: Iterable[str], home: Path) -> Iterator[str]:
    """All that may be an interpreter, the preferred ones first."""
    yield from named
    for version in VERSIONS:
        on_path = shutil.which(f"python{version}")
        if on_path is not None:
            yield on_path
        for folder in _ELSEWHERE:
            yield from map(str, sorted(home.glob(f"{folder}/python{version}"), reverse=True))


def version_of(python: str) -> str | None:
    """The version of an interpreter, 3.13t for example; None where it does not run or is older.

    A name on the path may be a shim that fails: try, do not ask.
    """
    try:
        done = subprocess.run(
            [python, "-c", _ASK], capture_output=True, text=True, timeout=60, check=False
        )
    except OSError:
        return None
    version = done.stdout.strip()
    known = re.fullmatch(r"3\.\d+[a-z]*", version) is not None and _order(version) >= (3, 11)
    return version if done.returncode == 0 and known else None


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


if __name__ == "__main__":
    sys.exit(main(os.environ, sys.argv[1:]))
