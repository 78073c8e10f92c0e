"""The recipes for a cluster say what Ray, Kubernetes, systemd and our command understand."""

from __future__ import annotations

import json
import re
import shlex
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from hive_resilience.config.loading.load import load_config
from hive_resilience.runtime.cli.commands import app
from hive_resilience.runtime.server.limits import ServerLimits

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "deploy" / "cluster"
PORT = "6379"


def documents(name: str) -> dict[str, Any]:
    found: list[Any] = list(yaml.safe_load_all((CLUSTER / name).read_text("utf-8")))
    return {one["kind"]: one for one in found}


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(CLUSTER / name, "utf-8")
    return parser


def containers() -> list[dict[str, Any]]:
    cluster = documents("raycluster.yml")["RayCluster"]["spec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    pods = [group["template"]["spec"] for group in groups]
    pods.append(documents("application.yml")["Deployment"]["spec"]["template"]["spec"])
    return [one for pod in pods for one in pod["containers"]]


def application(name: str) -> dict[str, Any]:
    (found,) = [one for one in containers() if one["name"] == name]
    return found


def test_all_containers_have_one_image_and_no_rights() -> None:
    found = containers()

    assert len(found) == 4
    assert len({one["image"] for one in found}) == 1
    assert all(one["securityContext"]["runAsNonRoot"] for one in found)
    assert not any(one["securityContext"]["allowPrivilegeEscalation"] for one in found)


def test_every_process_of_ray_asks_for_the_token_which_stands_in_no_file() -> None:
    cluster = documents("raycluster.yml")["RayCluster"]
    assert cluster["spec"]["authOptions"] == {"mode": "token"}
    for name in ("hive", "ray-node"):
        variables = {one["name"]: one for one in application(name)["env"]}
        assert variables["RAY_AUTH_MODE"]["value"] == "token"
        secret = variables["RAY_AUTH_TOKEN"]["valueFrom"]["secretKeyRef"]
        assert secret["name"] == cluster["metadata"]["name"]
    for name in ("ray-head.service", "ray-node.service", "hive-resilience.service.d/cluster.conf"):
        told = unit(name)["Service"]["Environment"].split()
        assert {"RAY_AUTH_MODE=token", "RAY_AUTH_TOKEN_PATH=/etc/ray/token"} <= set(told)
    assert "RAY_AUTH_MODE=token" in (CLUSTER / "Dockerfile").read_text("utf-8")


def test_only_nodes_applications_and_the_operator_reach_the_ports_of_ray() -> None:
    policy = documents("raycluster.yml")["NetworkPolicy"]["spec"]
    labels = documents("application.yml")["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert policy["podSelector"]["matchLabels"] == {"ray.io/cluster": "hive"}
    (rule,) = policy["ingress"]
    reached = [one["podSelector"]["matchLabels"] for one in rule["from"]]
    assert reached[:2] == [policy["podSelector"]["matchLabels"], labels]
    assert all(reached)


def test_the_settings_of_the_example_name_the_cluster_of_the_example() -> None:
    text = documents("application.yml")["ConfigMap"]["data"]["resilience.yml"]
    name = documents("raycluster.yml")["RayCluster"]["metadata"]["name"]
    address = f"{name}-head-svc:{PORT}"

    assert yaml.safe_load(text)["cluster"]["address"] == address
    assert f"--address={address}" in application("ray-node")["args"]


def test_the_settings_of_the_example_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "resilience.yml"
    path.write_text(documents("application.yml")["ConfigMap"]["data"]["resilience.yml"], "utf-8")

    settings = load_config(path, environ={"EXAMPLE_KEY": "k"}).global_.cluster
    assert (settings.name, settings.address) == ("prod", f"hive-head-svc:{PORT}")


def test_the_server_is_started_as_the_command_understands_and_has_time_to_end() -> None:
    pod = documents("application.yml")["Deployment"]["spec"]["template"]["spec"]
    program, *arguments = application("hive")["args"]
    group: Any = typer.main.get_command(app)
    context = group.commands[arguments[0]].make_context("x", arguments[1:])

    assert program == "hive-resilience"
    assert float(context.params["drain"].removesuffix("s")) < pod["terminationGracePeriodSeconds"]
    assert pod["terminationGracePeriodSeconds"] > ServerLimits().drain
    assert pod["shareProcessNamespace"] is True


def test_the_link_and_its_node_share_their_files() -> None:
    mounts = [
        {one["mountPath"]: one["name"] for one in application(name)["volumeMounts"]}
        for name in ("hive", "ray-node")
    ]

    assert [{path: one[path] for path in ("/tmp", "/dev/shm")} for one in mounts] == [
        {"/tmp": "ray", "/dev/shm": "memory"}
    ] * 2


@pytest.mark.parametrize("name", ["ray-head.service", "ray-node.service"])
def test_a_unit_starts_ray_on_the_address_of_its_machine(name: str) -> None:
    service = unit(name)["Service"]
    program, verb, *options = shlex.split(service["ExecStart"])

    assert (program.endswith("/ray"), verb) == (True, "start")
    assert {"--block", "--num-cpus=0", "--node-ip-address=${NODE_ADDRESS}"} <= set(options)
    assert service["User"] == "hive-resilience"
    address = {"ray-head.service": f"--port={PORT}"}.get(
        name, f"--address=${{HEAD_ADDRESS}}:{PORT}"
    )
    assert address in options


def test_the_head_finds_a_dead_node_soon() -> None:
    options = shlex.split(unit("ray-head.service")["Service"]["ExecStart"])
    (found,) = [one for one in options if one.startswith("--system-config=")]
    config = json.loads(found.removeprefix("--system-config="))

    assert config["health_check_timeout_ms"] == 1000
    assert len(config) == 4


def test_the_image_has_what_it_copies_and_installs() -> None:
    text = (CLUSTER / "Dockerfile").read_text("utf-8")
    sources = [
        part
        for rest in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for part in rest.split()[:-1]
    ]
    ignored = (CLUSTER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()

    assert "[anthropic,cli,openai,ray,serve]" in text
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {f"!{source}" for source in sources} <= set(ignored)


def test_the_pages_name_the_recipes() -> None:
    page = (ROOT / "docs" / "ray.md").read_text("utf-8")
    files = [path for path in CLUSTER.rglob("*") if path.is_file()]

    assert len(files) == 7
    for path in files:
        if path.suffix != ".dockerignore":
            assert path.relative_to(ROOT).as_posix() in page
