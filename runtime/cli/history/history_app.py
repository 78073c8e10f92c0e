"""The commands `hive-resilience history ...` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="The folder of the history, or one file of it.")]
What = Annotated[str, typer.Argument(metavar="WHAT", help="series, events, audit, alerts or gaps.")]
Since = Annotated[
    str, typer.Option(metavar="WHEN", help='"2h", "7d" before now, or a time as 2027-01-31T12:00Z.')
]
Until = Annotated[str, typer.Option(metavar="WHEN", help="As --since; by default now.")]
Model = Annotated[
    str | None, typer.Option(metavar="ID", help='Of one model; "" for the whole fleet.')
]
Step = Annotated[str, typer.Option(metavar="SPAN", help='Steps of a series: "1m", "1h", "1d".')]

_DEFAULT = Path("history")
CODES = "Exit code: 0 done, 1 there is no such history, 2 an option cannot be used."

history_app: typer.Typer = typer.Typer(
    help="The history that a runtime keeps: look at it, take it away, make it smaller.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@history_app.command(epilog=CODES)
def query(
    what: What = "series",
    folder: Folder = _DEFAULT,
    since: Since = "24h",
    until: Until = "",
    model: Model = None,
    step: Step = "1h",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what was recorded: of all files in the folder together, also while a server writes."""
    from .asking import Question
    from .query import show

    raise typer.Exit(show(folder, Question(what, since, until, model, step), as_json=as_json))


@history_app.command(epilog=CODES)
def export(
    what: What = "series",
    folder: Folder = _DEFAULT,
    since: Since = "3650d",
    until: Until = "",
    model: Model = None,
    step: Step = "1m",
    format: Annotated[str, typer.Option(metavar="csv|jsonl", help="How it is written.")] = "jsonl",
    output: Annotated[
        str, typer.Option(metavar="FILE|-", help="Where to; -: standard output.")
    ] = "-",
) -> None:
    """Write what was recorded as CSV or as JSON lines, however much it is."""
    from .asking import Question
    from .export import write

    raise typer.Exit(write(folder, Question(what, since, until, model, step), format, output))


@history_app.command(epilog=CODES)
def prune(
    folder: Folder = _DEFAULT,
    older_than: Annotated[
        str, typer.Option(metavar="SPAN", help="What is older goes; by default as the settings do.")
    ] = "",
) -> None:
    """Delete what is old from files that no process writes, and files that have nothing left.

    A server prunes its own file by its settings, all the time.
    """
    from .prune import prune as prune_files

    raise typer.Exit(prune_files(folder, older_than))
