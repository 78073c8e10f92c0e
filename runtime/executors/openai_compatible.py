"""Any server that speaks OpenAI's chat completions, as an executor."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import orjson

from ...actors.policies.errors import (
    InvalidRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from ...config.errors import ConfigurationError
from .api_key import ApiKey
from .completion import Completion, read_completion
from .http_errors import status_error, transport_error

if TYPE_CHECKING:
    import httpx2

MAX_ANSWER_BYTES = 64 * 1024 * 1024
CONNECT_TIMEOUT = 10.0
_PAYLOADS = "a string, or a mapping with `messages` (a list) or `prompt` (a string)"


class HasPayload(Protocol):
    """What is needed of a task."""

    @property
    def payload(self) -> object:
        """The request."""


class CallContext(Protocol):
    """What is needed of an attempt's context."""

    @property
    def model_id(self) -> str:
        """The model's id in the runtime."""

    @property
    def deadline(self) -> float | None:
        """Seconds that remain."""


class OpenAICompatible:
    """Executor for a server with OpenAI's chat completions at `base_url` + `/chat/completions`.

    The key is read from the environment variable `api_key_env`, or from the file `api_key_file`, at
    each call and kept nowhere. A `client` that is given is used as it is and never closed here;
    otherwise each event loop gets one of its own at the first call, without retries, closed by
    `close()`.

    >>> OpenAICompatible("http://127.0.0.1:8000/v1/", "tiny").url
    'http://127.0.0.1:8000/v1/chat/completions'
    """

    __slots__ = ("_api_key", "_base_url", "_client", "_clients", "model", "url")

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
        self._base_url = _checked(base_url).rstrip("/")
        self.url = self._base_url + "/chat/completions"
        self.model = model
        self._api_key = ApiKey(api_key_env, api_key_file)
        self._client = client
        self._clients: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}

    async def execute(self, task: HasPayload, context: CallContext) -> Completion:
        """Ask the model; raises one of our errors whatever goes wrong."""
        model_id = context.model_id
        content = request_body(task.payload, self.model, model_id)
        key = self._api_key.read(model_id)
        response, body = await self._exchange(
            "POST", self.url, content, key, context.deadline, model_id
        )
        if not response.is_success:
            raise status_error(
                response.status_code, response.headers, body, secret=key, model_id=model_id
            )
        return read_completion(
            body, response.headers, model=self.model, secret=key, model_id=model_id
        )

    async def check_health(self) -> bool:
        """Whether the server answers `/models` below 500; raises where it cannot be reached.

        A key it does not accept (401, 403) raises ModelAuthenticationError.
        """
        key = self._api_key.read(None)
        url = self._base_url + "/models"
        response, body = await self._exchange("GET", url, None, key, None, None)
        if response.status_code in (401, 403):
            raise status_error(response.status_code, response.headers, body, secret=key)
        return response.status_code < 500

    async def close(self) -> None:
        """Close the running loop's client; a later call makes a new one."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _exchange(
        self,
        method: str,
        url: str,
        content: bytes | None,
        key: str | None,
        left: float | None,
        model_id: str | None,
    ) -> tuple[httpx2.Response, bytes]:
        if left is not None and left <= 0:
            message = "no time was left to ask the server"
            raise ModelTimeoutError(message, kind="attempt", limit=0.0, model_id=model_id)
        import httpx2

        connect = CONNECT_TIMEOUT if left is None else min(CONNECT_TIMEOUT, left)
        timeout = httpx2.Timeout(left, connect=connect)
        try:
            async with self._client_of_this_loop().stream(
                method, url, content=content, headers=_headers(key), timeout=timeout
            ) as response:
                return response, await _read(response, model_id)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            limit = connect if isinstance(error, httpx2.ConnectTimeout) else left
            raise transport_error(error, limit=limit, model_id=model_id) from error

    def _client_of_this_loop(self) -> httpx2.AsyncClient:
        if self._client is not None:
            return self._client
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            # A closed loop took its connections with it; nothing can be closed on it any more.
            for other in [other for other in self._clients if other.is_closed()]:
                del self._clients[other]
            client = self._clients[loop] = _new_client()
        return client


def request_body(payload: object, model: str, model_id: str | None = None) -> bytes:
    """The JSON for a task's payload; raises InvalidRequestError where it cannot be one."""
    if isinstance(payload, str):
        payload = {"prompt": payload}
    if not isinstance(payload, Mapping):
        raise _invalid(f"the payload is {_PAYLOADS}; this is {type(payload).__name__}", model_id)
    if payload.get("stream"):
        raise _invalid("`stream` is not possible here: leave it out of the payload", model_id)
    fields = {"model": model, **payload}
    if "messages" not in fields:
        prompt = fields.pop("prompt", None)
        if not isinstance(prompt, str):
            raise _invalid(f"the payload is {_PAYLOADS}; this one has neither", model_id)
        fields["messages"] = [{"role": "user", "content": prompt}]
    if not isinstance(fields["messages"], list | tuple):
        raise _invalid(f"`messages` is a list, not {type(fields['messages']).__name__}", model_id)
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError as error:
        raise _invalid(f"the payload cannot be written as JSON: {error}", model_id) from error


def _invalid(message: str, model_id: str | None) -> InvalidRequestError:
    return InvalidRequestError(message, model_id=model_id)


def _headers(key: str | None) -> dict[str, str]:
    if key is None:
        return {"Content-Type": "application/json"}
    return {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}


async def _read(response: httpx2.Response, model_id: str | None) -> bytes:
    """The body, unpacked; stops where it grows larger than any answer should be."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            message = f"the answer is larger than {MAX_ANSWER_BYTES} bytes; it was not read on"
            raise ModelUnavailableError(message, model_id=model_id, status=response.status_code)
        chunks.append(chunk)
    return b"".join(chunks)


def _new_client() -> httpx2.AsyncClient:
    import httpx2

    # The bulkhead limits calls in flight; a second limit here would queue where nobody sees it.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
    return httpx2.AsyncClient(limits=limits, verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: to read the certificates takes some 30 ms."""
    import httpx2

    return httpx2.create_ssl_context()


def _require_httpx2() -> None:
    try:
        import httpx2  # noqa: F401 - whether it is there is the question
    except ImportError as error:
        message = "OpenAICompatible needs httpx2: pip install 'hive-resilience[http]'"
        raise ConfigurationError(message) from error


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme in ("http", "https") and parts.hostname:
        return base_url
    allowed = "http://host:port/v1 or https://..."
    message = f"base_url is {base_url!r}; allowed: {allowed}"
    raise ConfigurationError(message, key="base_url", value=base_url, allowed=allowed)
