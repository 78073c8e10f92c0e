"""The command `hive-resilience report` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..serve.model_app import KeyEnv, KeyFile
from ..serve.remote import KEY_VARIABLE, Place

CODES = (
    "Exit code: 0 done, 1 there is no such history, or the server cannot be asked, "
    "2 an option cannot be used."
)


def report(
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="A folder of a history, or a file; several times: all are read as one. By "
            "default that of --config, or history.",
        ),
    ] = None,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Ask a running server in place of reading files.")
    ] = "",
    since: Annotated[
        str, typer.Option(metavar="WHEN", help='"7d" before now, or a time as 2027-01-31T12:00Z.')
    ] = "7d",
    until: Annotated[str, typer.Option(metavar="WHEN", help="As --since; by default now.")] = "",
    compare: Annotated[
        str,
        typer.Option(
            metavar="PERIOD",
            help='Beside another period: "previous" (as long, right before), or "14d..7d".',
        ),
    ] = "",
    format: Annotated[
        str, typer.Option(metavar="text|json|html", help="How it is written.")
    ] = "text",
    output: Annotated[
        str, typer.Option(metavar="FILE|-", help="Where to; -: standard output.")
    ] = "-",
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The settings of the fleet: for advice on them, and for costs by direction.",
        ),
    ] = None,
    injected: Annotated[
        bool, typer.Option("--with-injected", help="Count failures of experiments as all others.")
    ] = False,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
) -> None:
    """Tell what a fleet has done: answers, incidents, models, costs, and what to set.

    A running server is asked with a key of the scope read, and knows its own settings.
    """
    from .command import Options, write_report

    if url and (folders or config):
        raise typer.BadParameter("--url asks a server: --from and --config are for files")
    place = Place(url, key_env, key_file) if url else None
    words = since, until, compare, format, output
    raise typer.Exit(write_report(Options(tuple(folders or ()), place, config, injected, *words)))
