"""What all settings have in common: frozen, no unknown keys, camelCase accepted."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from .python_signature import PythonSignature
from .values.values import is_mapping
from .values.words import nearest


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

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._sign()

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """As pydantic's, which runs at the first use of a class."""
        done = super().model_rebuild(**options)
        cls._sign()
        return done

    @classmethod
    def _sign(cls) -> None:
        cls.__signature__ = PythonSignature()  # type: ignore[assignment]  # gives a `Signature`

    @model_validator(mode="before")
    @classmethod
    def _names_are_known(cls, given: object) -> object:
        """pydantic would refuse an unknown one as well, but suggest nothing."""
        fields = cls.model_fields
        for name in given if is_mapping(given) else ():
            if name not in fields and name not in cls._spellings():
                meant = nearest(str(name), fields)
                advice = f"did you mean {meant}?" if meant else f"there are {', '.join(fields)}"
                raise ValueError(f"{name}: unknown setting; {advice}")
        return given

    @classmethod
    @cache
    def _spellings(cls) -> frozenset[str]:
        return frozenset(str(info.alias) for info in cls.model_fields.values())
