"""Settings name secrets and never have them: the types of settings that name one."""

from __future__ import annotations

import os
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from .redaction import has_secret, is_a_key

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(_NAME)
_ALLOWED = (
    "should be the name of an environment variable (letters, digits and _); a key itself is never "
    "written into settings"
)
_SERVER = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]"
ELLIPSIS = "..."
"""A URL in the example of the original specification, which has to load."""


def variable_name(value: str) -> str:
    """The name as it is. Raises `ValueError`, without the value: it may be a key itself."""
    if not isinstance(value, str) or _VARIABLE.fullmatch(value) is None or is_a_key(value):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(_ALLOWED)
    return value


def server(url: str) -> str:
    """The base URL of a server as it is; raises `ValueError` for what none can have."""
    if not isinstance(url, str) or not is_url(url):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("should be a URL as http://host:port/v1 or https://host/v1")
    if has_secret(url):
        raise ValueError("a URL in settings has no password or key in it: name it by api_key_env")
    return url


def proxy(url: str) -> str:
    """The URL of a proxy as it is; raises `ValueError` for what none can have."""
    if not is_url(url):
        raise ValueError("should be an HTTP proxy as http://host:port or https://host:port")
    if has_secret(url):
        raise ValueError("a URL in settings has no password in it: HTTPS_PROXY may have one")
    return url


def page(url: str) -> str:
    """A URL to be read as it is; raises `ValueError` for what is none."""
    if url != ELLIPSIS and not is_url(url):
        raise ValueError("should be a whole URL: http://host/path or https://host/path")
    if has_secret(url):
        raise ValueError("a URL in settings has no password or key in it; it is asked without one")
    return url


def is_url(url: str) -> bool:
    """Whether a client can ask it, as far as can be seen."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _written(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


VariableName = Annotated[str, AfterValidator(variable_name), _written(f"^{_NAME}$")]
"""Name of an environment variable."""


def whole_path(path: str) -> str:
    """The path from the root: a program may change its directory before the file is read."""
    try:
        return os.path.abspath(path)
    except OSError as error:
        raise ValueError(f"starts at a working directory that is gone: {error.strerror}") from error


FilePath = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(whole_path)]
"""Where a file is."""

ProxyUrl = Annotated[str, AfterValidator(proxy), _written(_SERVER)]
"""Where a proxy is."""

PageUrl = Annotated[str, AfterValidator(page), _written(rf"{_SERVER}|^\.\.\.$")]
"""A URL to be read that tells no secret."""

ServerUrl = Annotated[str, AfterValidator(server), _written(_SERVER)]
"""The base URL of a server."""
