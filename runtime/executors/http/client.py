"""What all executors over HTTP do with URLs and bodies."""

from __future__ import annotations

from ....config.errors import ConfigurationError
from ....config.values.redaction import presentable
from ....config.values.secrets import server


def checked_base_url(url: str) -> str:
    """The URL as it is; raises `ConfigurationError` for what is none, and for one with a key."""
    try:
        return server(url)
    except ValueError as error:
        told, shown = f"base_url {error}", presentable("base_url", url)
        raise ConfigurationError(told, key="base_url", value=shown, allowed=str(error)) from error
