"""The commands for a whole cluster, and their options."""

from __future__ import annotations

from typing import Annotated

import typer

from ..serve.model_app import AsJson, By, KeyEnv, KeyFile, Reason
from ..serve.remote import KEY_VARIABLE
from ..serve.told import Told

CODES = "Exit code: 0 done, 1 refused or the owners do not answer, 2 it could not be asked."
Url = Annotated[
    str | None, typer.Option(metavar="URL", help="A server of the cluster; by default the local.")
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT", help="The Ray cluster itself, in place of a server (extra ray)."
    ),
]
Name = Annotated[
    str | None, typer.Option(metavar="NAME", help="The fleet there, as `cluster.name` has it.")
]

cluster_app: typer.Typer = typer.Typer(
    help="All processes that share one fleet: see docs/cluster.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@cluster_app.command(epilog=CODES)
def status(
    url: Url = None,
    address: Address = None,
    name: Name = None,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Each process, and each model summed over all; a key of the scope read is enough."""
    from . import commands

    where = commands.Where(url, address, name, key_env, key_file)
    raise typer.Exit(commands.status(where, as_json=as_json))


@cluster_app.command(epilog=CODES)
def operate(
    model: Annotated[str, typer.Argument(help="The id of the model.")],
    verb: Annotated[str, typer.Argument(help="trip, reset, force_open, disable or metrics_only.")],
    reason: Reason = "",
    by: By = "",
    url: Url = None,
    address: Address = None,
    name: Name = None,
    key_env: KeyEnv = KEY_VARIABLE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Change the breaker of a model in all processes at once."""
    from . import commands

    where = commands.Where(url, address, name, key_env, key_file)
    told = Told(reason, by)
    raise typer.Exit(commands.operate(where, model, verb, told, as_json=as_json))
