"""Secrets are named, never written: what may stand where a setting points at one."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field

from .redaction import is_secret

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
    try:
        parts = urlsplit(url)
        hidden = parts.password is not None or parts.username is not None
    except ValueError:
        raise ValueError("should be a URL") from None
    if hidden or any(is_secret(name) for name, _ in parse_qsl(parts.query)):
        raise ValueError("a URL in settings has no password or key in it: name it by api_key_env")
    return url


VariableName = Annotated[str, AfterValidator(variable_name)]
"""Name of an environment variable."""

FilePath = Annotated[str, Field(min_length=1, max_length=4096)]
"""Where a file is."""

Url = Annotated[str, AfterValidator(without_secrets)]
"""A URL that tells no secret."""
