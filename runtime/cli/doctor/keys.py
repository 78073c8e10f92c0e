"""Whether the secrets are there that the settings name; not a letter of them is shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from ....actors.policies.outcomes.errors import ModelAuthenticationError
from ....config.settings.model import ModelConfig
from ....config.settings.runtime import RuntimeConfig
from ....config.values.values import is_mapping
from ...executors.http.api_key import ApiKey
from .finding import Finding, mend, note, well
from .leaves import Leaf, enabled_models, leaves

CHECK = "keys"
_AUTHORITIES = "ca_file"
"""A file that is no secret; the way to the server uses it."""
USUAL = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""Where the clients of the providers look for a key by themselves."""


def check_keys(config: RuntimeConfig) -> Iterator[Finding]:
    """A finding for each variable and each file that should hold a secret."""
    for leaf in leaves(config):
        if leaf.name == "headers" and is_mapping(leaf.value):
            yield from _of_headers(leaf.key, leaf.value)
        elif isinstance(leaf.value, str):
            yield from _of_a_setting(leaf)
    for model in enabled_models(config):
        yield from _usual(model)


def _of_a_setting(leaf: Leaf) -> Iterator[Finding]:
    if leaf.name.endswith("_env"):
        yield _found(leaf.key, env=str(leaf.value))
    elif leaf.name.endswith("_file") and leaf.name != _AUTHORITIES:
        yield _found(leaf.key, file=str(leaf.value))


def _of_headers(key: str, headers: Mapping[object, object]) -> Iterator[Finding]:
    for name, value in headers.items():
        if is_mapping(value):
            place = {kind: str(where) for kind, where in value.items()}
            yield _found(f"{key}.{name}", env=place.get("env"), file=place.get("file"))


def _usual(model: ModelConfig) -> Iterator[Finding]:
    variable = USUAL.get(model.provider or "")
    if variable is None or model.executor is not None:
        return
    if model.api_key_env is None and model.api_key_file is None:
        yield _found(f"models.{model.id}", env=variable)


def _found(key: str, env: str | None = None, file: str | None = None) -> Finding:
    try:
        ApiKey(env, file, "the secret").read(None)
    except ModelAuthenticationError as error:
        return mend(CHECK, key, str(error), _advice(env))
    if file is not None and _others_read(file):
        advice = f"chmod 600 {file}"
        return note(CHECK, key, f"{file} has it, and other users of this machine read it", advice)
    return well(CHECK, key, f"{env or file} has it")


def _advice(env: str | None) -> str:
    if env is not None:
        return f"set it where the program starts: export {env}=..."
    return "write the secret alone into the file, readable for the program's user"


def _others_read(file: str) -> bool:
    if os.name != "posix":
        return False
    try:
        return bool(Path(file).stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
