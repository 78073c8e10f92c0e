"""What other tools, and we, think of the built files."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from .steps import FailedError, python, run

_RATING = 10
"""Of pyroma's 10, without what is not there to be rated."""
_NOT_STATED = {"AuthorEmail": "an address", "Url": "a home page"}
_IN_THE_SDIST = ("/LICENSE", "/CHANGELOG.md", "/tests/conftest.py", "/docs/errors.md", "/Makefile")


def twine(dist: Path) -> str:
    """Whether an index takes the metadata and shows the description."""
    run(python("-m", "twine", "check", "--strict", *_both(dist)), dist)
    return "metadata and description"


def wheel_contents(dist: Path) -> str:
    """Whether the wheel has what it should, and nothing else."""
    run(python("-m", "check_wheel_contents", "--toplevel", "hive_resilience", wheel(dist)), dist)
    return "contents"


def rating(root: Path) -> str:
    """How pyroma rates the project."""
    without = ("--skip-tests", ",".join(_NOT_STATED))
    try:
        run(python("-m", "pyroma", "--min", str(_RATING), *without, root), root)
    except FailedError as error:
        raise FailedError(f"below {_RATING}/10:\n{error}") from None
    return f"{_RATING}/10; the project states neither {' nor '.join(_NOT_STATED.values())} yet"


def our_own(dist: Path) -> str:
    """What no other tool asks: types, licence, tests, and a size that a user would expect."""
    with zipfile.ZipFile(wheel(dist)) as built:
        names = set(built.namelist())
    with tarfile.open(sdist(dist)) as packed:
        sources = packed.getnames()
    missing = [] if "hive_resilience/py.typed" in names else ["py.typed in the wheel"]
    missing += [end for end in _IN_THE_SDIST if not any(name.endswith(end) for name in sources)]
    if not any(name.endswith("licenses/LICENSE") for name in names):
        missing.append("the licence in the wheel")
    if missing:
        raise FailedError(f"missing: {', '.join(missing)}")
    return f"wheel {_size(wheel(dist))}, sdist {_size(sdist(dist))}"


def wheel(dist: Path) -> Path:
    """The one wheel of a folder."""
    return _only(dist, "*.whl")


def sdist(dist: Path) -> Path:
    """The one sdist of a folder."""
    return _only(dist, "*.tar.gz")


def _both(dist: Path) -> list[Path]:
    return [wheel(dist), sdist(dist)]


def _only(dist: Path, pattern: str) -> Path:
    found = list(dist.glob(pattern))
    if len(found) != 1:
        raise FailedError(f"{len(found)} files {pattern} in {dist.name}, and there should be one")
    return found[0]


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1024:,.0f} KiB"
