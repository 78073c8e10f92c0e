"""How `help` shows a group of settings."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo


class PythonSignature:
    """The `__signature__` of a class of settings: Python names, plain types and defaults.

    pydantic's own has camelCase names, and nothing but `**data` before the first use of the class.
    """

    def __get__(self, settings: object, kind: type[BaseModel]) -> Signature:
        types = get_type_hints(kind)
        return Signature(
            [
                Parameter(
                    name,
                    Parameter.KEYWORD_ONLY,
                    default=_default_of(info),
                    annotation=types[name],
                )
                for name, info in kind.model_fields.items()
            ]
        )


class _Code(str):
    """A default that is made at each use, as a program would write it."""

    __slots__ = ()
    __repr__ = str.__str__


def _default_of(info: FieldInfo) -> object:
    if info.is_required():
        return Parameter.empty
    if info.default_factory is None:
        return info.default
    return _Code(f"{getattr(info.annotation, '__name__', 'a default')}()")
