"""The findings as text for people and as JSON for programs."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import orjson

from ....config.values.words import printable
from .finding import Finding, Verdict

_ORDER = (Verdict.WELL, Verdict.NOTE, Verdict.MEND)
"""What has to be mended stands last, where a terminal shows it."""


def as_text(settings: str, findings: Sequence[Finding]) -> str:
    """A line for each finding, what to do below it, and a count at the end."""
    lines = [f"hive-resilience {version('hive-resilience')}, {_python()}, settings: {settings}"]
    for verdict in _ORDER:
        lines += [line for one in findings if one.verdict is verdict for line in _lines(one)]
    return printable_lines([*lines, _count(findings)])


def as_json(settings: str, findings: Sequence[Finding]) -> str:
    """One object; `ok` says whether there is nothing to mend."""
    told: dict[str, Any] = {
        "version": version("hive-resilience"),
        "python": platform.python_version(),
        "settings": settings,
        "ok": is_well(findings),
        "findings": [
            {
                "check": one.check,
                "about": one.about,
                "verdict": one.verdict.value,
                "text": one.text,
                "advice": one.advice,
            }
            for one in findings
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether there is nothing to mend."""
    return all(one.verdict is not Verdict.MEND for one in findings)


def printable_lines(lines: Iterable[str]) -> str:
    """Lines without control characters: hosts and files may have any."""
    return "\n".join(map(printable, lines))


def _lines(one: Finding) -> Iterator[str]:
    yield f"{one.verdict.value:4}  {one.check}: {one.about}: {one.text}"
    if one.advice:
        yield f"      -> {one.advice}"


def _count(findings: Sequence[Finding]) -> str:
    count = {verdict: sum(one.verdict is verdict for one in findings) for verdict in Verdict}
    return (
        f"{count[Verdict.MEND]} to mend, {count[Verdict.NOTE]} to know, {count[Verdict.WELL]} well"
    )


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"
