"""Where messages go: addresses of mail, servers, receivers over HTTP."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from .redaction import has_secret
from .secrets import is_url

_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*"
_LONGEST = 254
_HOST = rf"{_LABEL}(?:\.{_LABEL})*|[0-9A-Fa-f:.]{{2,45}}"
_URL = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]"


def address(value: str) -> str:
    """The address as it is; raises `ValueError` for what a mail server or a header refuses."""
    if len(value) > _LONGEST or re.fullmatch(_ADDRESS, value, re.ASCII) is None:
        raise ValueError("should be an address as name@example.com, without a display name")
    return value


MailAddress = Annotated[
    str, AfterValidator(address), WithJsonSchema({"type": "string", "pattern": f"^{_ADDRESS}$"})
]
"""Where mail goes to or comes from."""


def host(value: str) -> str:
    """The name of a server as it is; raises `ValueError` for what none can have."""
    if len(value) > _LONGEST or re.fullmatch(_HOST, value, re.ASCII) is None:
        raise ValueError("should be the name of a server, as smtp.example.com, without a port")
    return value


def receiver(url: str) -> str:
    """The URL of a receiver as it is; raises `ValueError` for what none can have."""
    if not is_url(url):
        raise ValueError("should be a whole URL, as https://host/path")
    if has_secret(url):
        raise ValueError(
            "a URL in settings has no password or key in it: `url_env` says where one is"
        )
    return url


HostName = Annotated[
    str, AfterValidator(host), WithJsonSchema({"type": "string", "pattern": f"^(?:{_HOST})$"})
]
"""The name or the address of a server."""

ReceiverUrl = Annotated[
    str, AfterValidator(receiver), WithJsonSchema({"type": "string", "pattern": _URL})
]
"""Where a receiver is that needs no secret in its URL."""
