"""A deployment of Azure OpenAI, as an executor."""

from __future__ import annotations

from typing import Unpack
from urllib.parse import quote, urlencode

from ..http.call_options import CallSettings
from .compatible import MODELS, OpenAICompatible

_API = "/openai"
_OF_A_DEPLOYMENT = frozenset({"/chat/completions", "/completions", "/embeddings"})
"""What versions with a date have below a deployment; the rest is under `v1`, for all."""
_UNDATED = {"v1": "", "preview": "?api-version=preview", "latest": "?api-version=latest"}


class AzureDeployment(OpenAICompatible):
    """Executor for one deployment.

    With a date as `api_version` chats, completions and embeddings are asked under the deployment;
    all else, and everything with `v1`, `preview` or `latest`, at `/openai/v1` with the deployment
    as the `model`.

    The key goes into the header `api-key`. For a token give `headers` an `Authorization` with the
    place of a text `Bearer ...`: it is read at each call, so that it may be renewed.

    >>> AzureDeployment("https://me.openai.azure.com", "gpt-5", api_version="2024-10-21").url
    'https://me.openai.azure.com/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21'
    """

    _key_header = ("api-key", "")
    _provider = "azure"

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
        # The address that Azure's pages show names a deployment already, or `v1`.
        self._resource = endpoint.partition(f"{_API}/")[0].rstrip("/") + _API
        self._deployment = quote(deployment or model, safe="")
        self._version = api_version
        super().__init__(
            self._resource,
            deployment or model,
            api_key_env=api_key_env,
            api_key_file=api_key_file,
            **settings,
        )

    def _under(self, path: str) -> str:
        if self._version in _UNDATED:
            return f"{self._resource}/v1{path}{_UNDATED[self._version]}"
        version = urlencode({"api-version": self._version})
        if path in _OF_A_DEPLOYMENT:
            return f"{self._resource}/deployments/{self._deployment}{path}?{version}"
        if path == MODELS:
            return f"{self._resource}{path}?{version}"
        return f"{self._resource}/v1{path}"
