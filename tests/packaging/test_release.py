"""`make release`: what its steps decide; the steps themselves take minutes."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from hive_resilience.runtime.cli.doctor.extras import PACKAGES
from tests.release import asked_for, building, environments, licences, steps, typed_outside
from tests.release.__main__ import SUPPORTED
from tests.release.steps import FailedError, NotHereError, Step, Verdict

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"


def archive(*names: str, **odd: Any) -> bytes:
    """A packed sdist whose members have odd times, owners or rights."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            for key, value in odd.items():
                setattr(member, key, value)
            made.addfile(member, io.BytesIO(name.encode()))
    return packed.getvalue()


def members(packed: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as opened:
        return opened.getmembers()


def test_what_belongs_to_a_machine_is_not_in_an_sdist() -> None:
    ours = archive("a", "b", mtime=1, uid=5, uname="me", mode=0o640)
    theirs = archive("b", "a", mtime=9, uid=0, gname="all", mode=0o664)

    assert ours != theirs
    assert building.normalised(ours, 1_000) == building.normalised(theirs, 1_000)


def test_content_names_and_what_may_be_run_stay() -> None:
    found = members(building.normalised(archive("b", "a", mode=0o755), 1_000))

    assert [(one.name, one.mode, one.mtime) for one in found] == [
        ("a", 0o755, 1_000),
        ("b", 0o755, 1_000),
    ]
    other = building.normalised(archive("a", "c", mode=0o755), 1_000)
    assert building.normalised(archive("b", "a", mode=0o755), 1_000) != other


def test_files_that_differ_or_are_missing_are_named() -> None:
    first, second = {"a": b"1", "b": b"1", "c": b"1"}, {"a": b"1", "b": b"2", "d": b"1"}

    assert building.differing(first, second) == ["b", "c", "d"]


def test_sums_are_as_the_usual_tool_reads_them() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}  a\n[0-9a-f]{64}  b\n", building.sums({"b": b"", "a": b""}))


def test_without_a_clone_nothing_is_built(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match=r"no \.git here"):
        building.epoch_of(tmp_path)


def test_each_python_has_nothing_and_everything_and_the_first_one_each_extra() -> None:
    found = list(environments.cases({"3.11": "a", "3.12": "b"}, ("http", "yaml")))

    for version in ("3.11", "3.12"):
        for resolution in environments.RESOLUTIONS:
            for extras in ("", environments.EVERYTHING):
                assert any(one[0] == version and one[2:] == (extras, resolution) for one in found)
    assert {(one.version, one.extras) for one in found if one.extras in ("http", "yaml")} == {
        ("3.11", "http"),
        ("3.11", "yaml"),
    }
    assert len({one.folder for one in found}) == len(found)


def test_the_requirements_of_an_extra_are_those_of_all_below_it() -> None:
    names = {re.split(r"[\[<>=; ]", one)[0] for one in asked_for.requirements(["vertex"])}

    assert names == {"pykka", "pydantic", "orjson", "aiohttp", "anthropic", "google-auth"}


def test_everything_is_every_extra() -> None:
    chosen = set(asked_for.requirements(environments.EVERYTHING.split(",")))

    assert chosen == set(asked_for.requirements(asked_for.extras()))
    assert set(asked_for.extras()) == set(PACKAGES)


def test_a_step_that_fails_or_cannot_be_had_is_told_and_the_next_goes_on() -> None:
    def fails() -> str:
        raise FailedError("two differ\nmore")

    def is_not_here() -> str:
        raise NotHereError("no Python 3.14")

    done = [steps.step("a", lambda: "well"), steps.step("b", fails), steps.step("c", is_not_here)]

    assert [one.verdict for one in done] == [Verdict.PASSED, Verdict.FAILED, Verdict.NOT_DONE]
    assert [line.split() for line in steps.table(done).splitlines()][1:] == [
        ["FAILED", "b", "two", "differ"],
        ["not", "done", "c", "no", "Python", "3.14"],
    ]


@pytest.mark.parametrize(
    ("verdict", "code"), [(Verdict.PASSED, 0), (Verdict.NOT_DONE, 0), (Verdict.FAILED, 1)]
)
def test_only_a_failure_is_a_failure(verdict: Verdict, code: int) -> None:
    assert steps.code([Step("a", Verdict.PASSED), Step("b", verdict)]) == code


def test_a_command_that_fails_tells_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="oh no"):
        steps.run(["sh", "-c", "echo oh no >&2; exit 3"], tmp_path)


def test_names_without_a_type_are_told() -> None:
    symbol: dict[str, Any] = {
        "name": "h.f",
        "isExported": True,
        "isTypeKnown": False,
        "diagnostics": [],
    }
    known = {**symbol, "name": "h.g", "isTypeKnown": True}
    report = {"typeCompleteness": {"completenessScore": 0.5, "symbols": [symbol, known]}}

    with pytest.raises(FailedError, match=r"50\.0% complete; 1 names are not:\nh\.f"):
        typed_outside.judged(report)


def test_no_names_are_no_proof() -> None:
    found: dict[str, Any] = {"completenessScore": 0, "symbols": []}
    report = {"typeCompleteness": found, "generalDiagnostics": [{"message": "No py.typed"}]}

    with pytest.raises(NotHereError, match="pyright has read no name"):
        typed_outside.judged(report)


def test_the_page_on_licences_has_every_package_as_far_as_it_is_installed() -> None:
    page = (ROOT / licences.PAGE).read_text("utf-8").splitlines()
    stated = {tuple(re.findall(r"[^|`]+", line.replace(" ", ""))[:2]) for line in page[9:]}
    wanted = {(extra, one) for extra, names in asked_for.packages().items() for one in names}

    assert stated == wanted
    found = {name: told for name, told in licences.everywhere().items() if told is not None}
    rows = [line for line in licences.rows(found).splitlines() if "not installed" not in line]
    assert len(rows) > 15
    assert [row for row in rows if row not in page] == []


@pytest.mark.parametrize(
    ("expressions", "texts", "classifiers", "licence"),
    [
        (["MIT"], ["other"], [], "MIT"),
        ([], ["Apache 2.0"], [], "Apache-2.0"),
        ([], ["The licence\nin full"], ["License :: OSI Approved :: MIT License"], "MIT"),
        ([], ["UNKNOWN"], [], "not stated"),
    ],
)
def test_a_licence_is_taken_from_where_metadata_has_it(
    expressions: list[str], texts: list[str], classifiers: list[str], licence: str
) -> None:
    assert licences.chosen(expressions, texts, classifiers) == licence


def workflow(name: str) -> Any:
    return yaml.safe_load((WORKFLOWS / name).read_text("utf-8"))


def test_only_what_was_proved_is_published_and_without_a_token() -> None:
    jobs = workflow("release.yml")["jobs"]

    assert jobs["publish"]["needs"] == "prove"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "make release PYTHON=python" in [step.get("run") for step in jobs["prove"]["steps"]]
    assert "secrets." not in (WORKFLOWS / "release.yml").read_text("utf-8")


def test_a_release_is_proved_on_every_python_that_the_tests_run_on() -> None:
    matrix = workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    setup = next(
        step["with"]["python-version"]
        for step in workflow("release.yml")["jobs"]["prove"]["steps"]
        if "setup-python" in step.get("uses", "")
    )

    assert set(setup.split()) == set(SUPPORTED) == set(matrix)
