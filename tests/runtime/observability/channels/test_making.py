"""Channels are made of their settings; a package or a secret that is missing is told early."""

from __future__ import annotations

import builtins
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.actors.alerting.notification import DeliveryError
from hive_resilience.config.errors import ConfigurationError
from hive_resilience.config.settings.observability.channels import (
    KINDS,
    AlertmanagerChannelConfig,
    AnyOfThem,
    AppriseChannelConfig,
    CallbackChannelConfig,
    EmailChannelConfig,
    LogChannelConfig,
    PagerDutyChannelConfig,
    SlackChannelConfig,
    WebhookChannelConfig,
)
from hive_resilience.runtime.observability.channels.making import make_channels
from hive_resilience.runtime.observability.channels.secret import Secret

EVERY: tuple[AnyOfThem, ...] = (
    LogChannelConfig(name="log"),
    CallbackChannelConfig(name="callback", function=print),
    WebhookChannelConfig(name="webhook", url_env="ITS_URL", secret_env="ITS_SECRET"),
    SlackChannelConfig(name="slack", url_env="ITS_URL"),
    PagerDutyChannelConfig(name="pagerduty", routing_key_env="ITS_KEY"),
    AlertmanagerChannelConfig(name="alertmanager", url="http://alertmanager:9093"),
    EmailChannelConfig(name="email", host="h", sender="a@b", recipients=("c@d",)),
    AppriseChannelConfig(name="apprise", url_env="ITS_URL"),
)


def test_there_is_a_channel_for_every_type() -> None:
    assert [channel.name for channel in make_channels(EVERY)] == list(KINDS)


def test_equal_settings_make_equal_channels() -> None:
    assert make_channels(EVERY) == make_channels(EVERY)
    assert make_channels([SlackChannelConfig(name="slack", url_env="OTHER")]) != make_channels(
        [SlackChannelConfig(name="slack", url_env="ITS_URL")]
    )
    assert make_channels([LogChannelConfig(name="a")]) != make_channels(
        [CallbackChannelConfig(name="a", function=print)]
    )


def test_a_secret_that_is_not_there_yet_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ITS_URL", "https://host/canary")
    monkeypatch.delenv("ITS_KEY", raising=False)
    monkeypatch.delenv("ITS_SECRET", raising=False)

    with caplog.at_level(logging.WARNING):
        make_channels(EVERY)

    assert caplog.messages == [
        "channel webhook: the environment variable ITS_SECRET with the secret is not set or empty",
        "channel pagerduty: the environment variable ITS_KEY with the key is not set or empty",
    ]


@pytest.mark.parametrize(
    ("missing", "extra", "names"),
    [
        ("aiohttp", "http", ("webhook", "slack", "pagerduty", "alertmanager")),
        ("apprise", "apprise", ("apprise",)),
    ],
)
def test_a_missing_package_is_an_error_that_names_the_extra(
    missing: str, extra: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == missing:
            raise ImportError(name)
        return imported(name, *rest)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setitem(sys.modules, missing, None)  # what `find_spec` looks at
    for settings in EVERY:
        if settings.name not in names:
            assert make_channels([settings])
            continue
        with pytest.raises(ConfigurationError, match=f"hive-resilience\\[{extra}\\]") as caught:
            make_channels([settings])
        assert settings.name in str(caught.value)


def test_the_settings_alone_import_no_client() -> None:
    import subprocess

    code = (
        "import sys; import hive_resilience.config.settings.observability.channels; "
        "import hive_resilience.runtime.observability.channels.making; "
        "print(sorted({'aiohttp', 'apprise', 'smtplib'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "[]\n"


# Secrets.


def test_a_file_may_end_with_a_line_end(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\ufeffsecret\n", "utf-8")

    assert Secret("the key", file=str(file)).read() == "secret"


@pytest.mark.parametrize("content", ["", " \n", "a\nb", "schl\u00fcssel"])
def test_what_cannot_be_sent_is_refused_and_not_quoted(content: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(content, "utf-8")

    with pytest.raises(DeliveryError, match="the key") as caught:
        Secret("the key", file=str(file)).read()

    assert not content.strip() or content not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="cannot be read: No such file") as caught:
        Secret("the key", file=str(tmp_path / "none")).read()

    assert caught.value.__context__ is None


def test_a_secret_shows_itself_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITS_KEY", "canary")

    assert "canary" not in repr(Secret("the key", env="ITS_KEY").read())
    assert "canary" not in repr(make_channels(EVERY))
