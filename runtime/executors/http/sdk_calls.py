"""What the clients of the providers have in common: how they are made, and what their errors mean.

A client carries the request and hands over the response unread: it is read here, like everybody's,
so that an answer counts as whole or cut by the same rules whoever fetched it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....config.errors import ConfigurationError, ResilienceError
from .api_key import ApiKey
from .call import Call, connection_error
from .client import HTTPClients
from .errors import status_error
from .httpx_transport import HttpxResponse, transport_error_of

if TYPE_CHECKING:
    import httpx2

SDK = TypeVar("SDK")


class Unread(Protocol):
    """What a client gives for `with_streaming_response`."""

    http_response: httpx2.Response


class SDKClients(Generic[SDK]):
    """The client that was given, or the last one that was made: a key may change at any time."""

    def __init__(self, given: SDK | None, make: Callable[[str, httpx2.AsyncClient], SDK]) -> None:
        self.given = given
        self._make = make
        self._made: tuple[httpx2.AsyncClient, str, SDK] | None = None

    def for_call(self, call: Call, clients: HTTPClients) -> SDK:
        """The client for a call: the given one, or one with its key over the loop's connections."""
        if self.given is not None:
            return self.given
        key, http = call.key or "", clients.of_this_loop()
        if self._made is None or self._made[0] is not http or self._made[1] != key:
            self._made = (http, key, self._make(key, http))
        return self._made[2]


def require(kind: str, package: str, client: object) -> None:
    """Raises `ConfigurationError` without the package, or where `client` is no `kind` of it."""
    try:
        wanted = getattr(import_module(package), kind)
    except ImportError as error:
        message = (
            f"{kind.removeprefix('Async')}Client needs {package}: "
            f"pip install 'hive-resilience[{package}]'"
        )
        raise ConfigurationError(message) from error
    if client is not None and not isinstance(client, wanted):
        found = type(client).__name__
        message = f"client is {found}; allowed: {package}.{kind} and its kinds"
        raise ConfigurationError(message, key="client")


def key_for(
    client: object, *, env: str | None, file: str | None, usual: str, base_url: str | None
) -> ApiKey:
    """Where the key is: the provider's usual variable unless it is said. A client has its own."""
    if client is None:
        return ApiKey(env or (None if file else usual), file)
    if env or file or base_url:
        message = "a client that is given has its own key and base URL: leave these out"
        raise ConfigurationError(message, key="client")
    return ApiKey(None)


async def opened(
    request: AbstractAsyncContextManager[Unread], kind: type[Exception], call: Call
) -> HttpxResponse:
    """The response to a request, not yet read; `kind` is the base of the client's errors."""
    try:
        return HttpxResponse((await request.__aenter__()).http_response)
    except kind as error:
        failure = sdk_error(error, call)
    # Raised out here to have no context: the client's own error quotes the answer as it came.
    raise failure


def sdk_error(error: Exception, call: Call) -> ResilienceError:
    """What an error of a provider's client means: by the response it has, or by its cause."""
    import httpx2

    response, cause = getattr(error, "response", None), error.__cause__
    if isinstance(response, httpx2.Response) and response.is_closed:
        return status_error(
            response.status_code,
            response.headers,
            response.content,
            secret=call.key,
            model_id=call.model_id,
        )
    if isinstance(cause, httpx2.HTTPError | httpx2.InvalidURL):
        return connection_error(transport_error_of(cause), call)
    kind = type(error).__name__
    return ModelUnavailableError(f"the client failed: {kind}", model_id=call.model_id)
