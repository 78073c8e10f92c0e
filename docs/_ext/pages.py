"""What the pages need beyond MyST: blocks of public names, and links that leave `docs`."""

from __future__ import annotations

import enum
import inspect
import os
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

if TYPE_CHECKING:
    from sphinx.application import Sphinx

NAMES = re.compile(r"^```\{names\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:|/)([^)\s#]+)(#[^)\s]*)?\)")
TOP = "hive_resilience"
INCLUDED = {
    "README.md": "index.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security-policy.md",
    "benchmarks/README.md": "project/benchmarks.md",
    "docs/runbooks": "reference/runbooks.md",
    "examples": "project/examples.md",
    "examples/chaos": "project/examples.md",
    "examples/chaos/refused.yml": "project/examples.md",
}
"""Files outside of `docs` that the site has as a page."""


def documented(door: str, names: str) -> str:
    """The public names of a block, each as the directive that writes its docstring."""
    lines = [line for name in names.split() for line in _directive(door, name)]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def _directive(door: str, name: str) -> list[str]:
    found = getattr(import_module(door), name)
    if door != TOP and name in import_module(TOP).__all__:
        return [f"- :py:class:`{TOP}.{name}` stands at the top.", ""]
    if not inspect.isclass(found):
        kind = "autofunction" if callable(found) else "autodata"
        return [f".. {kind}:: {door}.{name}", ""]
    if hasattr(found, "model_fields"):
        _plain_types(found)
    kind = "autoexception" if issubclass(found, BaseException) else "autoclass"
    options = ["   :members:", f"   :inherited-members: {_foreign(found)}"]
    if issubclass(found, enum.Enum):
        options.append("   :undoc-members:")
    arguments = "(**settings)" if hasattr(found, "model_fields") else ""
    return [f".. {kind}:: {door}.{name}{arguments}", *options, ""]


def _plain_types(settings: type) -> None:
    """What a setting is, without the validators that read it."""
    hints = get_type_hints(settings)
    for kind in settings.__mro__:
        if kind.__module__.startswith("hive_"):
            plain = {name: hints[name] for name in kind.__annotations__ if name in hints}
            kind.__annotations__.update(plain)


def _foreign(kind: type) -> str:
    """The bases that are not ours: what these bring is documented elsewhere."""
    return ",".join(b.__name__ for b in kind.__mro__ if not b.__module__.startswith("hive_"))


def relinked(text: str, page: Path, docs: Path) -> str:
    """A text whose links to files outside of `docs` lead to their pages, or are words."""

    def leads(found: re.Match[str]) -> str:
        words, path, heading = found[1], found[2], found[3] or ""
        target = Path(os.path.normpath(page.parent / path))
        if inside := INCLUDED.get(target.relative_to(docs.parent).as_posix()):
            return f"[{words}](/{inside}{heading})"
        if not target.is_relative_to(docs):
            return words
        return f"[{words}](/{target.relative_to(docs).as_posix()}{heading})"

    return LINK.sub(leads, text)


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Rewrite a page before it is parsed."""
    docs = Path(app.srcdir)
    text = NAMES.sub(lambda found: documented(found[1], found[2]), source[0])
    source[0] = relinked(text, docs / f"{name}.md", docs)


def include_read(app: Sphinx, path: Path, _: str, source: list[str]) -> None:
    """Rewrite a file from outside of `docs` that a page includes."""
    docs = Path(app.srcdir)
    source[0] = relinked(source[0], Path(os.path.normpath(docs / path)), docs)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", read)
    app.connect("include-read", include_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
