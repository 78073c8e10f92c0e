"""The tables of docs/configuration.md on channels say what their settings say."""

from __future__ import annotations

import pytest

from hive_resilience.config.settings.observability.channels import KINDS, AnyChannelConfig

from .test_documentation import actual, documented

COMMON = set(AnyChannelConfig.model_fields)
BARE = {"callback", "log"}
"""Types with no settings of their own in a file."""


def test_what_all_have_in_common_is_documented() -> None:
    assert documented("alerts.channels") == actual(AnyChannelConfig)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - BARE))
def test_every_setting_of_a_type_is_documented(kind: str) -> None:
    there_are = actual(KINDS[kind])

    assert there_are.pop("type") == (kind, kind)
    assert documented(f"alerts.channels.{kind}") | documented("alerts.channels") == there_are


@pytest.mark.parametrize("kind", sorted(BARE))
def test_the_others_have_no_settings_of_their_own(kind: str) -> None:
    assert set(actual(KINDS[kind])) == COMMON | {"type"}
