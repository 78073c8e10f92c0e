"""sdist and wheel of the last commit, twice, from two places: they have to be the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from .steps import FailedError, NotHereError, python, run

_UMASK = 0o022
"""Files that setuptools makes have the rights of the process in the wheel."""
_ZONES = ("UTC", "Pacific/Kiritimati")


def epoch_of(root: Path) -> int:
    """When the last commit was made: the time that stands in all files of the release."""
    if not (root / ".git").exists():
        raise NotHereError("a release is made from a clone, and there is no .git here")
    return int(run(["git", "log", "-1", "--format=%ct"], root).strip())


def uncommitted(root: Path) -> list[str]:
    """The files whose changes are no part of what is built."""
    return run(["git", "status", "--porcelain"], root).splitlines()


def build_twice(root: Path, work: Path, dist: Path) -> str:
    """Build in two copies: at other paths, in other time zones, with another order of hashes."""
    epoch = epoch_of(root)
    builds = [_build(root, work / name, epoch, at) for at, name in enumerate(("a", "other/b"))]
    differences = differing(*builds)
    if differences:
        raise FailedError(f"not the same bytes in both builds: {', '.join(differences)}")
    dist.mkdir(exist_ok=True)
    for old in [*dist.glob("*.whl"), *dist.glob("*.tar.gz")]:
        old.unlink()
    for name, content in builds[0].items():
        (dist / name).write_bytes(content)
    told = f"{' and '.join(sorted(builds[0]))}, both times the same bytes"
    changes = uncommitted(root)
    return f"{told}; {len(changes)} files with later changes are not in it" if changes else told


def _build(root: Path, place: Path, epoch: int, at: int) -> dict[str, bytes]:
    source, into = place / "source", place / "dist"
    source.mkdir(parents=True)
    run(["git", "archive", "--format=tar", f"--output={place / 'source.tar'}", "HEAD"], root)
    mask = os.umask(_UMASK)
    try:
        with tarfile.open(place / "source.tar") as archive:
            archive.extractall(source, filter="tar")
        env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TZ": _ZONES[at]}
        env["PYTHONHASHSEED"] = str(at)
        run(python("-m", "build", "--no-isolation", "--outdir", into, source), source, env)
    finally:
        os.umask(mask)
    for sdist in into.glob("*.tar.gz"):
        sdist.write_bytes(normalised(sdist.read_bytes(), epoch))
    return {path.name: path.read_bytes() for path in into.iterdir()}


def normalised(sdist: bytes, epoch: int) -> bytes:
    """The same archive without what belongs to the machine: times, owners, rights, the order.

    setuptools heeds SOURCE_DATE_EPOCH in wheels alone.
    """
    content = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as old,
        tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            file = old.extractfile(member) if member.isfile() else None
            member.mtime, member.uid, member.gid = epoch, 0, 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, file)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=epoch) as into:
        into.write(content.getvalue())
    return packed.getvalue()


def differing(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> list[str]:
    """The names of files that are not the same in both."""
    return sorted(name for name in {*first, *second} if first.get(name) != second.get(name))


def sums(files: Mapping[str, bytes]) -> str:
    """SHA-256 of each file, as `sha256sum --check` reads them."""
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(files.items())
    )
