"""The commands and their options; each does nothing but call what it is for."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ...config.values.log_fields import LogFormat
from ...config.values.words import UnknownVariables
from .chaos.chaos_app import chaos_app
from .cluster.cluster_app import cluster_app
from .doctor.doctor_app import CODES as DOCTOR_CODES
from .doctor.doctor_app import doctor
from .files import usual_settings
from .history.history_app import history_app
from .next_steps import next_steps
from .report.report_app import CODES as REPORT_CODES
from .report.report_app import report
from .serve.adaptation_app import level_app, recovery
from .serve.alerts_app import alerts_app
from .serve.key_app import key_app
from .serve.model_app import CODES, drain, model_app, reload
from .top.top_app import top

EnvPrefix = Annotated[
    str, typer.Option(metavar="TEXT", help="What the variables of the settings begin with.")
]
IgnoreUnknown = Annotated[
    bool,
    typer.Option("--ignore-unknown-variables", help="Pass over variables that fit no setting."),
]

HowLogged = Annotated[
    LogFormat, typer.Option("--log-format", help="How the log on standard error is written.")
]

app: typer.Typer = typer.Typer(
    name="hive-resilience",
    help="Calls to AI models that go on while the models fail.",
    invoke_without_command=True,
    # A traceback must not show what is in local variables: prompts, and worse.
    pretty_exceptions_enable=False,
)
app.add_typer(history_app, name="history")
app.add_typer(key_app, name="key")
app.add_typer(model_app, name="model")
app.add_typer(alerts_app, name="alerts")
app.add_typer(chaos_app, name="chaos")
app.add_typer(level_app, name="level")
app.add_typer(cluster_app, name="cluster")
app.command("recovery", epilog=CODES)(recovery)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hive-resilience {version('hive-resilience')}")
        raise typer.Exit


def _unknown(ignore: bool) -> UnknownVariables:
    return "ignore" if ignore else "error"


@app.callback()
def root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="And exit.")
    ] = False,
) -> None:
    """Calls to AI models that go on while the models fail."""
    if context.invoked_subcommand is None:
        steps = next_steps(
            usual_settings(Path()),
            version("hive-resilience"),
            can_serve=find_spec("uvicorn") is not None,
        )
        typer.echo(steps)


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="Settings: a .yml, .toml or .json file.")],
    tasks: Annotated[
        str, typer.Option(metavar="FILE|-", help="Tasks, one JSON a line; -: standard input.")
    ] = "-",
    text: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="Tasks, one prompt a line, in place of --tasks."),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="A strategy, such as sequential or p2c, for tasks whose plan names none."
        ),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="Tasks under way at once; 10, or 1 with --stream."),
    ] = None,
    ordered: Annotated[bool, typer.Option(help="Results in the order of the tasks.")] = False,
    output: Annotated[
        str, typer.Option(metavar="FILE|-", help="Results, one JSON a line; -: standard output.")
    ] = "-",
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="The text of the answers as it comes, one after the other, on standard output; "
            "results then only to a file.",
        ),
    ] = False,
    env_prefix: EnvPrefix = "RESILIENCE_",
    ignore_unknown: IgnoreUnknown = False,
    log_format: Annotated[
        LogFormat,
        typer.Option("--log-format", help="json: the log, one JSON a line on standard error."),
    ] = LogFormat.TEXT,
) -> None:
    """Run the tasks of a file through the models of a configuration.

    A line is {"payload": ..., "id", "type", "priority", "timeout", "metadata", "plan"}, of which
    only the payload must be there; or a text; or a payload itself, with "prompt" or "messages".

    SIGHUP reads the configuration again while tasks run.

    Exit code: 0 all succeeded, 1 some failed or were refused, 2 it could not begin, 130 Ctrl-C,
    141 no program reads the results, 143 SIGTERM.
    """
    from .run.command import RunOptions, run_tasks

    if text is not None and tasks != "-":
        raise typer.BadParameter("tasks come from --tasks or from --text, not from both")
    options = RunOptions(
        config,
        tasks if text is None else text,
        strategy,
        concurrency,
        ordered,
        output,
        stream,
        text=text is not None,
        env_prefix=env_prefix,
        unknown_variables=_unknown(ignore_unknown),
        log_format=log_format,
    )
    raise typer.Exit(run_tasks(options))


@app.command()
def serve(
    config: Annotated[Path, typer.Argument(help="Settings: a .yml, .toml or .json file.")],
    host: Annotated[str, typer.Option(help="Off this machine only with --keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: a free one.")] = 8080,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The keys of the clients: see `hive-resilience key`."),
    ] = None,
    drain: Annotated[
        str, typer.Option(metavar="SPAN", help="What requests under way have to end, at the end.")
    ] = "30s",
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Processes; several need Ray.")
    ] = 1,
    env_prefix: EnvPrefix = "RESILIENCE_",
    ignore_unknown: IgnoreUnknown = False,
    log_format: HowLogged = LogFormat.TEXT,
) -> None:
    """Serve the models of a configuration over HTTP, as OpenAI and Anthropic do.

    SIGHUP reads the configuration and the keys again. SIGTERM and Ctrl-C let what is under way
    end; a second one ends at once. With --workers that many processes share one fleet.

    Exit code: 0 it was told to stop, 1 the address cannot be had, 2 the settings cannot be used.
    """
    from .serve.command import serve_fleet
    from .serve.options import ServeOptions

    unknown = _unknown(ignore_unknown)
    options = ServeOptions(
        config, host, port, keys, drain, env_prefix, unknown, log_format, workers
    )
    raise typer.Exit(serve_fleet(options))


@app.command()
def demo(
    duration: Annotated[float, typer.Option(min=0.1, metavar="S", help="Seconds.")] = 20.0,
    rate: Annotated[float, typer.Option(min=0.1, metavar="N", help="Tasks a second.")] = 50.0,
    strategy: Annotated[
        str, typer.Option(help="A strategy, such as sequential or p2c.")
    ] = "sequential",
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
) -> None:
    """See a fleet of models fail, and its tasks succeed."""
    from .demo.command import demo as run_demo

    raise typer.Exit(run_demo(duration=duration, rate=rate, strategy=strategy, as_json=as_json))


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="Settings: a .yml, .toml or .json file.")],
    env_prefix: EnvPrefix = "RESILIENCE_",
    ignore_unknown: IgnoreUnknown = False,
) -> None:
    """Say every mistake of a configuration; or all settings, and where each comes from.

    The environment and a .env beside the file count, as they do when it runs.

    Exit code: 0 it can be used, 2 it cannot.
    """
    from ...config.errors import ConfigurationError
    from ...config.loading.environment import Variables
    from .settings_commands import check as check_file

    try:
        variables = Variables(None, env_prefix, _unknown(ignore_unknown))
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from error
    raise typer.Exit(check_file(config, variables))


@app.command()
def schema(
    output: Annotated[
        str, typer.Option(metavar="FILE|-", help="Where to write it; -: standard output.")
    ] = "-",
) -> None:
    """Give the JSON Schema of configurations, for editors."""
    from .settings_commands import give_schema

    raise typer.Exit(give_schema(output))


@app.command()
def init(
    config: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("resilience.yml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
) -> None:
    """Write a commented configuration to start from."""
    from .settings_commands import init as write_starter

    raise typer.Exit(write_starter(config, force=force))


app.command(epilog=DOCTOR_CODES)(doctor)
app.command()(top)
app.command(epilog=REPORT_CODES)(report)
app.command(epilog=CODES)(drain)
app.command(epilog=CODES)(reload)
