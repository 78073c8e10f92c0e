"""The commands for chaos experiments, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..serve.model_app import CODES as ASKING_CODES
from ..serve.model_app import AsJson, By, KeyEnv, KeyFile, Reason, Url
from ..serve.remote import DEFAULT_URL, KEY_VARIABLE, Place
from ..serve.told import Told

CODES = "Exit code: 0 the steady state held, 1 it deviated, 2 refused, 3 aborted."
File = Annotated[Path, typer.Argument(help="An experiment: YAML or JSON, as Chaos Toolkit's.")]

chaos_app = typer.Typer(
    help="Faults on purpose, against a running server: see docs/chaos.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@chaos_app.command(epilog="Exit code: 0 all can be run, 2 one cannot.")
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Experiments.")],
) -> None:
    """Read experiments, and say what is wrong with them; nothing is asked and nothing done."""
    from . import commands

    raise typer.Exit(commands.validate(files))


@chaos_app.command(epilog=CODES)
def run(
    file: File,
    seed: Annotated[int, typer.Option(help="The same seed hits the same calls.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the probes, and inject nothing.")
    ] = False,
    allow_outage: Annotated[
        bool, typer.Option("--allow-outage", help="Even if no usable model may be left.")
    ] = False,
    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the journal there, as JSON.")
    ] = None,
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Run an experiment, and report what it has shown. Ctrl-C ends it and clears its faults."""
    from . import commands

    options = commands.RunOptions(seed, dry_run, allow_outage, journal, as_json)
    raise typer.Exit(commands.run(file, Place(url, key_env, key_file), options))


@chaos_app.command(epilog=ASKING_CODES)
def stop(
    experiment: Annotated[str, typer.Argument(help="Its id; without one all are stopped.")] = "",
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Stop what runs: every fault is cleared at once."""
    from . import commands

    place, told = Place(url, key_env, key_file), Told(reason, by)
    raise typer.Exit(commands.stop(place, experiment, told, as_json=as_json))
