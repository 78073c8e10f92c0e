"""The dashboard and the rules are what their scripts make, and ask for metrics that there are."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.policies.alerting.runbooks import FOLDER, PAGES
from hive_resilience.observability import metrics_text
from hive_resilience.runtime.observability.metrics.families import FAMILIES, Kind

CONTRIB = Path(__file__).parents[2] / "contrib"
RULES = CONTRIB / "prometheus" / "rules.yml"
DASHBOARD = CONTRIB / "grafana" / "hive.json"


def script(folder: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"make_{folder}", CONTRIB / folder / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sample_names() -> set[str]:
    """Every name that a sample of ours may have."""
    names: set[str] = set()
    for family in FAMILIES.values():
        endings = ("_bucket", "_count", "_sum") if family.kind is Kind.HISTOGRAM else ("",)
        names.update(family.name + ending for ending in endings)
    return names


def expressions() -> list[str]:
    """Every query in both files."""
    rules = yaml.safe_load(RULES.read_text("utf-8"))
    found = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        found.extend(target["expr"] for target in panel.get("targets", ()))
    return found


def test_the_rules_are_what_the_script_makes() -> None:
    assert RULES.read_text("utf-8") == script("prometheus").rules_text()


def test_the_dashboard_is_what_the_script_makes() -> None:
    assert DASHBOARD.read_text("utf-8") == script("grafana").dashboard_text()


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_that_a_query_names_is_one_of_ours(expression: str) -> None:
    named = set(re.findall(r"\bhive_\w+", expression))

    assert named
    assert named <= sample_names()


@pytest.mark.parametrize("expression", expressions())
def test_every_label_that_a_query_names_is_one_of_its_metric(expression: str) -> None:
    for name, matchers in re.findall(r"\b(hive_\w+)\{([^}]*)\}", expression):
        family = re.sub(r"_(bucket|count|sum)$", "", name)
        labels = set(re.findall(r"(\w+)(?:=~|!=|!~|=)", matchers))
        assert labels <= {*FAMILIES[family].labels, "le", "worker"}


def test_every_query_of_the_dashboard_is_of_the_workers_that_are_chosen() -> None:
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            named = re.findall(r"\bhive_\w+", target["expr"])
            chosen = re.findall(r'\bhive_\w+\{[^}]*worker=~"\$worker"\}', target["expr"])
            assert len(named) == len(chosen), target["expr"]


def test_no_line_of_the_dashboard_or_of_a_rule_is_there_once_for_each_worker() -> None:
    folds = re.compile(r"\b(sum|min|max|count|quantile)\b")
    for expression in expressions():
        assert folds.search(expression), expression


def test_every_family_is_on_the_dashboard() -> None:
    shown = set(re.findall(r"\bhive_\w+", " ".join(expressions())))

    missing = [name for name in FAMILIES if not {name, f"{name}_bucket", f"{name}_count"} & shown]
    assert missing == []


def test_every_alert_has_a_page() -> None:
    rules = yaml.safe_load(RULES.read_text("utf-8"))

    pages = [
        rule["annotations"]["runbook_url"] for group in rules["groups"] for rule in group["rules"]
    ]

    assert {f"{FOLDER}/{Path(page).name}" for page in pages} == set(pages)
    assert {Path(page).stem for page in pages} <= PAGES


def test_the_burn_rates_are_those_of_the_workbook() -> None:
    text = RULES.read_text("utf-8")

    limits = re.findall(r"\[(\w+)\]\)\) > 0\)\) > ([\d.]+)", text)

    assert limits == [
        ("1h", "0.0144"),
        ("5m", "0.0144"),
        ("6h", "0.006"),
        ("30m", "0.006"),
        ("3d", "0.001"),
        ("6h", "0.001"),
    ]


def test_no_two_panels_share_a_place() -> None:
    places: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & places
        places |= cells


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_takes_the_rules() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_takes_the_text_of_a_fleet() -> None:
    with Runtime(models=[ModelConfig(id='a "b"', executor=lambda task: "hello")]) as runtime:
        runtime.submit(Task("hi")).result(10.0)
        text = metrics_text(runtime)

    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
