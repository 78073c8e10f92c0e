"""The commands `hive-resilience key ...` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

KeyFile = Annotated[
    Path, typer.Option("--file", metavar="FILE", help="The file of keys: .yml or .json.")
]
_DEFAULT = Path("keys.yml")

key_app: typer.Typer = typer.Typer(
    help="The keys of a server's clients: a file has their digests, and none of them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@key_app.command()
def new(
    id: Annotated[str, typer.Option(help="The name of its holder.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="use (the default), read, admin or metrics; repeat it.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model or group that it may name; repeat it.")
    ] = None,
    rpm: Annotated[float | None, typer.Option(help="Requests a minute.")] = None,
    tpm: Annotated[float | None, typer.Option(help="Tokens a minute.")] = None,
    max_concurrent: Annotated[int | None, typer.Option(help="Requests at once.")] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="WHEN", help='"90d", "2027-01-31", or a time in UTC.')
    ] = None,
    file: KeyFile = _DEFAULT,
) -> None:
    """Make a key and print it, once; a second key of an id lets it take the place of the first.

    Exit code: 0 done, 1 the file cannot be written, 2 it cannot be used.
    """
    from .keys import NewKey, make

    wanted = NewKey(id, scope or (), model or (), rpm, tpm, max_concurrent, expires)
    raise typer.Exit(make(file, wanted))


@key_app.command("list")
def list_keys(file: KeyFile = _DEFAULT) -> None:
    """List the keys: holders, digests and limits, and no key."""
    from .keys import show

    raise typer.Exit(show(file))


@key_app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The name of its holder.")],
    digest: Annotated[
        str, typer.Option(metavar="PREFIX", help="Only the key whose digest begins like this.")
    ] = "",
    file: KeyFile = _DEFAULT,
) -> None:
    """Take the keys of a holder away; a running server refuses them from the next second on."""
    from .keys import end

    raise typer.Exit(end(file, id, digest))
