"""What all settings have in common: frozen, no unknown keys, camelCase accepted."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Settings(BaseModel):
    """A frozen group of settings; `failure_threshold` may be written `failureThreshold`."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        protected_namespaces=(),
        # What a user wrote into the wrong place may be a secret: it is not quoted.
        hide_input_in_errors=True,
        # The validators are made when first needed: a fifth of the time of importing the library.
        defer_build=True,
    )
