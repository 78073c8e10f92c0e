"""The commands for the level and the recovery of a running server, and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from .model_app import CODES, AsJson, By, KeyEnv, KeyFile, Reason, Url
from .remote import DEFAULT_URL, KEY_VARIABLE, Place
from .told import Told

level_app = typer.Typer(
    help="How bad the fleet of a running server is: look at it, and set it by hand.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Level = Annotated[str, typer.Argument(help="none, minor, moderate, severe or critical.")]
Span = Annotated[
    str, typer.Option("--for", metavar="SPAN", help="As 30m or 2h; without: until a release.")
]


@level_app.command(epilog=CODES)
def status(
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """The level, why it holds and what is done; a key of the scope read is enough."""
    from . import adaptation_commands as commands

    raise typer.Exit(commands.level(Place(url, key_env, key_file), as_json=as_json))


@level_app.command(epilog=CODES)
def hold(
    level: Level,
    duration: Span = "",
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Set the level by hand."""
    from . import adaptation_commands as commands

    place, told = Place(url, key_env, key_file), Told(reason, by)
    raise typer.Exit(commands.hold(place, level, duration, told, as_json=as_json))


@level_app.command(epilog=CODES)
def release(
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Let the figures say what the level is."""
    from . import adaptation_commands as commands

    place, told = Place(url, key_env, key_file), Told(reason, by)
    raise typer.Exit(commands.release(place, told, as_json=as_json))


def recovery(
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """What a server has done by itself for its models; a key of the scope read is enough."""
    from . import adaptation_commands as commands

    raise typer.Exit(commands.recovery(Place(url, key_env, key_file), as_json=as_json))
