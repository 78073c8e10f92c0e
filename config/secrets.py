"""Secrets are named, never written: what may stand where a setting points at one."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from .redaction import has_secret

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALLOWED = (
    "should be the name of an environment variable (letters, digits and _); a key itself is never "
    "written into settings"
)


def variable_name(value: str) -> str:
    """The name as it is; raises `ValueError`, which does not quote what may be a key itself."""
    if _VARIABLE.fullmatch(value) is None:
        raise ValueError(_ALLOWED)
    return value


def without_secrets(url: str) -> str:
    """The URL as it is; raises `ValueError` where a password or a key is written into it."""
    if has_secret(url):
        raise ValueError("a URL in settings has no password or key in it: name it by api_key_env")
    return url


def server(url: str) -> str:
    """The base URL of a server as it is; raises `ValueError` for what none can have."""
    try:
        parts = urlsplit(url)
        found = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        found = False
    if not found:
        raise ValueError("should be a URL as http://host:port/v1 or https://host/v1")
    return without_secrets(url)


VariableName = Annotated[str, AfterValidator(variable_name)]
"""Name of an environment variable."""

FilePath = Annotated[str, Field(min_length=1, max_length=4096)]
"""Where a file is."""

Url = Annotated[str, AfterValidator(without_secrets)]
"""A URL that tells no secret."""

ServerUrl = Annotated[str, AfterValidator(server)]
"""The base URL of a server."""
