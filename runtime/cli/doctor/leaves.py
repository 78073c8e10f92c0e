"""Every single setting of a fleet with its dotted key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

from ....config.base import Settings
from ....config.settings.model import ModelConfig
from ....config.settings.runtime import RuntimeConfig


class Leaf(NamedTuple):
    """A setting that has no others inside."""

    key: str
    name: str
    value: object


def enabled_models(config: RuntimeConfig) -> Iterator[ModelConfig]:
    """The models that take tasks."""
    return (model for model in config.models if model.enabled)


def leaves(config: RuntimeConfig) -> Iterator[Leaf]:
    """Those for all models, and those of each model that is enabled."""
    yield from _inside(config.global_, "global")
    for model in enabled_models(config):
        yield from _inside(model, f"models.{model.id}")


def _inside(group: Settings, key: str) -> Iterator[Leaf]:
    for name in type(group).model_fields:
        value: object = getattr(group, name)
        if isinstance(value, Settings):
            yield from _inside(value, f"{key}.{name}")
            continue
        yield Leaf(f"{key}.{name}", name, value)
        if isinstance(value, tuple):
            for at, member in enumerate(cast("tuple[object, ...]", value)):
                if isinstance(member, Settings):
                    yield from _inside(member, f"{key}.{name}.{getattr(member, 'name', at)}")
