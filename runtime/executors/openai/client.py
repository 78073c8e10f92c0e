"""OpenAI's own client as an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from ....config.values.families import usual_families
from ..families.table import forms_of
from ..http.api_key import Key
from ..http.call import Call
from ..http.call_options import CallOptions, CallSettings
from ..http.chat_executor import Asked, ChatExecutor
from ..http.client import checked_base_url
from ..http.form import Form
from ..http.sdk_calls import Posted, SDKClients, key_for, opened, require
from ..transport.choice import transport_beneath

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI


class OpenAIClient(ChatExecutor):
    """Executor for chat completions through the package `openai` (extra `openai`).

    A `client` that is given (an `AsyncOpenAI` or one of its kinds, such as Azure's) is used as it
    is, except that its own retries are turned off, and never closed here. Otherwise there is one
    with the key from `api_key_env` or `api_key_file`, or from OPENAI_API_KEY, read at each call.

    >>> OpenAIClient("gpt-5").model
    'gpt-5'
    """

    def __init__(
        self,
        model: str,
        *,
        client: AsyncOpenAI | None = None,
        base_url: str | None = None,
        api_key_env: str | None = None,
        api_key_file: str | None = None,
        **settings: Unpack[CallSettings],
    ) -> None:
        require("openai", client, "AsyncOpenAI")
        options = CallOptions(settings)
        transport = transport_beneath("OpenAIClient", options.connections, client)
        key = key_for(
            client, env=api_key_env, file=api_key_file, usual="OPENAI_API_KEY", base_url=base_url
        )
        forms = forms_of(options.families or usual_families("openai"))
        super().__init__(model, key, options, transport, forms)
        given = None if client is None else client.with_options(max_retries=0)
        self._base_url = None if base_url is None else checked_base_url(base_url)
        self._sdks = SDKClients(given, self._new_client, transport)

    def _key(self, model_id: str | None) -> Key | None:
        given = self._sdks.given
        if given is None:
            return super()._key(model_id)
        return Key(given.api_key or "")

    def _ask(self, form: Form, fields: dict[str, Any], body: bytes, call: Call) -> Asked:
        from openai import OpenAIError

        request = Posted(self._client(call), form.path, body, self._sdks.options(call))
        return opened(request, OpenAIError)

    def _list_models(self, call: Call) -> Asked:
        from openai import OpenAIError

        request = self._client(call).models.with_streaming_response.list(**self._sdks.options(call))
        return opened(request, OpenAIError)

    def _address(self, form: Form, call: Call) -> str:
        return str(self._client(call).base_url).rstrip("/") + form.path

    def _client(self, call: Call) -> AsyncOpenAI:
        return self._sdks.for_call(call)

    def _new_client(self, key: str, http: httpx2.AsyncClient) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=key, base_url=self._base_url, http_client=http, max_retries=0)
