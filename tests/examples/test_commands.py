"""The commands that pages show are commands, with options that they have."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from .programs import DOCS, FENCED, PAGES
from .test_site import extension

INDENTED = re.compile(r"^ {4}(.*)$", re.MULTILINE)
SHOWN = re.compile(r"^(?:.*(?:- run: |\| ))?hive-resilience ([a-z].*)$", re.MULTILINE)
AFTER = re.compile(r" +(#|[|>&] ?|2>).*$")
GENERATED = {"reference/commands.md"}


def shown() -> list[tuple[str, str]]:
    """Each line of a page that is a command, without what the shell takes."""
    return [
        (page.name, AFTER.sub("", line).strip())
        for page in PAGES
        if page.name not in GENERATED
        for line in SHOWN.findall(code_of(page.read_text("utf-8")))
    ]


def code_of(text: str) -> str:
    """The lines of its blocks, fenced and indented."""
    return "\n".join([*(block for _, block in FENCED.findall(text)), *INDENTED.findall(text)])


def understood(line: str, commands: dict[str, Any]) -> None:
    """Raises what the command says of words and options that it does not know."""
    words = shlex.split(line)
    depth = next(n for n in (2, 1) if " ".join(words[:n]) in commands)
    context = commands[" ".join(words[:depth])]
    context.command.make_parser(context).parse_args(words[depth:])


COMMANDS = dict(extension("commands").commands())


@pytest.mark.parametrize("line", sorted({line for _, line in shown()}))
def test_a_command_of_a_page_is_one_with_its_options(line: str) -> None:
    understood(line, COMMANDS)


def test_there_are_many_of_them() -> None:
    assert len(shown()) > 60
    assert {page for page, _ in shown()} >= {"server.md", "cluster.md", "slack.md", "reports.md"}


@pytest.mark.parametrize("line", ["serve resilience.yml --prot 80", "model frobnicate large"])
def test_a_slip_in_a_command_is_found(line: str) -> None:
    with pytest.raises(Exception, match=r"No such option|StopIteration|^$"):
        understood(line, COMMANDS)


def test_every_block_of_settings_and_recipes_can_be_read() -> None:
    blocks = [
        (page, text)
        for page in DOCS.rglob("*.md")
        for kind, text in FENCED.findall(page.read_text("utf-8"))
        if kind in {"yaml", "yml"}
    ]

    assert len(blocks) > 30
    for page, text in blocks:
        assert list(yaml.safe_load_all(text)) != [None], page
