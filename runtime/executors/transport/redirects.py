"""Where an answer sends a request on to, and whether it may go there. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from .protocol import Failure, Request, Response, Transport, TransportError

_MOST = 2
_KEEPS_METHOD_AND_BODY = frozenset({307, 308})
_SHOWN = 200


async def send(transport: Transport, request: Request) -> Response:
    """The answer, at the end of its redirects; raises `TransportError` for one that leads away."""
    response = await transport.send(request)
    for _ in range(_MOST):
        if not is_redirect(response):
            return response
        await response.aclose()
        request = redirected(request, response)
        response = await transport.send(request)
    if is_redirect(response):
        await response.aclose()
        raise TransportError(Failure.REDIRECT, f"redirected more than {_MOST} times")
    return response


def is_redirect(response: Response) -> bool:
    """Whether it names another place in place of an answer."""
    return 300 <= response.status < 400 and "location" in response.headers


def redirected(request: Request, response: Response) -> Request:
    """The same request to where the answer points: the same server, or the same host over TLS.

    Key and headers go nowhere else. Raises `TransportError`, which names the target without its
    query, for any other place and for a status that would change the request.
    """
    try:
        target = urljoin(request.url, response.headers["location"])
        before, after = urlsplit(request.url), urlsplit(target)
        allowed = _origin(before) == _origin(after) or _is_upgrade(before, after)
    except ValueError:
        raise TransportError(Failure.REDIRECT, "redirected to what is no URL") from None
    if not allowed or response.status not in _KEEPS_METHOD_AND_BODY:
        told = f"redirected ({response.status}) to {_shown(after)}; not followed"
        raise TransportError(Failure.REDIRECT, told)
    return request._replace(url=target)


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.hostname, url.port or default


def _is_upgrade(before: SplitResult, after: SplitResult) -> bool:
    schemes = (before.scheme, after.scheme)
    return schemes == ("http", "https") and before.hostname == after.hostname


def _shown(url: SplitResult) -> str:
    place = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"[:_SHOWN]
    return place if place.isprintable() else repr(place)[1:-1]
