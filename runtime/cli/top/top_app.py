"""The command `top` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..serve.remote import KEY_VARIABLE, Place


def top(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A runtime of this machine, by the name in its settings (top: NAME) or the path "
            "of its socket; by default the only one there is.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A running server; http://127.0.0.1:8080 where no runtime is offered.",
        ),
    ] = None,
    key_env: Annotated[
        str, typer.Option(metavar="NAME", help="The variable with a key of the scope read.")
    ] = KEY_VARIABLE,
    key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file with the key, in place of a variable."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One look, as plain text.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One look, as JSON.")] = False,
) -> None:
    """Watch a fleet: is anything wrong, since when, why, and what is done about it.

    It looks once a second. Keys: q, p pause, s sort, arrows select, / filter, ? help. A pipe gets
    one look as plain text. Models are operated with `hive-resilience model`.

    Exit code: 0 done, 1 the server refused, 2 there is nothing to watch or it could not be asked,
    130 Ctrl-C, 141 no program reads the output.
    """
    from .command import TopOptions
    from .command import top as watch

    if name is not None and url is not None:
        raise typer.BadParameter("give the name of a runtime or --url, not both")
    place = Place(key_env=key_env, key_file=key_file)
    raise typer.Exit(watch(TopOptions(place, name, url, once, as_json)))
