"""The page on licences: of each package that an extra brings, out of its own metadata.

`python -m tests.release.licences` prints the page as the environment that runs it has the packages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from .asked_for import packages
from .steps import FailedError, run

PAGE = "docs/licences.md"
_HEAD = """# Licences

hive-resilience is under the MIT licence. This page has the licence of each package that it or one
of its extras asks for, by that package's own metadata. What these packages need in turn is in the
SBOM of a release. `python -m tests.release.licences` makes this page, and `make release` compares
it with an environment that has all of them.

| Extra | Package | Licence |
| --- | --- | --- |
"""
_CLASSIFIER = "License :: "
_KNOWN = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "MIT License": "MIT",
}
_NAMES = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "lgpl": "LGPL",
    "lgplv3+": "LGPL-3.0-or-later",
    "mit license": "MIT",
}
"""Spellings of one licence in metadata; another version of a package may spell it otherwise."""


def licence_of(package: str) -> str | None:
    """The licence by the metadata of an installed package; None: it is not installed."""
    try:
        found = metadata(package)
    except PackageNotFoundError:
        return None
    return chosen(found.get_all("License-Expression") or [], found.get_all("License") or [],
                  found.get_all("Classifier") or [])  # fmt: skip


def chosen(expressions: list[str], texts: list[str], classifiers: list[str]) -> str:
    """One name out of the three places where metadata may say it.

    >>> chosen([], ["MIT License"], []), chosen([], [], ["License :: OSI Approved :: BSD License"])
    ('MIT', 'BSD')
    """
    if expressions:
        return expressions[0]
    short = [text for text in texts if len(text) < 60 and "\n" not in text]
    if short and short[0] not in ("", "UNKNOWN"):
        return _NAMES.get(short[0].lower(), short[0])
    ends = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith(_CLASSIFIER)]
    return _KNOWN.get(ends[0], ends[0]) if ends else "not stated"


def rows(licences: Mapping[str, str | None]) -> str:
    """The table, one line for each extra and package."""
    return "".join(
        f"| `{extra}` | {name} | {licences.get(name) or 'not installed'} |\n"
        for extra, names in packages().items()
        for name in names
    )


def everywhere() -> dict[str, str | None]:
    """The licence of each package of ours in this environment."""
    return {name: licence_of(name) for names in packages().values() for name in names}


def compare(there: Path, root: Path) -> str:
    """Whether the page says what the packages of an environment say."""
    code = "import json, tests.release.licences as l; print(json.dumps(l.everywhere()))"
    found: dict[str, str | None] = json.loads(run([there, "-c", code], root))
    page = (root / PAGE).read_text("utf-8")
    differing = [line for line in rows(found).splitlines() if line not in page]
    if differing:
        raise FailedError(f"{PAGE} does not have:\n" + "\n".join(differing))
    return f"{len(found)} packages, as the page says"


if __name__ == "__main__":
    sys.stdout.write(_HEAD + rows(everywhere()))
