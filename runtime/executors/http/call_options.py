"""What goes with each request of an executor, and how its connections are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypedDict

from ....config.errors import ConfigurationError
from ....config.values.caller_headers import checked_names, forwarded
from ....config.values.families import Family
from ....config.values.headers import HeaderValue, checked_headers
from ....config.values.params import checked_params
from ..transport.options import CONNECT_TIMEOUT, ConnectionOptions
from .api_key import ApiKey, Key


class CallSettings(TypedDict, total=False):
    """What every executor over HTTP may be told by keyword; spans are seconds.

    `headers` are sent with each request: a text, or `{"env": NAME}` or `{"file": PATH}`, read at
    each call. `params` are fields of the request where the payload has none of the name.
    `forward_headers` are names of a task's headers that go on besides those that always do.
    `organization` is OpenAI's. `model_from_payload`: a payload's `model` goes before the model's
    own. `connect_timeout` (5.0, or a function that says it) ends an attempt that gets no
    connection; `proxy` is an HTTP proxy's URL (otherwise HTTP_PROXY, HTTPS_PROXY and NO_PROXY say
    it), `ca_file` a PEM file of the authorities to trust. `families` are the types of tasks that
    the server takes (`chat`, `embedding` ...); None: as usual for its provider.
    """

    families: Collection[str] | None
    headers: Mapping[str, HeaderValue] | None
    forward_headers: Collection[str] | None
    params: Mapping[str, Any] | None
    organization: str | None
    model_from_payload: bool
    connect_timeout: float | Callable[[], float]
    proxy: str | None
    ca_file: str | None


class CallOptions:
    """The same, checked. Raises `ConfigurationError` where it cannot be used."""

    def __init__(self, settings: CallSettings) -> None:
        headers = dict(settings.get("headers") or {})
        if organization := settings.get("organization"):
            headers = {"OpenAI-Organization": organization, **headers}
        try:
            self._headers = _sources(checked_headers(headers))
            self._forwarded = checked_names(settings.get("forward_headers") or ())
            self.params: dict[str, Any] = dict(checked_params(settings.get("params") or {}))
        except ValueError as error:
            raise ConfigurationError(
                str(error), key="headers, forward_headers or params"
            ) from error
        self.families: tuple[Family, ...] = _families(settings.get("families"))
        self.model_from_payload: bool = settings.get("model_from_payload", False)
        self.connections: ConnectionOptions = ConnectionOptions(
            settings.get("proxy"), settings.get("ca_file")
        )
        self._connect_timeout = settings.get("connect_timeout", CONNECT_TIMEOUT)

    def connect_timeout(self, left: float | None) -> float:
        """Seconds until there is a connection, where `left` are left for all."""
        given = self._connect_timeout
        limit = given() if callable(given) else given
        return limit if left is None else min(limit, left)

    def headers(self, model_id: str | None) -> dict[str, str]:
        """The headers as they are now; raises `ModelAuthenticationError` for one without value."""
        return {name: _value(source, model_id) for name, source in self._headers}

    def callers_headers(self, task: object, family: Family) -> dict[str, Key]:
        """What of a task's own headers goes on to a server that is asked for this family."""
        given: Mapping[str, str] | None = getattr(task, "headers", None)
        if not given:
            return {}
        found = forwarded(given, family, self._forwarded)
        return {name: Key(value) for name, value in found.items()}


def _families(given: Collection[str] | None) -> tuple[Family, ...]:
    try:
        return tuple(map(Family, given or ()))
    except ValueError as error:
        allowed = ", ".join(Family)
        raise ConfigurationError(
            f"families: {error}; there are {allowed}", key="families", allowed=allowed
        ) from error


def _sources(headers: Mapping[str, HeaderValue]) -> list[tuple[str, Key | ApiKey]]:
    found: list[tuple[str, Key | ApiKey]] = []
    for name, value in headers.items():
        if isinstance(value, str):
            found.append((name, Key(value)))
        else:
            what = f"the header {name}"
            found.append((name, ApiKey(value.get("env"), value.get("file"), what)))
    return found


def _value(source: Key | ApiKey, model_id: str | None) -> Key:
    if isinstance(source, Key):
        return source
    found = source.read(model_id)
    assert found is not None  # it has a place
    return found
