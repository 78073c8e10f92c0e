"""The command `hive-resilience doctor` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....config.values.words import UnknownVariables

CODES = (
    "Exit code: 0 nothing has to be mended, 1 something has, 2 the settings or an option cannot "
    "be used."
)


def doctor(
    config: Annotated[
        Path | None,
        typer.Argument(
            help="Settings; by default a resilience.yml, .toml or .json of this folder."
        ),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Send each model one tiny request, which may cost money.")
    ] = False,
    timeout: Annotated[
        str, typer.Option(metavar="SPAN", help="The longest look at a server; at most 60s.")
    ] = "5s",
    host: Annotated[str, typer.Option(help="Where `serve` is to listen.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="The port that `serve` is to have; 8080 by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
    env_prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="What the variables of the settings begin with.")
    ] = "RESILIENCE_",
    ignore_unknown: Annotated[
        bool,
        typer.Option("--ignore-unknown-variables", help="Pass over variables that fit no setting."),
    ] = False,
) -> None:
    """Check settings against the world, and say what to mend.

    It looks at keys, servers, certificates, the clock, limits, folders and extras. Models are not
    asked without --ask. No secret is shown.
    """
    from .command import DoctorOptions
    from .command import doctor as examine

    unknown: UnknownVariables = "ignore" if ignore_unknown else "error"
    raise typer.Exit(
        examine(DoctorOptions(config, ask, timeout, host, port, as_json, env_prefix, unknown))
    )
