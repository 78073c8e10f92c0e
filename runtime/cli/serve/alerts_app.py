"""The commands for the alerts of a running server, and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from .model_app import CODES, AsJson, By, KeyEnv, KeyFile, Reason, Url
from .remote import DEFAULT_URL, KEY_VARIABLE, Place
from .told import this_user

Labels = Annotated[
    list[str],
    typer.Argument(metavar="NAME=VALUE...", help="As model=gpt-5 or alert=circuit_*; all fit."),
]

alerts_app = typer.Typer(
    help="The alerts of a running server: look at them, acknowledge and silence them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@alerts_app.command("list", epilog=CODES)
def list_alerts(
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """What fires and what is silenced; a key of the scope read is enough."""
    from . import alerts_commands as commands

    raise typer.Exit(commands.list_alerts(Place(url, key_env, key_file), as_json=as_json))


@alerts_app.command("ack", epilog=CODES)
def acknowledge(
    fingerprint: Annotated[str, typer.Argument(help="Of the alert, as the list has it.")],
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Say that you know: the alert is not repeated and not escalated any more."""
    from . import alerts_commands as commands

    told = _said(reason=reason, by=by)
    place = Place(url, key_env, key_file)
    raise typer.Exit(commands.acknowledge(place, fingerprint, told, as_json=as_json))


@alerts_app.command(epilog=CODES)
def silence(
    labels: Labels,
    duration: Annotated[str, typer.Option("--for", metavar="SPAN", help="As 30m or 2h.")] = "1h",
    comment: Annotated[str, typer.Option(help="Why.")] = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Do not tell alerts with these labels for a while."""
    from . import alerts_commands as commands

    told = _said(duration=duration, comment=comment, by=by)
    place = Place(url, key_env, key_file)
    raise typer.Exit(commands.silence(place, labels, told, as_json=as_json))


@alerts_app.command(epilog=CODES)
def unsilence(
    silence: Annotated[str, typer.Argument(help="Its id, as the list has it.")],
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """End a silence: what still fires is told."""
    from . import alerts_commands as commands

    told = _said(reason=reason, by=by)
    place = Place(url, key_env, key_file)
    raise typer.Exit(commands.unsilence(place, silence, told, as_json=as_json))


@alerts_app.command("test", epilog=CODES)
def try_channel(
    channel: Annotated[str, typer.Argument(help="The name of the channel.")],
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Send a notification that says nothing, and say what became of it."""
    from . import alerts_commands as commands

    place = Place(url, key_env, key_file)
    raise typer.Exit(commands.try_channel(place, channel, as_json=as_json))


def _said(*, by: str, **told: str) -> dict[str, str]:
    said = {name: value for name, value in told.items() if value}
    name = by or this_user()
    return {**said, "by": name} if name else said
