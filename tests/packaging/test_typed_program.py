"""The program that the type checkers look at runs, too."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Runtime

from . import typed_program as program


def test_it_gets_its_answers() -> None:
    first, one, two, chunk = asyncio.run(program.main())

    assert first == "small says: hi"
    assert one in {"small says: 1", "large says: 1", "both has 30 s", "in brief"}
    assert two in {"small says: 2", "large says: 2", "both has 30 s", "in brief"}
    assert chunk in {"small says: hi", "large says: hi", "both", "in brief"}


def test_its_blocking_half_gets_its_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with Runtime(program.CONFIG) as runtime:
        program.from_a_thread(runtime)

    assert "says: hi" in capsys.readouterr().out


def test_what_it_reads_from_its_settings_is_of_the_types_it_says() -> None:
    settings = program.CONFIG.global_

    assert (settings.default_timeout, settings.task_timeout) == (30.0, 120.0)
    assert program.CONFIG.models[0].retry.retryable_errors == (418, "Busy")
