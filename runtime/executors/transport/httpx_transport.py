"""The transport over httpx2: for a user's own client, and for what the providers' clients bring."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from socket import gaierror
from typing import TYPE_CHECKING, Self

from .protocol import Failure, Request, TransportError, raise_alone
from .request_log import usual_words
from .unpacking import ACCEPTED, Unpacker, UnpackingError

if TYPE_CHECKING:
    import httpx2


class HttpxTransport:
    """Carries requests by an `httpx2.AsyncClient` that the application made and closes.

    Where the client has tighter time limits of its own they are kept.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def send(self, request: Request) -> HttpxResponse:
        import httpx2

        try:
            # Unlike those of a dictionary, their `repr` has no key in it.
            headers = httpx2.Headers({"Accept-Encoding": ACCEPTED, **request.headers})
            built = self._client.build_request(
                request.method,
                request.url,
                content=request.body,
                headers=headers,
                timeout=limits(request.timeout, request.connect_timeout, self._client.timeout),
            )
            with usual_words():
                return HttpxResponse(await self._client.send(built, stream=True))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = transport_error_of(error, request)
        raise_alone(failure)

    async def close(self) -> None:
        """The client is closed where it was made."""


class HttpxResponse:
    """What httpx2 answers, as a `Response`."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._pieces = _unpacked(response)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        import httpx2

        try:
            return await anext(self._pieces)
        except (httpx2.HTTPError, httpx2.StreamError, UnpackingError) as error:
            failure = transport_error_of(error)
        raise_alone(failure)

    async def aclose(self) -> None:
        await self._pieces.aclose()
        await self._response.aclose()


async def _unpacked(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    unpacker = Unpacker(response.headers.get("content-encoding", ""))
    async with aclosing(response.aiter_raw()) as raw:
        async for piece in raw:
            for part in unpacker.feed(piece):
                yield part
    unpacker.finish()


def limits(
    left: float | None, connect: float, own: httpx2.Timeout | float | None = None
) -> httpx2.Timeout:
    """The limits of one call, of which `left` seconds are left; tighter ones of `own` are kept."""
    import httpx2

    kept = httpx2.Timeout(own)
    return httpx2.Timeout(
        connect=_tighter(connect, left, kept.connect),
        read=_tighter(left, kept.read),
        write=_tighter(left, kept.write),
        pool=_tighter(left, kept.pool),
    )


def _tighter(*spans: float | None) -> float | None:
    return min((span for span in spans if span is not None), default=None)


def transport_error_of(error: Exception, request: Request | None = None) -> TransportError:
    """What an exception of httpx2 means."""
    import httpx2

    if isinstance(error.__cause__, TransportError):  # of our own transport, beneath its client
        return error.__cause__
    kind = type(error).__name__
    match error:
        case httpx2.ConnectTimeout():
            limit = f" within {request.connect_timeout:g} s" if request is not None else ""
            return TransportError(Failure.CONNECT_TIMEOUT, f"no connection{limit} ({kind})")
        case httpx2.TimeoutException():
            return TransportError(Failure.TIMEOUT, f"no answer in time ({kind})")
        case httpx2.ConnectError():
            return TransportError(_kind_of_no_connection(error), f"{kind}: {error}")
        case httpx2.ProxyError():
            return TransportError(Failure.CONNECT, f"{kind}: the proxy makes no connection")
        case UnpackingError():
            return TransportError(Failure.BROKEN, str(error))
        case _:  # nothing of its text: that of protocol errors holds bytes of the exchange
            return TransportError(Failure.BROKEN, kind)


def _kind_of_no_connection(error: BaseException) -> Failure:
    """By what is behind it, since httpx2 has one error for all."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, ssl.SSLError):
            return Failure.TLS
        if isinstance(behind, gaierror):
            return Failure.NAME
        behind = behind.__cause__ or behind.__context__
    return Failure.CONNECT
