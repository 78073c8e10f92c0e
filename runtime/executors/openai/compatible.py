"""Any server that speaks OpenAI's chat completions, as an executor."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from ....config.errors import ConfigurationError
from ..http.api_key import ApiKey
from ..http.call import Call
from ..http.client import checked_base_url, timeout_of
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
        self._client = client

    def _ask(
        self, fields: dict[str, Any], body: bytes, call: Call
    ) -> AbstractAsyncContextManager[httpx2.Response]:
        return self._request("POST", self.url, body, call)

    def _list_models(self, call: Call) -> AbstractAsyncContextManager[httpx2.Response]:
        return self._request("GET", self._base_url + "/models", None, call)

    def _request(
        self, method: str, url: str, body: bytes | None, call: Call
    ) -> AbstractAsyncContextManager[httpx2.Response]:
        client = self._client or self._clients.of_this_loop()
        timeout = timeout_of(call.left)
        return client.stream(method, url, content=body, headers=_headers(call.key), timeout=timeout)


def _headers(key: str | None) -> httpx2.Headers:
    import httpx2

    # Unlike those of a dictionary, their `repr` has no key in it.
    headers = httpx2.Headers({"Content-Type": "application/json"})
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _require_httpx2() -> None:
    try:
        import httpx2  # noqa: F401 - whether it is there is the question
    except ImportError as error:
        message = "OpenAICompatible needs httpx2: pip install 'hive-resilience[http]'"
        raise ConfigurationError(message) from error
