"""What the clients of the providers have in common: how they are made, and what their errors mean.

A client carries the request and hands over the response unread. It is read here like any other, so
that the same rules say of every answer whether it is whole or cut.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import orjson

from ....config.errors import ConfigurationError
from ..transport.already_read import AlreadyRead
from ..transport.httpx_transport import HttpxResponse, limits, transport_error_of
from ..transport.protocol import Failure, Response, Transport, TransportError, raise_alone
from ..transport.request_log import usual_words
from .api_key import ApiKey
from .call import Call

if TYPE_CHECKING:
    import httpx2

SDK = TypeVar("SDK")
_AS_IT_COMES = "X-Stainless-Raw-Response"
"""The clients' own header by which they hand a response over unread; it is not sent."""


class Unread(Protocol):
    """What a client gives for `with_streaming_response`."""

    http_response: httpx2.Response


class Posted:
    """A request as a client's resources make it, which would leave out or turn what is new."""

    def __init__(self, client: Any, path: str, body: bytes, options: dict[str, Any]) -> None:
        fields = orjson.loads(body)
        headers = {**options.pop("extra_headers"), _AS_IT_COMES: "stream"}
        self._request: Awaitable[Any] = client.post(
            path,
            cast_to=object,
            body=fields,
            options={**options, "headers": headers},
            stream=bool(fields.get("stream")),
        )

    async def __aenter__(self) -> Any:
        return await self._request

    async def __aexit__(self, *_: object) -> None:
        """The response is closed by its reader."""


class SDKClients(Generic[SDK]):
    """The client that was given, or the last one that was made: a key may change at any time."""

    def __init__(
        self,
        given: SDK | None,
        make: Callable[[str, httpx2.AsyncClient], SDK],
        transport: Transport,
    ) -> None:
        self.given: SDK | None = given
        self._make = make
        self._transport = transport
        self._made: tuple[str, SDK] | None = None

    def for_call(self, call: Call) -> SDK:
        """The client for a call: the given one, or one with its key over our own connections."""
        if self.given is not None:
            return self.given
        key = call.key or ""
        if self._made is None or self._made[0] != key:
            from ..transport.httpx_bridge import bridged

            self._made = (key, self._make(key, bridged(self._transport)))
        return self._made[1]

    def options(self, call: Call) -> dict[str, Any]:
        """Limits and headers of a request; tighter limits of a given client are kept."""
        own = getattr(self.given, "timeout", None)
        timeout = limits(call.left, call.connect_timeout, own)
        return {"timeout": timeout, "extra_headers": call.sent}


def require(package: str, client: object, *kinds: str) -> None:
    """Raises `ConfigurationError` without the package, or where `client` is none of its `kinds`."""
    try:
        module = import_module(package)
        wanted = tuple(getattr(module, kind) for kind in kinds)
    except ImportError as error:
        message = (
            f"{kinds[0].removeprefix('Async')}Client needs {package}: "
            f"pip install 'hive-resilience[{package}]'"
        )
        raise ConfigurationError(message) from error
    if client is not None and not isinstance(client, wanted):
        allowed = ", ".join(f"{package}.{kind}" for kind in kinds)
        message = f"client is {type(client).__name__}; allowed: {allowed} and their kinds"
        raise ConfigurationError(message, key="client")


def key_for(
    client: object, *, env: str | None, file: str | None, usual: str | None, base_url: str | None
) -> ApiKey:
    """Where the key is: the provider's usual variable unless it is said. A client has its own."""
    if client is None:
        return ApiKey(env or (None if file else usual), file)
    if env or file or base_url:
        message = "a client that is given has its own key and base URL: leave these out"
        raise ConfigurationError(message, key="client")
    return ApiKey(None)


async def opened(request: AbstractAsyncContextManager[Unread], kind: type[Exception]) -> Response:
    """The response to a request, not yet read; `kind` is the base of the client's errors.

    A client that raises for a bad status has read the answer: it is given back then.
    """
    try:
        with usual_words():
            response = (await request.__aenter__()).http_response
    except kind as error:
        found = _found_by(error)
    else:
        from ..transport.httpx_bridge import beneath

        return beneath(response) or HttpxResponse(response)
    # The client's own error quotes the answer as it came.
    if isinstance(found, TransportError):
        raise_alone(found)
    return found


def _found_by(error: Exception) -> AlreadyRead | TransportError:
    """What an error of a provider's client is about: the response it has, or its cause."""
    import httpx2

    response, cause = getattr(error, "response", None), error.__cause__
    if isinstance(response, httpx2.Response) and response.is_closed:
        return AlreadyRead(response.status_code, response.headers, response.content)
    if isinstance(cause, httpx2.HTTPError | httpx2.InvalidURL):
        return transport_error_of(cause)
    return TransportError(Failure.BROKEN, f"the client failed ({type(error).__name__})")
