"""What the doctor has found: one fact, whether it is well, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is with a finding."""

    WELL = "well"
    NOTE = "note"
    """Worth knowing; it runs all the same."""
    MEND = "mend"
    """It will not work like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact. `about` is a key of the settings, a server, a folder or a part of the machine."""

    check: str
    """Which check it is of: keys, server, certificate, clock ..."""
    about: str
    verdict: Verdict
    text: str
    advice: str = ""
    """What to do; empty where nothing has to be done."""


def well(check: str, about: str, text: str) -> Finding:
    """A fact that is as it should be."""
    return Finding(check, about, Verdict.WELL, text)


def note(check: str, about: str, text: str, advice: str = "") -> Finding:
    """A fact that is worth knowing."""
    return Finding(check, about, Verdict.NOTE, text, advice)


def mend(check: str, about: str, text: str, advice: str) -> Finding:
    """A fact that has to change."""
    return Finding(check, about, Verdict.MEND, text, advice)
