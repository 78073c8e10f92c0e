"""The commands for a running server, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .remote import DEFAULT_URL, KEY_VARIABLE, Place
from .told import Told

Url = Annotated[str, typer.Option(metavar="URL", help="Where the server is.")]
KeyEnv = Annotated[
    str, typer.Option(metavar="NAME", help="The variable with a key of the scope admin.")
]
KeyFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file with the key, in place of a variable.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The answer of the server as it is.")]
Model = Annotated[str, typer.Argument(help="The id of the model.")]
Reason = Annotated[str, typer.Option(help="Why: for the events and the audit of the server.")]
By = Annotated[str, typer.Option(metavar="NAME", help="On whose behalf; by default this user.")]

CODES = "Exit code: 0 done, 1 the server refused, 2 it could not be asked."

model_app: typer.Typer = typer.Typer(
    help="The models of a running server: look at them, and operate them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@model_app.command("list", epilog=CODES)
def list_models(
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """The state of each model; a key of the scope read is enough."""
    from . import operating

    raise typer.Exit(operating.list_models(Place(url, key_env, key_file), as_json=as_json))


@model_app.command(epilog=CODES)
def trip(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Open the breaker of a model for a recovery timeout."""
    _operate(Place(url, key_env, key_file), model, "trip", Told(reason, by), as_json)


@model_app.command(epilog=CODES)
def reset(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Close the breaker of a model and forget its failures."""
    _operate(Place(url, key_env, key_file), model, "reset", Told(reason, by), as_json)


@model_app.command(epilog=CODES)
def maintenance(
    model: Model,
    leave: Annotated[bool, typer.Option("--leave", help="Send it tasks again.")] = False,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Send a model no more tasks; its running tasks go on."""
    verb = "leave_maintenance" if leave else "maintenance"
    _operate(Place(url, key_env, key_file), model, verb, Told(reason, by), as_json)


@model_app.command(epilog=CODES)
def restart(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Restart the actor of a model, also out of quarantine."""
    _operate(Place(url, key_env, key_file), model, "restart", Told(reason, by), as_json)


@model_app.command("force-open", epilog=CODES)
def force_open(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Open the breaker of a model until it is reset."""
    _operate(Place(url, key_env, key_file), model, "force_open", Told(reason, by), as_json)


@model_app.command(epilog=CODES)
def disable(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Switch the breaker of a model off until it is reset: it counts nothing, and never opens."""
    _operate(Place(url, key_env, key_file), model, "disable", Told(reason, by), as_json)


@model_app.command("metrics-only", epilog=CODES)
def metrics_only(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Let the breaker of a model count, and never open, until it is reset."""
    _operate(Place(url, key_env, key_file), model, "metrics_only", Told(reason, by), as_json)


@model_app.command("check-health", epilog=CODES)
def check_health(
    model: Model,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Probe a model now, and wait for the result."""
    _operate(Place(url, key_env, key_file), model, "check_health", Told(reason, by), as_json)


def drain(
    timeout: Annotated[
        float, typer.Option(min=0.0, max=86_400.0, metavar="S", help="Seconds to wait.")
    ] = 30.0,
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Let a running server take no more requests, and wait for those under way.

    There is no way back; the process goes on until SIGTERM.
    """
    from . import operating

    place = Place(url, key_env, key_file)
    raise typer.Exit(operating.drain(place, timeout, Told(reason, by), as_json=as_json))


def reload(
    reason: Reason = "",
    by: By = "",
    url: Url = DEFAULT_URL,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Let a running server read its settings again; a mistake in them changes nothing."""
    from . import operating

    place = Place(url, key_env, key_file)
    raise typer.Exit(operating.reload(place, Told(reason, by), as_json=as_json))


def _operate(place: Place, model_id: str, verb: str, told: Told, as_json: bool) -> None:
    from . import operating

    raise typer.Exit(operating.operate(place, model_id, verb, told, as_json=as_json))
