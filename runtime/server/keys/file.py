"""The file of keys: a list of entries, in YAML or JSON, that a person can read."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
from pydantic import ValidationError

from ....config.errors import ConfigurationError, Problem
from ....config.loading.document import Document, unreadable
from ....config.loading.formats import read_document
from ....config.values.values import is_list
from .entry import KeyEntry

MOST_OF_ONE_ID = 2
"""Keys of one id: the present one, and its replacement."""
_WHAT_IT_IS = "# The keys of the server, as digests: hive-resilience key new|list|revoke\n"


def read_entries(path: Path) -> tuple[KeyEntry, ...]:
    """The entries of the file. Raises `ConfigurationError` with every mistake; it quotes no value.

    A file without any content is a mistake. An empty list is none: there are no keys.
    """
    document = read_document(path)
    if not is_list(document.content):
        raise unreadable(document.file, "should be a list of keys, each with an id and a sha256")
    problems = list(document.problems)
    entries: list[KeyEntry] = []
    for at, content in enumerate(document.content):
        try:
            entries.append(KeyEntry.model_validate(content))
        except ValidationError as error:
            problems.extend(_problems(document, at, error))
    problems.extend(_collisions(document, entries) if not problems else ())
    if problems:
        raise ConfigurationError.of(problems)
    return tuple(entries)


def write_entries(path: Path, entries: Sequence[KeyEntry]) -> None:
    """Put a whole new file in the place of the old, for its owner alone. Raises `OSError`.

    Comments of the old file are lost.
    """
    # What a link leads to is replaced, and not the link.
    path = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with open(handle, "wb") as file:
            file.write(_text(path, entries))
            file.flush()
            os.fsync(file.fileno())
        _give_to_owner_of(path, name)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Keeps other commands from changing the file meanwhile, where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    folder = os.open(Path(os.path.realpath(path)).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _problems(document: Document, at: int, error: ValidationError) -> Iterator[Problem]:
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        path = (at, *one["loc"])
        key = ".".join(map(str, path))
        told = one["msg"].removeprefix("Value error, ").replace("Input should", "should")
        yield Problem(document.file, document.line_of(path), key, None, told)


def _collisions(document: Document, entries: list[KeyEntry]) -> Iterator[Problem]:
    digests = Counter(entry.sha256 for entry in entries)
    ids = Counter(entry.id for entry in entries)
    for at, entry in enumerate(entries):
        line = document.line_of((at,))
        if digests[entry.sha256] > 1:
            yield Problem(document.file, line, f"{at}.sha256", None, "is the key of two entries")
        if ids[entry.id] > MOST_OF_ONE_ID:
            told = f"there are {ids[entry.id]} keys of this id: {MOST_OF_ONE_ID} are allowed"
            yield Problem(document.file, line, f"{at}.id", None, told)


def _text(path: Path, entries: Sequence[KeyEntry]) -> bytes:
    content = [entry.model_dump(mode="json", exclude_none=True) for entry in entries]
    if path.suffix.lower() == ".json":
        return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"
    import yaml

    text: str = yaml.safe_dump(content, sort_keys=False)  # pyright: ignore[reportUnknownMemberType]
    return (_WHAT_IT_IS + text).encode()


def _give_to_owner_of(path: Path, name: str) -> None:
    """Root may change the file of another user, and that user's server has to read it."""
    with suppress(OSError, AttributeError):
        before = path.stat()
        os.chown(name, before.st_uid, before.st_gid)
