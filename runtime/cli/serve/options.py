"""What the command line says of a server."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from ....config.errors import ConfigurationError
from ....config.values.log_fields import LogFormat
from ....config.values.units import ALREADY_SECONDS, Positive
from ....config.values.words import UnknownVariables


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """`keys` None: there are none. With more than one of `workers` they share one fleet."""

    config: Path
    host: str = "127.0.0.1"
    port: int = 8080
    keys: Path | None = None
    drain: str = "30s"
    env_prefix: str = "RESILIENCE_"
    unknown_variables: UnknownVariables = "error"
    log_format: LogFormat = LogFormat.TEXT
    workers: int = 1

    @property
    def drain_seconds(self) -> float:
        """What requests under way have to end. Raises `ConfigurationError`."""
        try:
            return TypeAdapter[float](Positive).validate_python(self.drain, context=ALREADY_SECONDS)
        except ValidationError as error:
            told = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            raise ConfigurationError(f"--drain: {told}") from None

    def encoded(self) -> str:
        """For the command line of a worker: it has no secret."""
        return orjson.dumps(asdict(self), default=str).decode()

    @classmethod
    def decoded(cls, text: str) -> ServeOptions:
        """What `encoded` has written."""
        found: dict[str, Any] = orjson.loads(text)
        found["config"], found["log_format"] = Path(found["config"]), LogFormat(found["log_format"])
        if found["keys"] is not None:
            found["keys"] = Path(found["keys"])
        return cls(**found)
