"""Which servers the settings lead to, each once, and which settings lead there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

from ....actors.alerting.notification import DeliveryError
from ....config.errors import ConfigurationError
from ....config.settings.model import ModelConfig
from ....config.settings.observability.channels import AnyChannelConfig, EmailChannelConfig
from ....config.settings.runtime import RuntimeConfig
from ....config.values.secrets import ELLIPSIS, is_url
from ...executors.transport.options import ConnectionOptions
from ...observability.channels.secret import Secret
from .finding import Finding, mend, note
from .leaves import enabled_models

CHECK = "server"
_PORTS = {"http": 80, "https": 443}
_MAIL = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect, and how. A proxy may have a password in its URL, which is never shown."""

    host: str
    port: int
    secure: bool
    path: str | None
    """What to ask for by HEAD; None: a connection says enough."""
    proxy: str | None = None
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """As messages call it."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


Lead = tuple[Server, str]
"""A server, and the key of a setting that leads there."""


def servers_of(config: RuntimeConfig) -> tuple[dict[Server, list[str]], list[Finding]]:
    """Each server with the keys that lead there; and what stands in the way of knowing one."""
    found: dict[Server, list[str]] = {}
    unknown: list[Finding] = []
    for one in _leads(config):
        if isinstance(one, Finding):
            unknown.append(one)
        else:
            found.setdefault(one[0], []).append(one[1])
    return found, unknown


def _leads(config: RuntimeConfig) -> Iterator[Lead | Finding]:
    for model in enabled_models(config):
        yield from _of_a_model(model)
    for channel in config.global_.alerts.channels:
        yield from _of_a_channel(channel, f"global.alerts.channels.{channel.name}")


def _of_a_model(model: ModelConfig) -> Iterator[Lead | Finding]:
    key = f"models.{model.id}"
    page = model.health_check.endpoint
    if page not in (None, ELLIPSIS):
        yield _lead(str(page), f"{key}.health_check.endpoint", model)
    if model.executor is not None:
        return
    url = model.endpoint or _of_its_client(model.provider)
    if url is not None:
        yield _lead(url, key, model)
    elif model.provider in ("anthropic_bedrock", "anthropic_vertex"):
        told = "its client alone knows the server, by region and project"
        yield note(CHECK, key, told, "--ask asks the model itself")


def _of_its_client(provider: str | None) -> str | None:
    """The server that a provider's own client asks; None: it is not installed, or unknown."""
    if provider == "openai" and find_spec("openai") is not None:
        from openai import AsyncOpenAI

        return str(AsyncOpenAI(api_key="-").base_url)
    if provider == "anthropic" and find_spec("anthropic") is not None:
        from anthropic import AsyncAnthropic

        return str(AsyncAnthropic(api_key="-").base_url)
    return None


def _of_a_channel(channel: AnyChannelConfig, key: str) -> Iterator[Lead | Finding]:
    if isinstance(channel, EmailChannelConfig):
        secure = channel.security == "tls"
        port = channel.port or _MAIL[channel.security]
        yield Server(channel.host, port, secure, None, ca_file=channel.ca_file), key
    elif hasattr(channel, "url_env"):
        yield from _of_a_receiver(channel, key)
    elif isinstance(url := getattr(channel, "url", None), str):
        yield _at(url, None, None, asks=False), key


def _of_a_receiver(channel: AnyChannelConfig, key: str) -> Iterator[Lead | Finding]:
    """Its URL may be a secret: no word of it but host and port is shown."""
    places = (getattr(channel, name, None) for name in ("url_env", "url_file", "url"))
    try:
        url = Secret("the URL", *places).read()
    except DeliveryError:
        return  # the check of the keys tells it
    if url is not None and is_url(url):
        yield _at(url, None, None, asks=False), key
    elif url is not None and getattr(channel, "type", "") != "apprise":
        yield mend(CHECK, key, "what should be its URL is none", "https://host/path is one")


def _lead(url: str, key: str, model: ModelConfig) -> Lead | Finding:
    try:
        proxy = ConnectionOptions(model.proxy).proxy_for(url)
    except ConfigurationError as error:
        return mend(CHECK, key, str(error), "change HTTP_PROXY or HTTPS_PROXY")
    return _at(url, proxy, model.ca_file, asks=True), key


def _at(url: str, proxy: str | None, ca_file: str | None, *, asks: bool) -> Server:
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    path = (parts.path or "/") if asks else None
    return Server(parts.hostname or "", port, parts.scheme == "https", path, proxy, ca_file)
