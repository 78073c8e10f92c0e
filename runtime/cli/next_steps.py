"""What `hive-resilience` says without a command: what to do next, by what is there already."""

from __future__ import annotations

from pathlib import Path

_FIRST = (
    ("hive-resilience demo", "models fail, and their tasks succeed: 20 seconds"),
    ("hive-resilience init", "writes resilience.yml, with comments, to start from"),
)
_WITH_SETTINGS = (
    ("hive-resilience check {file}", "every setting, and every mistake"),
    ("hive-resilience doctor {file}", "keys, servers, certificates, limits: what to mend"),
    ("hive-resilience run {file}", "tasks from standard input, one a line"),
    ("hive-resilience serve {file}", "the models over HTTP, with a dashboard at /dashboard/"),
)
_IN_PYTHON = 'from hive_resilience import Runtime; Runtime.from_file("{file}")'


def next_steps(settings: Path | None, version: str, *, can_serve: bool) -> str:
    """The text; `settings` are those that were found, `can_serve` whether the extra is there.

    >>> print(next_steps(None, "1.0", can_serve=True).splitlines()[0])
    hive-resilience 1.0: calls to AI models that go on while the models fail
    """
    file = "resilience.yml" if settings is None else settings.name
    told = "Begin here:" if settings is None else f"{file} is here. Next:"
    later = [(command.format(file=file), text) for command, text in _WITH_SETTINGS]
    if not can_serve:
        later[-1] = (later[-1][0], "needs: pip install 'hive-resilience[serve]'")
    steps = [*_FIRST, *later] if settings is None else later
    width = max(len(command) for command, _ in steps)
    return "\n".join(
        [
            f"hive-resilience {version}: calls to AI models that go on while the models fail",
            f"\n{told}",
            *(f"  {command:{width}}  {text}" for command, text in steps),
            f"\nIn Python: {_IN_PYTHON.format(file=file)}",
            "All commands: hive-resilience --help",
        ]
    )
