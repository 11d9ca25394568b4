"""docker-compose.yml and the Dockerfile, judged by the real compose, its schema and a linter."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from redress.local.processes import MODULES
from tests.compose.containers import IMAGE, ROOT, docker_compose, jobs, model, ours, services

FILE = ROOT / "docker-compose.yml"
LONG_RUNNING = sorted(services().keys() - jobs() - {"demo"})
GIB = 1024**3


def program(name: str) -> str:
    """A program of the environment that runs the tests."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, name
    return found


def test_compose_accepts_the_file() -> None:
    ran = docker_compose("config", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_schema_knows_every_word_of_it() -> None:
    ran = subprocess.run(
        [program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", FILE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


def test_the_dockerfile_is_clean() -> None:
    ran = subprocess.run(
        [program("hadolint"), "--failure-threshold", "style", IMAGE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


def test_everything_that_belongs_to_a_full_installation_is_there() -> None:
    parts = {"kafka", "postgres", "redis", "prometheus", "grafana"}
    assert services().keys() == parts | MODULES.keys() | jobs() | {"demo"}
    assert jobs() == {"secrets", "migrate", "topics", "simulation"}
    for name, module in MODULES.items():
        assert services()[name]["command"] == ["python", "-m", module]
    assert len({services()[name]["image"] for name in ours()}) == 1


@pytest.mark.parametrize("name", sorted(ours()))
def test_our_containers_may_do_little(name: str) -> None:
    told = services()[name]
    assert told["user"] == "10001:10001"
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in told
    assert f"USER {told['user']}" in IMAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_on_is_watched_started_again_and_stopped_gently(name: str) -> None:
    told = services()[name]
    assert told["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert told["restart"] == "unless-stopped"
    assert told["stop_grace_period"] != "10s"  # chosen, not left to the default
    assert told["logging"]["options"]["max-size"]


def test_all_together_stay_within_two_and_a_half_gib() -> None:
    limits = {name: int(services()[name]["mem_limit"]) for name in LONG_RUNNING}
    assert min(limits.values()) > 0
    assert sum(limits.values()) <= 2.5 * GIB
    assert all(int(services()[name]["mem_limit"]) <= GIB // 4 for name in jobs())


def test_only_what_people_open_is_published_and_only_to_this_machine() -> None:
    published = {name: told["ports"] for name, told in services().items() if "ports" in told}
    assert published.keys() == {"console", "grafana", "intake", "dispatch", "analytics"}
    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_each_container_sees_its_own_passwords_only() -> None:
    seen = {
        name: {mount["source"] for mount in told.get("volumes", ())
               if mount["source"].startswith("secrets-")}
        for name, told in services().items()
    }  # fmt: skip
    installers = {"migrate", "simulation", "demo"}
    for name, volumes in seen.items():
        if name != "secrets":
            own = "secrets-installer" if name in installers else f"secrets-{name}"
            assert volumes <= {own}, name
    read_only = {
        mount.get("read_only", False)
        for name, told in services().items()
        if name != "secrets"
        for mount in told.get("volumes", ())
        if mount["source"].startswith("secrets-")
    }
    assert read_only == {True}


def test_no_password_is_in_the_file() -> None:
    assert not re.search(r"PASSWORD(?!_FILE|__FILE)\w*:", FILE.read_text(encoding="utf-8"))
    assert "requirepass" not in json.dumps(model())


def test_the_order_of_the_start() -> None:
    """Passwords, database and broker, schema and topics, then services, then what shows them."""
    needs = {name: told.get("depends_on", {}) for name, told in services().items()}
    for name in MODULES.keys() - {"console"}:
        for job in ("migrate", "topics"):
            assert needs[name][job]["condition"] == "service_completed_successfully"
        assert needs[name]["simulation"]["required"] is False
    assert needs["migrate"]["postgres"]["condition"] == "service_healthy"
    assert needs["topics"]["kafka"]["condition"] == "service_healthy"
    assert needs["console"]["analytics"]["condition"] == "service_healthy"
    assert services()["demo"]["profiles"] == services()["simulation"]["profiles"] == ["demo"]


def test_everything_mounted_from_the_repository_is_in_it() -> None:
    mounts = [mount for told in services().values() for mount in told.get("volumes", ())]
    bound = {Path(mount["source"]) for mount in mounts if mount["type"] == "bind"}
    assert bound
    assert [path for path in bound if not path.exists()] == []
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE.read_text("utf-8"), re.MULTILINE)
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert f"!{source}\n" in let_in


def test_volumes_begin_as_folders_of_the_image_that_belong_to_its_user() -> None:
    text = IMAGE.read_text(encoding="utf-8")
    written = {
        mount["target"]
        for name in ours()
        for mount in services()[name].get("volumes", ())
        if mount["type"] == "volume" and not mount.get("read_only")
    }
    assert {folder for folder in written if f"{folder} " not in text and f"{folder};" not in text
            } == set()  # fmt: skip


def test_kafka_is_told_what_brokers_have_in_common() -> None:
    told = services()["kafka"]["environment"]
    properties = (ROOT / "deploy" / "kafka" / "broker.properties").read_text(encoding="utf-8")
    for line in properties.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            assert told["KAFKA_" + name.upper().replace(".", "_")] == value
    version = re.search(r"kafka_2\.13/([\d.]+)/", (ROOT / "deploy/kafka/jars.lock").read_text())
    assert version
    assert services()["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_prometheus_looks_where_the_services_are() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    looked = {
        (found["names"][0], str(found["port"]))
        for job in config["scrape_configs"]
        for found in job["dns_sd_configs"]
    }
    assert looked == {(name, services()[name]["environment"]["REDRESS_PORT"]) for name in MODULES}


def test_grafana_is_told_of_both_sources() -> None:
    text = (ROOT / "deploy/grafana/provisioning/datasources/redress.yaml").read_text("utf-8")
    mounts = {mount["target"] for mount in services()["grafana"]["volumes"]}
    assert set(re.findall(r"\$__file\{(/run/redress)/", text)) <= mounts
    assert "http://prometheus:9090" in text
    assert "postgres:5432" in text
