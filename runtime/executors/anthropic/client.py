"""Anthropic's own client as an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import orjson

from ....config.values.families import Family, usual_families
from ..families.message.form import MAX_TOKENS
from ..families.table import forms_of
from ..http.api_key import Key
from ..http.call import Call
from ..http.call_options import CallOptions, CallSettings
from ..http.chat_executor import Asked, ChatExecutor
from ..http.client import checked_base_url
from ..http.form import Form
from ..http.sdk_calls import Posted, SDKClients, key_for, opened, require
from ..transport.choice import transport_beneath
from ..transport.protocol import Response

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic


class AnthropicClient(ChatExecutor):
    """Executor for messages through the package `anthropic` (extra `anthropic`).

    A `client` that is given (an `AsyncAnthropic` or one of its kinds) is used as it is, except that
    its own retries are turned off, and never closed here. Otherwise there is one with the key from
    `api_key_env` or `api_key_file`, or from ANTHROPIC_API_KEY, read at each call. What else there
    is: `CallSettings`. For Bedrock and Vertex see `AnthropicCloudClient`.

    `max_tokens` is for payloads that name none, since a message must. Instructions at the head of
    `messages` become `system`, so that one payload suits models of several providers.

    >>> AnthropicClient("claude-4-sonnet").model
    'claude-4-sonnet'
    """

    _kinds: tuple[str, ...] = ("AsyncAnthropic",)
    _usual_key: str | None = "ANTHROPIC_API_KEY"

    def __init__(
        self,
        model: str,
        *,
        client: AsyncAnthropic | None = None,
        base_url: str | None = None,
        api_key_env: str | None = None,
        api_key_file: str | None = None,
        max_tokens: int = MAX_TOKENS,
        **settings: Unpack[CallSettings],
    ) -> None:
        require("anthropic", client, *self._kinds)
        options = CallOptions(settings)
        transport = transport_beneath(type(self).__name__, options.connections, client)
        key = key_for(
            client, env=api_key_env, file=api_key_file, usual=self._usual_key, base_url=base_url
        )
        forms = forms_of(options.families or usual_families("anthropic"), max_tokens=max_tokens)
        super().__init__(model, key, options, transport, forms)
        given = None if client is None else client.with_options(max_retries=0)
        self._base_url = None if base_url is None else checked_base_url(base_url)
        self._max_tokens = max_tokens
        self._sdks: SDKClients[Any] = SDKClients(given, self._new_client, transport)

    def _key(self, model_id: str | None) -> Key | None:
        given = self._sdks.given
        if given is None:
            return super()._key(model_id)
        return Key(given.api_key or given.auth_token or "")

    def _ask(self, form: Form, fields: dict[str, Any], body: bytes, call: Call) -> Asked:
        if form.native is not Family.MESSAGE:
            path, options = f"/v1{form.path}", self._sdks.options(call)
            return self._opened(Posted(self._client(call), path, body, options), call)
        # `extra_body` alone is what is sent: the client would leave out or turn what it knows not.
        request = self._client(call).messages.with_streaming_response.create(
            model=fields["model"],
            max_tokens=self._max_tokens,
            messages=[],
            stream=bool(fields.get("stream")),
            extra_body=self._extra_body(orjson.loads(body)),
            **self._sdks.options(call),
        )
        return self._opened(request, call)

    async def _opened(self, request: Any, call: Call) -> Response:
        from anthropic import AnthropicError

        return await opened(request, AnthropicError)

    def _extra_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        return fields

    def _list_models(self, call: Call) -> Asked:
        request = self._client(call).models.with_streaming_response.list(**self._sdks.options(call))
        return self._opened(request, call)

    def _address(self, form: Form, call: Call) -> str:
        return str(self._client(call).base_url).rstrip("/") + "/v1" + form.path

    def _client(self, call: Call) -> Any:
        return self._sdks.for_call(call)

    def _new_client(self, key: str, http: httpx2.AsyncClient) -> Any:
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(api_key=key, base_url=self._base_url, http_client=http, max_retries=0)
