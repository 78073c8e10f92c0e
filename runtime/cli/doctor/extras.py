"""Which extras the settings need, and whether what they bring is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from ....config.loading.executors import has_a_caller
from ....config.settings.model import Isolation
from ....config.settings.runtime import RuntimeConfig
from .finding import Finding, mend, note, well
from .leaves import enabled_models

CHECK = "extras"
PACKAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "anthropic": {"anthropic": "anthropic"},
        "apprise": {"apprise": "apprise"},
        "bedrock": {"boto3": "boto3"},
        "cli": {"rich": "rich", "typer": "typer"},
        "env": {"dotenv": "python-dotenv"},
        "fast": {"uvloop": "uvloop"},
        "http": {"aiohttp": "aiohttp"},
        "openai": {"openai": "openai"},
        "otel": {"opentelemetry": "opentelemetry-api"},
        "process": {"pebble": "pebble"},
        "prometheus": {"prometheus_client": "prometheus-client"},
        "ray": {"ray": "ray"},
        "serve": {"httptools": "httptools", "starlette": "starlette", "uvicorn": "uvicorn"},
        "vertex": {"google.auth": "google-auth"},
        "watch": {"watchfiles": "watchfiles"},
        "yaml": {"yaml": "pyyaml"},
    }
)
"""What each extra brings of its own: modules, and the packages that have them."""
_OF_ISOLATION = {Isolation.PROCESS: "process", Isolation.RAY: "ray"}
_OF_PROVIDER = {
    "openai": ("http", "openai"),
    "anthropic": ("http", "anthropic"),
    "anthropic_bedrock": ("http", "anthropic", "bedrock"),
    "anthropic_vertex": ("http", "anthropic", "vertex"),
}
_CHANNELS = {
    "webhook": "http",
    "slack": "http",
    "pagerduty": "http",
    "alertmanager": "http",
    "apprise": "apprise",
}
_YAML = (".yml", ".yaml")

Installed = Callable[[str], bool]


def is_installed(module: str) -> bool:
    """Whether a module can be imported, as far as that shows without doing it."""
    try:
        return find_spec(module) is not None
    except ImportError:  # of the package around it
        return False


def check_extras(
    config: RuntimeConfig, path: Path, installed: Installed = is_installed
) -> Iterator[Finding]:
    """A finding for each extra that these settings need."""
    for extra, reason in needed(config, path).items():
        missing = _missing(extra, installed)
        if missing:
            told = f"{' and '.join(missing)} not installed; needed by {reason}"
            yield mend(CHECK, extra, told, f"pip install 'hive-resilience[{extra}]'")
        else:
            yield well(CHECK, extra, f"{_versions(extra)}; needed by {reason}")


def list_extras(installed: Installed = is_installed) -> Iterator[Finding]:
    """A finding for each extra there is, where no settings say which are needed."""
    for extra in PACKAGES:
        missing = _missing(extra, installed)
        if missing:
            advice = f"if you need it: pip install 'hive-resilience[{extra}]'"
            yield note(CHECK, extra, f"{' and '.join(missing)} not installed", advice)
        else:
            yield well(CHECK, extra, _versions(extra))


def needed(config: RuntimeConfig, path: Path) -> dict[str, str]:
    """Each extra that the settings need, with the first setting that needs it."""
    found: dict[str, str] = {}
    for extra, reason in _needs(config, path):
        found.setdefault(extra, reason)
    return found


def _needs(config: RuntimeConfig, path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix.lower() in _YAML:
        yield "yaml", path.name
    if (path.parent / ".env").is_file():
        yield "env", "the .env beside the settings"
    for model in enabled_models(config):
        key = f"models.{model.id}"
        if has_a_caller(model):
            for extra in _OF_PROVIDER.get(model.provider or "", ("http",)):
                yield extra, key
        if model.health_check.endpoint is not None:
            yield "http", f"{key}.health_check.endpoint"
        if model.isolation in _OF_ISOLATION:
            yield _OF_ISOLATION[model.isolation], f"{key}.isolation"
    if config.global_.cluster.address is not None:
        yield "ray", "global.cluster.address"
    telemetry = config.global_.telemetry
    if telemetry.traces or telemetry.metrics:
        yield "otel", "global.telemetry"
    for channel in config.global_.alerts.channels:
        if channel.type in _CHANNELS:
            yield _CHANNELS[channel.type], f"global.alerts.channels.{channel.name}"


def _missing(extra: str, installed: Installed) -> list[str]:
    return [package for module, package in PACKAGES[extra].items() if not installed(module)]


def _versions(extra: str) -> str:
    return ", ".join(map(_with_version, PACKAGES[extra].values()))


def _with_version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package
