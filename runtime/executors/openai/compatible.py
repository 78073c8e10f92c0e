"""Any server that speaks as OpenAI's does, as an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

from ....config.values.families import usual_families
from ...observability.telemetry.here import Server
from ..families.table import forms_of
from ..http.api_key import ApiKey, Key
from ..http.call import Call
from ..http.call_options import CallOptions, CallSettings
from ..http.chat_executor import Asked, ChatExecutor
from ..http.client import checked_base_url
from ..http.form import Form
from ..transport.choice import transport_for
from ..transport.protocol import Request
from ..transport.redirects import send

if TYPE_CHECKING:
    import httpx2

MODELS = "/models"
"""Where servers list their models."""


class OpenAICompatible(ChatExecutor):
    """Executor for a server with OpenAI's chat completions at `base_url` + `/chat/completions`.

    Of other families it asks the paths that OpenAI has for them. A query in `base_url` goes behind
    the path. The key is read from the environment variable
    `api_key_env`, or from the file `api_key_file`, at each call and kept nowhere. A `client` that
    is given is used as it is and never closed here; otherwise each event loop gets connections of
    its own at the first call, closed by `close()`. What else there is: `CallSettings`.

    >>> OpenAICompatible("http://127.0.0.1:8000/v1/", "tiny").url
    'http://127.0.0.1:8000/v1/chat/completions'
    """

    _key_header = ("Authorization", "Bearer ")
    _provider: str | None = None

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key_env: str | None = None,
        api_key_file: str | None = None,
        client: httpx2.AsyncClient | None = None,
        **settings: Unpack[CallSettings],
    ) -> None:
        options = CallOptions(settings)
        transport = transport_for(type(self).__name__, options.connections, client)
        forms = forms_of(options.families or usual_families(self._provider))
        super().__init__(model, ApiKey(api_key_env, api_key_file), options, transport, forms)
        self._base = urlsplit(checked_base_url(base_url))._replace(fragment="")
        self.url: str = self._under(self._main.path)

    @property
    def server(self) -> Server:
        """For telemetry: the server that it asks by itself."""
        port = self._base.port or {"http": 80, "https": 443}.get(self._base.scheme)
        return Server(self.model, self._base.hostname, port, self._provider)

    def _under(self, path: str) -> str:
        """The URL of a path below the base."""
        return self._base._replace(path=self._base.path.rstrip("/") + path).geturl()

    def _ask(self, form: Form, fields: dict[str, Any], body: bytes, call: Call) -> Asked:
        return self._send("POST", self._address(form, call), body, call)

    def _list_models(self, call: Call) -> Asked:
        return self._send("GET", self._under(MODELS), None, call)

    def _address(self, form: Form, call: Call) -> str:
        return self.url if form.path == self._main.path else self._under(form.path)

    def _send(self, method: str, url: str, body: bytes | None, call: Call) -> Asked:
        headers = self._headers(call)
        request = Request(method, url, headers, body, call.left, call.connect_timeout)
        return send(self._transport, request)

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"Content-Type": "application/json", **call.sent}
        name, before = self._key_header
        if call.key is not None and not any(other.lower() == name.lower() for other in headers):
            headers[name] = Key(f"{before}{call.key}")
        return headers
