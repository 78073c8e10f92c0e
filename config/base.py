"""The base of all settings: frozen, without unknown keys, and in camelCase too."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from .errors import ConfigurationError
from .python_signature import PythonSignature
from .values.values import is_mapping
from .values.words import nearest


class Settings(BaseModel):
    """A frozen group of settings; `failure_threshold` may be written `failureThreshold`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        protected_namespaces=(),
        # A value in the wrong place may be a secret: no error quotes it.
        hide_input_in_errors=True,
        # Validators are made at their first use: a fifth of the time of importing the library.
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
        type.__setattr__(cls, "__signature__", PythonSignature())  # gives a `Signature`

    @model_validator(mode="before")
    @classmethod
    def _names_are_known(cls, given: object) -> object:
        """pydantic refuses an unknown name as well, but suggests no other."""
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


def stated(settings: object, *, all_of_it: bool = False) -> object:
    """Settings as they were stated, for reading them again: without what stands at its default."""
    if isinstance(settings, Settings):
        names = type(settings).model_fields if all_of_it else settings.model_fields_set
        return {name: stated(getattr(settings, name), all_of_it=all_of_it) for name in names}
    if isinstance(settings, tuple):
        members = cast("tuple[object, ...]", settings)
        return tuple(stated(member, all_of_it=all_of_it) for member in members)
    return settings


S = TypeVar("S", bound=Settings)


def given_or_default(given: S | None, kind: type[S]) -> S:
    """What was given, or the defaults. Raises `ConfigurationError` for settings of another kind."""
    if given is None:
        return kind()
    if not isinstance(given, kind):
        found, wanted = type(given).__name__, kind.__name__
        raise ConfigurationError(f"these settings are a {wanted}, not a {found}")
    return given
