"""Anthropic's models in the clouds of others, through the clients for these."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, Self, Unpack

from ....actors.policies.outcomes.errors import ModelAuthenticationError
from ....config.errors import ConfigurationError, ResilienceError
from ..families.message.form import MAX_TOKENS
from ..http.api_key import Key
from ..http.call import Call
from ..http.call_options import CallSettings
from ..http.form import Form
from ..transport.protocol import Failure, Response, TransportError, raise_alone
from .client import AnthropicClient

if TYPE_CHECKING:
    import httpx2


class Cloud(NamedTuple):
    """A cloud: its client in the package `anthropic`, and what that needs."""

    kind: str
    key: str
    """The client's argument for a key that is sent as it is."""
    needs: str
    """The module of the cloud's own credentials."""
    extra: str
    not_in_body: frozenset[str]
    """What the client puts into the URL, and the cloud refuses elsewhere."""


CLOUDS = {
    "anthropic_bedrock": Cloud(
        "AsyncAnthropicBedrock", "api_key", "boto3", "bedrock", frozenset({"model", "stream"})
    ),
    "anthropic_vertex": Cloud(
        "AsyncAnthropicVertex", "access_token", "google.auth", "vertex", frozenset({"model"})
    ),
}
"""By the name that settings have for them."""
_EVENT_STREAM = "application/vnd.amazon.eventstream"


class AnthropicCloudClient(AnthropicClient):
    """Executor for Anthropic's models on AWS Bedrock or Google Vertex.

    Without `api_key_env` or `api_key_file` the cloud's own credentials count, wherever its tools
    look for them (extras `bedrock`, `vertex`). A health check asks nothing: their clients list no
    models.
    """

    check_health: Any = None
    _usual_key = None

    def __init__(
        self,
        provider: str,
        model: str,
        *,
        client: Any = None,
        region: str | None = None,
        project: str | None = None,
        base_url: str | None = None,
        api_key_env: str | None = None,
        api_key_file: str | None = None,
        max_tokens: int = MAX_TOKENS,
        **settings: Unpack[CallSettings],
    ) -> None:
        self._cloud = CLOUDS[provider]
        self._kinds = (self._cloud.kind,)
        where = {"aws_region": region, "region": region, "project_id": project}
        known = ("aws_region",) if provider == "anthropic_bedrock" else ("region", "project_id")
        self._where = {name: where[name] for name in known if where[name] is not None}
        super().__init__(
            model,
            client=client,
            base_url=base_url,
            api_key_env=api_key_env,
            api_key_file=api_key_file,
            max_tokens=max_tokens,
            **settings,
        )
        if client is None and not (api_key_env or api_key_file):
            self._require_credentials()

    def _require_credentials(self) -> None:
        if not _is_there(self._cloud.needs):
            raise ConfigurationError(
                f"{self._cloud.kind.removeprefix('Async')} needs {self._cloud.needs}: "
                f"pip install 'hive-resilience[{self._cloud.extra}]'"
            )

    def _key(self, model_id: str | None) -> Key | None:
        if self._sdks.given is None:
            return self._api_key.read(model_id)
        return Key(getattr(self._sdks.given, self._cloud.key) or "")

    def _address(self, form: Form, call: Call) -> str:
        return str(self._client(call).base_url)

    def _extra_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {name: fields[name] for name in fields if name not in self._cloud.not_in_body}

    async def _opened(self, request: Any, call: Call) -> Response:
        try:
            response = await super()._opened(request, call)
        except ResilienceError:
            raise
        except Exception as error:  # of the cloud's own tools, before anything is sent
            kind = type(error).__name__
        else:
            if response.headers.get("content-type", "").startswith(_EVENT_STREAM):
                return EventStream(response, self._client(call)._make_sse_decoder())
            return response
        message = f"the credentials of {self._cloud.kind} cannot be used ({kind})"
        raise_alone(ModelAuthenticationError(message, model_id=call.model_id, reason="key"))

    def _new_client(self, key: str, http: httpx2.AsyncClient) -> Any:
        import anthropic

        own = {self._cloud.key: key} if key else {}
        try:
            return getattr(anthropic, self._cloud.kind)(
                base_url=self._base_url, http_client=http, max_retries=0, **self._where, **own
            )
        except ValueError as error:  # it has looked for a region everywhere
            raise ConfigurationError(f"{self._cloud.kind}: {error}", key="region") from error


class EventStream:
    """Bedrock's stream as server-sent events, which is what is in it."""

    def __init__(self, response: Response, decoder: Any) -> None:
        self.status: int = response.status
        self.headers: Mapping[str, str] = {**response.headers, "content-type": "text/event-stream"}
        self._response = response
        self._events: AsyncIterator[Any] = decoder.aiter_bytes(response)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            event = await anext(self._events)
        except (StopAsyncIteration, TransportError):
            raise
        except Exception as error:  # of botocore, for what is no such stream
            kind = type(error).__name__
        else:
            return f"event: {event.event}\ndata: {event.data}\n\n".encode()
        raise_alone(TransportError(Failure.BROKEN, f"the stream cannot be read ({kind})"))

    async def aclose(self) -> None:
        await self._response.aclose()


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its parent is not
        return False
