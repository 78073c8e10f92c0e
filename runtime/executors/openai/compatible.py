"""Any server that speaks OpenAI's chat completions, as an executor."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from ....config.errors import ConfigurationError
from ..http.aiohttp_transport import AiohttpTransport
from ..http.api_key import ApiKey, Key
from ..http.call import Call
from ..http.client import checked_base_url, connect_timeout
from ..http.httpx_transport import HttpxTransport
from ..http.transport import Request, Response, Transport
from .form import OpenAIForm

if TYPE_CHECKING:
    import httpx2


class OpenAICompatible(OpenAIForm):
    """Executor for a server with OpenAI's chat completions at `base_url` + `/chat/completions`.

    The key is read from the environment variable `api_key_env`, or from the file `api_key_file`, at
    each call and kept nowhere. A `client` that is given is used as it is and never closed here;
    otherwise each event loop gets one of its own at the first call, without retries, closed by
    `close()`.

    >>> OpenAICompatible("http://127.0.0.1:8000/v1/", "tiny").url
    'http://127.0.0.1:8000/v1/chat/completions'
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key_env: str | None = None,
        api_key_file: str | None = None,
        client: httpx2.AsyncClient | None = None,
    ) -> None:
        _require_httpx2()
        super().__init__(model, ApiKey(api_key_env, api_key_file))
        self._base_url = checked_base_url(base_url).rstrip("/")
        self.url = self._base_url + "/chat/completions"
        self._transport: Transport = (
            AiohttpTransport() if client is None else HttpxTransport(client)
        )

    async def close(self) -> None:
        await self._transport.close()

    def _ask(self, fields: dict[str, Any], body: bytes, call: Call) -> Awaitable[Response]:
        return self._request("POST", self.url, body, call)

    def _list_models(self, call: Call) -> Awaitable[Response]:
        return self._request("GET", self._base_url + "/models", None, call)

    def _address(self, call: Call) -> str:
        return self.url

    def _request(
        self, method: str, url: str, body: bytes | None, call: Call
    ) -> Awaitable[Response]:
        request = Request(
            method, url, _headers(call.key), body, call.left, connect_timeout(call.left)
        )
        return self._transport.send(request)


def _headers(key: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Authorization"] = Key(f"Bearer {key}")
    return headers


def _require_httpx2() -> None:
    try:
        import httpx2  # noqa: F401 - whether it is there is the question
    except ImportError as error:
        message = "OpenAICompatible needs httpx2: pip install 'hive-resilience[http]'"
        raise ConfigurationError(message) from error
