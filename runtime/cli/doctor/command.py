"""`hive-resilience doctor`: from options to an exit code."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ....config.errors import ConfigurationError
from ....config.loading.environment import Variables
from ....config.loading.load import read_with_places
from ....config.settings.runtime import RuntimeConfig
from ....config.values.units import ALREADY_SECONDS, Positive
from ....config.values.words import UnknownVariables
from ..files import usual_settings
from ..settings_commands import refuse, tell
from .asking import ask_models
from .extras import check_extras, list_extras
from .finding import Finding, note, well
from .keys import check_keys
from .machine import check_machine, limit_of, told_of_files, told_of_port
from .reach import check_servers
from .telling import as_json, as_text, is_well

ALL_WELL, TO_MEND = 0, 1
USUAL_PORT = 8080
_LONGEST = 60.0
_FEW_FILES = 256
"""Open files of a program with hardly a fleet."""


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """What the command line says; no `settings`: those of the working directory, if any."""

    settings: Path | None = None
    ask: bool = False
    timeout: str = "5s"
    host: str = "127.0.0.1"
    port: int | None = None
    json: bool = False
    env_prefix: str = "RESILIENCE_"
    unknown_variables: UnknownVariables = "error"


def doctor(options: DoctorOptions) -> int:
    """Check the settings against the world; returns the exit code."""
    path = options.settings or usual_settings(Path())
    try:
        limit = _seconds(options.timeout)
        if path is None:
            return _tell(options, "none", _without_settings(options))
        variables = Variables(None, options.env_prefix, options.unknown_variables)
        config, draft = read_with_places(path, variables)
    except ConfigurationError as error:
        return refuse(error)
    warnings = [note("settings", path.name, str(warning)) for warning in draft.warnings]
    return _tell(options, str(path), [*warnings, *_examined(options, path, config, limit)])


def _examined(
    options: DoctorOptions, path: Path, config: RuntimeConfig, limit: float
) -> list[Finding]:
    found = [_told_of_settings(path, config), *_not_looked_at(config)]
    found += [*check_extras(config, path), *check_keys(config), *check_machine(config)]
    found += _port(options)
    found += asyncio.run(check_servers(config, limit))
    if options.ask:
        found += asyncio.run(ask_models(config))
    elif config.models:
        found.append(note("answer", "models", "not asked", "--ask sends each a tiny request"))
    return found


def _without_settings(options: DoctorOptions) -> list[Finding]:
    files = limit_of("RLIMIT_NOFILE")
    told = "none given, and none in this folder: only the machine is looked at"
    found = [note("settings", "none", told, "hive-resilience init writes some to start from")]
    found += list_extras()
    if files is not None:
        found.append(told_of_files(_FEW_FILES, *files))
    return [*found, *_port(options)]


def _told_of_settings(path: Path, config: RuntimeConfig) -> Finding:
    count = len(config.models)
    if not count:
        advice = "Python has to give some: Runtime(config, models=[...])"
        return note("settings", path.name, "they can be used, and have no models", advice)
    told = f"they can be used: {count} {'model' if count == 1 else 'models'}"
    return well("settings", path.name, told)


def _not_looked_at(config: RuntimeConfig) -> list[Finding]:
    idle = [model.id for model in config.models if not model.enabled]
    told = "not enabled: nothing of it is looked at"
    return [note("settings", f"models.{model_id}", told) for model_id in idle]


def _port(options: DoctorOptions) -> list[Finding]:
    port = USUAL_PORT if options.port is None else options.port
    return [told_of_port(options.host, port, asked_for=options.port is not None)]


def _tell(options: DoctorOptions, settings: str, findings: list[Finding]) -> int:
    telling = as_json if options.json else as_text
    failed = tell(telling(settings, findings))
    return failed or (ALL_WELL if is_well(findings) else TO_MEND)


def _seconds(span: str) -> float:
    try:
        found = TypeAdapter[float](Positive).validate_python(span, context=ALREADY_SECONDS)
    except ValidationError as error:
        told = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"--timeout: {told}") from None
    if found > _LONGEST:
        raise ConfigurationError(f"--timeout: at most {_LONGEST:g} s, not {span}")
    return found
