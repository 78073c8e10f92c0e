"""`make release`: builds, checks, installs everywhere, and tells of each step how it has ended.

It publishes nothing: `dist/` is for a look, and the workflow `release` publishes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from tests.every_python import installed

from . import bill, building, environments, judging, licences, typed_outside
from .asked_for import extras
from .steps import NotHereError, Step, Verdict, code, step, table

ROOT = Path(__file__).parents[2]
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")


def main(environ: Mapping[str, str]) -> int:
    """Every step; 1 where any has failed."""
    named = environ.get("PYTHONS", "").split()
    pythons = installed(named, Path(environ.get("HOME", "/")))
    with tempfile.TemporaryDirectory(prefix="release-") as work:
        steps = list(_all(ROOT / "dist", Path(work), pythons))
    print(f"\n== The release in {(ROOT / 'dist').name}/\n{table(steps)}")
    return code(steps)


def _all(dist: Path, work: Path, pythons: Mapping[str, str]) -> Iterator[Step]:
    built = step("build twice", partial(building.build_twice, ROOT, work, dist))
    yield built
    if built.verdict is not Verdict.PASSED:
        return
    yield step("twine check", partial(judging.twine, dist))
    yield step("check-wheel-contents", partial(judging.wheel_contents, dist))
    yield step("pyroma", partial(judging.rating, ROOT))
    yield step("what has to be in it", partial(judging.our_own, dist))
    yield from _everywhere(dist, work, pythons)
    yield from _typed(dist, work, pythons)
    yield step("sums", partial(bill.write_sums, dist))


def _everywhere(dist: Path, work: Path, pythons: Mapping[str, str]) -> Iterator[Step]:
    known = {version: path for version, path in pythons.items() if version in SUPPORTED}
    for case in environments.cases(known, extras()):
        prove = partial(environments.prove, case, judging.wheel(dist), work)
        yield step(case.name, prove)
    for version in SUPPORTED:
        if version not in known:
            yield step(f"Python {version}", partial(_not_here, version))


def _typed(dist: Path, work: Path, pythons: Mapping[str, str]) -> Iterator[Step]:
    version = max((one for one in pythons if one in SUPPORTED), key=SUPPORTED.index)
    found: list[Path] = []

    def make() -> str:
        there = typed_outside.environment(version, pythons[version], judging.wheel(dist), work)
        found.append(there)
        return f"Python {version}, all extras"

    yield step("an environment for types", make)
    for there in found:
        yield step("mypy from outside", partial(typed_outside.mypy, there))
        yield step("pyright from outside", partial(typed_outside.pyright, there))
        yield step("pyright --verifytypes", partial(typed_outside.completeness, there))
        yield step("licences", partial(licences.compare, there, ROOT))
        yield step("SBOM", partial(bill.write_sbom, there, dist, ROOT))


def _not_here(version: str) -> str:
    told = f"no Python {version} on this machine; name it: PYTHONS=/path/to/python{version}"
    raise NotHereError(told)


if __name__ == "__main__":
    sys.exit(main(os.environ))
