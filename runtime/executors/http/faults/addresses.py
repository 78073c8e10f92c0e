"""Addresses of servers, as messages show them, and what is often wrong with them. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_VERSION = re.compile(r"/v[0-9]+[a-z0-9]*(?=/|$)")
_ENDPOINT = re.compile(r"/(chat/completions|messages)(?=/(?:.*/)?\1$)")


def shown(url: str) -> str:
    """The URL without user, password, query and fragment.

    >>> shown("https://me:pw@host:8000/v1/models?key=secret#x")
    'https://host:8000/v1/models'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def what_to_check(url: str) -> str:
    """What may be wrong with a base URL that leads to no model.

    >>> what_to_check("http://host/v1/v1/chat/completions")
    '; check the base URL: /v1 is in it twice'
    """
    path = shown(url)
    versions = _VERSION.findall(path)
    if len(versions) > len(set(versions)):
        return f"; check the base URL: {versions[0]} is in it twice"
    if found := _ENDPOINT.search(path):
        return f"; check the base URL: it ends before /{found[1]}"
    if path and not versions:
        return "; check the base URL: it has no /v1"
    return "; check the base URL"
