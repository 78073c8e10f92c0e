"""Types from outside: type checkers read a program that uses the installed wheel."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from .environments import EVERYTHING, Case, installed
from .steps import FailedError, NotHereError, python, run

PROGRAM = Path(__file__).parents[1] / "packaging" / "typed_program.py"
_SHOWN = 20


def environment(version: str, interpreter: str, wheel: Path, work: Path) -> Path:
    """The interpreter of an environment with the wheel and all extras."""
    case = Case(version, interpreter, EVERYTHING, "highest")
    there = installed(case, wheel, work / "typed" / ".venv")
    shutil.copy(PROGRAM, work / "typed" / "program.py")
    return there


def mypy(there: Path) -> str:
    """Whether mypy --strict takes a program that uses the public names."""
    place = there.parents[2]
    run(python("-m", "mypy", "--strict", "--python-executable", there, "program.py"), place)
    return "a program of a user, strict"


def pyright(there: Path) -> str:
    """The same with pyright in strict mode."""
    place = there.parents[2]
    settings = {"typeCheckingMode": "strict", "venvPath": ".", "venv": ".venv"}
    (place / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    run(python("-m", "pyright", "--project", place), place)
    return "a program of a user, strict"


def completeness(there: Path) -> str:
    """Whether every type of the public names is stated: `pyright --verifytypes`."""
    arguments = ("--pythonpath", there, "--ignoreexternal", "--outputjson")
    command = python("-m", "pyright", "--verifytypes", "hive_resilience", *arguments)
    try:
        told = run(["sh", "-c", '"$@" || true', "sh", *command], there.parents[2])
    except OSError as error:
        raise FailedError(str(error)) from error
    return judged(json.loads(told[told.index("{") :]))


def judged(report: dict[str, Any]) -> str:
    """The score, or every name whose type is not known."""
    found = report["typeCompleteness"]
    if not found["symbols"]:
        told = "; ".join(one["message"] for one in report["generalDiagnostics"])
        raise NotHereError(f"pyright has read no name of the package: {told}")
    score = float(found["completenessScore"])
    if score < 1.0:
        names = [
            f"{one['name']}: {_first(one['diagnostics'])}"
            for one in found["symbols"]
            if one["isExported"] and not one["isTypeKnown"]
        ]
        shown = "\n".join(names[:_SHOWN])
        raise FailedError(f"{score:.1%} complete; {len(names)} names are not:\n{shown}")
    counts = found["exportedSymbolCounts"]
    return f"{counts['withKnownType']} exported names, all of known type"


def _first(diagnostics: list[dict[str, Any]]) -> str:
    text = diagnostics[0]["message"] if diagnostics else "of unknown type"
    return re.sub(r"\s+", " ", text)
