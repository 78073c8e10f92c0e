"""The block `{commands}`: every command of `hive-resilience`, as its own `--help` tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from hive_resilience.runtime.cli.commands import app as hive_resilience

if TYPE_CHECKING:
    from sphinx.application import Sphinx

BLOCK = re.compile(r"^```\{commands\}\n```$", re.MULTILINE)
_ON_EVERY_COMMAND = "--help"


def documented() -> str:
    """A section for each command that does something, in Markdown."""
    return "\n".join(_section(name, context) for name, context in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """The commands that do something, by their words behind `hive-resilience`."""
    root = get_command(hive_resilience)
    yield from _below((), type(root).context_class(root, info_name="hive-resilience"))


def _below(words: tuple[str, ...], context: Any) -> Iterator[tuple[str, Any]]:
    for word, command in getattr(context.command, "commands", {}).items():
        inner = type(command).context_class(command, info_name=word, parent=context)
        if not hasattr(command, "commands"):
            yield " ".join((*words, word)), inner
        yield from _below((*words, word), inner)


def _section(name: str, context: Any) -> str:
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    told = [one.get_help_record(context) for one in command.get_params(context)]
    rows = [f"| `{_cell(words)}` | {_cell(means)} |" for words, means in filter(None, told)]
    table = [row for row in rows if _ON_EVERY_COMMAND not in row]
    head = ["| | |", "| --- | --- |"] if table else []
    text = [_plain(command.help or ""), "", *head, *table, "", _plain(command.epilog or "")]
    return "\n".join([f"## {name}", "", f"    {context.command_path} {usage}", "", *text, ""])


def _plain(text: str) -> str:
    """A help text as a paragraph; what looks like Markdown or HTML is a word."""
    return re.sub(r"([<>\[\]{}*_])", r"\\\1", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Write the commands into the page that asks for them."""
    if BLOCK.search(source[0]):
        source[0] = BLOCK.sub(lambda _: documented(), source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
