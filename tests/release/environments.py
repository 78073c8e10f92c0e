"""The wheel in clean environments: each Python, with and without extras, lowest and highest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .asked_for import requirements
from .steps import python, run

SMOKE = Path(__file__).with_name("smoke.py")
EVERYTHING = "all,bedrock,ray,vertex"
RESOLUTIONS = ("lowest", "highest")
_AS_UV_SAYS = {"lowest": "lowest-direct", "highest": "highest"}
"""Versions of what others ask for are no matter of ours: these stay as high as can be."""


class Case(NamedTuple):
    """An environment: an interpreter, extras (or none), and which versions of what is needed."""

    version: str
    python: str
    extras: str
    resolution: str

    @property
    def name(self) -> str:
        """As a table has it."""
        return f"Python {self.version}, {self.extras or 'no extras'}, {self.resolution}"

    @property
    def chosen(self) -> list[str]:
        """The extras."""
        return self.extras.split(",") if self.extras else []

    @property
    def warnings(self) -> tuple[str, ...]:
        """Old versions of other packages warn of each other: only with new ones that is a fault."""
        return ("-W", "error") if self.resolution == "highest" else ()

    @property
    def folder(self) -> str:
        """A name for its environment."""
        return f"{self.version}-{self.extras.replace(',', '-') or 'core'}-{self.resolution}"


def cases(pythons: Mapping[str, str], extras: tuple[str, ...]) -> Iterator[Case]:
    """Each Python with nothing and with everything; on the first also with each extra alone."""
    for at, (version, interpreter) in enumerate(pythons.items()):
        alone = extras if at == 0 else ()
        for resolution in RESOLUTIONS:
            for chosen in ("", EVERYTHING, *(alone if resolution == "lowest" else ())):
                yield Case(version, interpreter, chosen, resolution)


def prove(case: Case, built: Path, work: Path) -> str:
    """Install a wheel or an sdist and run the smoke tests; what was installed, in a few words."""
    place = work / case.folder
    there = installed(case, built, place)
    try:
        told = run([there, "-I", *case.warnings, SMOKE, *case.chosen], place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return told.strip()


def installed(case: Case, built: Path, place: Path) -> Path:
    """The interpreter of a new environment with the wheel in it, or with the sdist."""
    uv = python("-m", "uv")
    env = {**os.environ, "UV_NO_PROGRESS": "1", "UV_LINK_MODE": "copy"}
    place.parent.mkdir(parents=True, exist_ok=True)
    run([*uv, "venv", "--quiet", "--no-project", "--python", case.python, place], built.parent, env)
    there = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = f"{built}[{case.extras}]" if case.extras else str(built)
    only = ("--only-binary", ":all:") if built.suffix == ".whl" else ()
    how = ("--resolution", _AS_UV_SAYS[case.resolution], *only)
    # Named beside the wheel, for what the wheel asks for is not "direct".
    asked = requirements(case.chosen)
    run([*uv, "pip", "install", "--quiet", "--python", there, *how, wanted, *asked], place, env)
    return there
