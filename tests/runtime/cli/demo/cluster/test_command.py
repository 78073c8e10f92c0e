"""What the command of the demonstration takes."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.cli.demo.cluster import __main__ as command


@pytest.mark.parametrize("arguments", [("--duration", "0"), ("--rate", "nan"), ("--rate", "x")])
def test_arguments_that_cannot_be_are_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err
