"""What is installed is what the folders hold, under one import name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = ("actors", "config", "runtime")


def outside(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs an isolated Python where the repository is not in sight."""
    command = [sys.executable, "-I", *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)


def packages_in_the_folders() -> set[str]:
    modules = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    folders = {module.parent.relative_to(ROOT) for module in modules}
    return {"hive_resilience", *(".".join(("hive_resilience", *path.parts)) for path in folders)}


def test_every_folder_with_modules_is_a_package_that_gets_installed() -> None:
    assert set(SETTINGS["tool"]["setuptools"]["packages"]) == packages_in_the_folders()


def test_every_package_says_where_its_folder_is() -> None:
    folders: dict[str, str] = SETTINGS["tool"]["setuptools"]["package-dir"]

    assert set(folders) == packages_in_the_folders()
    for package, folder in folders.items():
        assert (ROOT / folder / "__init__.py").is_file(), package


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_link_shows_type_checkers_the_folder(folder: str) -> None:
    link = ROOT / "hive_resilience" / folder

    assert link.is_symlink()
    assert link.readlink() == Path("..", folder)


def test_the_installed_version_is_the_one_of_the_project(tmp_path: Path) -> None:
    asked = "import importlib.metadata as m; print(m.version('hive-resilience'))"

    assert outside(tmp_path, "-c", asked).stdout.strip() == SETTINGS["project"]["version"]


def test_nothing_but_hive_resilience_is_installed_at_the_top(tmp_path: Path) -> None:
    asked = "import importlib.metadata as m; print(m.distribution('hive-resilience').files)"
    files = re.findall(r"PackagePath\('([^']+)'\)", outside(tmp_path, "-c", asked).stdout)
    tops = {file.partition("/")[0] for file in files} - {"..", "__pycache__"}

    assert tops
    assert {top for top in tops if "hive_resilience" not in top} == set()


def test_bare_folder_names_are_not_importable_from_outside(tmp_path: Path) -> None:
    found = "import importlib.util as u; print([n for n in {!r} if u.find_spec(n)])"

    assert outside(tmp_path, "-c", found.format(FOLDERS)).stdout == "[]\n"


def test_the_package_and_its_parts_import_without_a_warning(tmp_path: Path) -> None:
    parts = ", ".join(f"hive_resilience.{folder}" for folder in FOLDERS)

    result = outside(tmp_path, "-W", "error", "-c", f"import hive_resilience, {parts}")

    assert (result.returncode, result.stderr) == (0, "")


def test_every_other_file_beside_the_code_is_installed() -> None:
    data: dict[str, list[str]] = SETTINGS["tool"]["setuptools"]["package-data"]
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    others = [path for path in paths if path.suffix not in (".py", ".pyc")]

    assert {"corpus.txt", "starter.yml"} <= {path.name for path in others}
    for path in others:
        package = ".".join(("hive_resilience", *path.parent.relative_to(ROOT).parts))
        assert any(path.match(pattern) for pattern in data.get(package, [])), path
