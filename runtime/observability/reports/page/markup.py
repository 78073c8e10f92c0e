"""HTML as strings that are escaped once, where they become HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Html:
    """An element; whatever is no `Html` is escaped. `class_` is the class, `_` in names is `-`.

    >>> tag("p", "a < b", class_="lead")
    '<p class="lead">a &lt; b</p>'
    """
    told = "".join(
        f' {_attribute(key)}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{told}>{joined(children)}</{name}>")


def joined(children: Iterable[object]) -> Html:
    """Several pieces, one after the other."""
    return Html("".join(_escaped(child) for child in children))


def _escaped(child: object) -> str:
    return child if isinstance(child, Html) else escape(str(child), quote=False)


def _attribute(key: str) -> str:
    if key == "class_":
        return "class"
    return key if key in ("viewBox", "preserveAspectRatio") else key.replace("_", "-")
