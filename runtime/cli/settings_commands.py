"""`hive-resilience check`, `schema` and `init`: from a path to an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import orjson

from ...config.errors import ConfigurationError
from ...config.export.schema import schema
from ...config.loading.environment import Variables
from ...config.loading.executors import has_a_caller
from ...config.loading.load import read_with_places
from ...config.loading.sources import Setting, settings_of
from ...config.settings.runtime import RuntimeConfig
from ...config.values.secrets import ELLIPSIS
from .explained import say_where

DONE, FAILED, UNUSABLE = 0, 1, 2
STANDARD = "-"
NOBODY_READS = 141
"""What a shell reports for a program that wrote to a closed pipe (128 + SIGPIPE)."""
_WIDEST = 40
"""Longer values move their own source aside, not those of all others."""
_YAML = (".yml", ".yaml")


def check(path: Path, variables: Variables) -> int:
    """Say every mistake of a file, or what is in effect and where each setting comes from."""
    try:
        config, draft = read_with_places(path, variables)
    except ConfigurationError as error:
        return refuse(error)
    told = tell("\n".join(_table(list(settings_of(config, draft)))))
    for note in (*draft.warnings, *_notes(config)):
        print(f"note: {note}", file=sys.stderr)
    return told


def give_schema(output: str) -> int:
    """The JSON Schema of settings files, to a file or ("-") to standard output."""
    text = orjson.dumps(schema(), option=orjson.OPT_INDENT_2).decode()
    if output == STANDARD:
        return tell(text)
    try:
        Path(output).write_text(text + "\n", "utf-8")
    except OSError as error:
        return say_no(f"{output}: cannot be written: {error.strerror}")
    return DONE


def init(path: Path, *, force: bool) -> int:
    """Write a commented file to start from; one that is there stays, unless `force`."""
    if path.suffix.lower() not in _YAML:
        return say_no(f"{path}: what is written is YAML: name it .yml")
    text = files(str(__package__)).joinpath("starter.yml").read_bytes()
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(text.replace(b"resilience.yml", path.name.encode()))
    except FileExistsError:
        return say_no(f"{path}: is there already; --force writes over it")
    except OSError as error:
        return say_no(f"{path}: cannot be written: {error.strerror}")
    return tell(f"{path} is written; look at it with: hive-resilience check {path}")


def tell(text: str) -> int:
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        # Else the interpreter would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return NOBODY_READS
        say_no(f"the output could not be written: {error.strerror}")
        return FAILED
    return DONE


def refuse(error: ConfigurationError) -> int:
    problems = error.problems or (error,)
    for problem in problems:
        print(problem, file=sys.stderr)
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    code = say_no(f"{count}; it cannot be used")
    say_where(error)
    return code


def say_no(message: str) -> int:
    print(f"hive-resilience: {message}", file=sys.stderr)
    return UNUSABLE


def _table(settings: list[Setting]) -> Iterator[str]:
    key = max((len(one.key) for one in settings), default=0)
    value = min(max((len(one.value) for one in settings), default=0), _WIDEST)
    for one in settings:
        yield f"{one.key:{key}}  {one.value:{value}}  {one.source}"


def _notes(config: RuntimeConfig) -> Iterator[str]:
    """What only shows when it runs, and need not be a mistake."""
    if not config.models:
        yield "there are no models; Python has to give some: Runtime(config, models=[...])"
    alone = [model.id for model in config.models if not has_a_caller(model)]
    if alone:
        yield f"nothing to ask, so that Python has to give the executors: {_some(alone)}"
    for model in config.models:
        if model.health_check.endpoint == ELLIPSIS:
            yield f"models.{model.id}.health_check.endpoint: {ELLIPSIS} stands for a URL"
        variable, file = model.api_key_env, model.api_key_file
        if variable is not None and not os.environ.get(variable):
            yield f"models.{model.id}.api_key_env: {variable} is not set here"
        if file is not None and not os.access(file, os.R_OK):
            yield f"models.{model.id}.api_key_file: {file} cannot be read here"


def _some(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - 10} more" if len(first) > 10 else ""
    return ", ".join(first[:10]) + more
