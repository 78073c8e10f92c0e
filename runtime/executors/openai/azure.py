"""A deployment of Azure OpenAI, as an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote, urlencode

from ..http.call import Call
from ..http.call_options import CallSettings
from .compatible import OpenAICompatible

if TYPE_CHECKING:
    from ..http.chat_executor import Asked

_DEPLOYMENTS = "/openai/deployments"


class AzureDeployment(OpenAICompatible):
    """Executor for the chat completions of one deployment.

    The key goes into the header `api-key`. For a token give `headers` an `Authorization` with the
    place of a text `Bearer ...`: it is read at each call, so that it may be renewed.

    >>> AzureDeployment("https://me.openai.azure.com", "gpt-5", api_version="2024-10-21").url
    'https://me.openai.azure.com/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21'
    """

    _key_header = ("api-key", "")

    def __init__(
        self,
        endpoint: str,
        model: str,
        *,
        api_version: str,
        deployment: str | None = None,
        api_key_env: str | None = None,
        api_key_file: str | None = None,
        **settings: Unpack[CallSettings],
    ) -> None:
        # The address that Azure's pages show names a deployment already.
        resource = endpoint.partition(_DEPLOYMENTS)[0].rstrip("/")
        version = urlencode({"api-version": api_version})
        super().__init__(
            f"{resource}{_DEPLOYMENTS}/{quote(deployment or model, safe='')}?{version}",
            model,
            api_key_env=api_key_env,
            api_key_file=api_key_file,
            **settings,
        )
        self._models = f"{resource}/openai/models?{version}"

    def _list_models(self, call: Call) -> Asked:
        return self._send("GET", self._models, None, call)
