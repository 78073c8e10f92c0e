"""Names that are loaded when they are first used: importing a package stays cheap."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType


def lazily(
    package: str, places: Mapping[str, str], renamed: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` and `__dir__` of a package or module: the names that others give it.

    `renamed` has the new name of each old one, which still works, with a `DeprecationWarning`.
    """
    place_of = {name: place for place, names in places.items() for name in names.split()}
    namespace = vars(sys.modules[package])
    start: str = namespace["__package__"]

    def load(name: str) -> object:
        if name in renamed:
            told = f"{package}.{name} is {package}.{renamed[name]} now"
            warnings.warn(told, DeprecationWarning, stacklevel=2)
            name = renamed[name]
        place = place_of.get(name)
        if place is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = namespace[name] = getattr(import_module(place, start), name)
        return found

    return sorted(place_of), load, lambda: sorted({*namespace, *place_of})
