"""A real Kafka of our own on this machine: one broker or three, each a controller too (KRaft).

The folder holds `cluster.json` (identity and ports, fixed at birth) and per broker its data, its
settings and its log. What is right for the cluster's size comes from `deploy/kafka`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from libs.events.kafka.admin import KafkaAway, cluster_facts
from libs.events.kafka.topics import load_topics
from redress.local.jars import kafka_jars
from redress.local.postmaster import reap

SHIPPED = Path(__file__).parents[2] / "deploy" / "kafka"
HEAP_MB = 512

_OLDEST_JAVA = 17
_START_S = 60.0
_STOP_S = 30.0
_POLL_S = 0.05


class KafkaFailed(Exception):
    """The brokers cannot do what was asked; the text says why and what to do."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A broker: its id and its two ports on 127.0.0.1."""

    id: int
    port: int
    controller_port: int


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed when the cluster is made."""

    id: str
    nodes: tuple[Node, ...]

    @property
    def bootstrap(self) -> str:
        """The address clients are given (REDRESS_KAFKA_BOOTSTRAP)."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)


class KafkaServer:
    """One cluster in one folder. Every method may be repeated and called by several processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def start(self, nodes: int = 1) -> Cluster:
        """Start what does not run, making the cluster the first time; returns when it answers.

        `nodes` counts only then. Raises KafkaFailed, JarsError.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            cluster = self.cluster() or self._create(nodes)
            classpath = os.pathsep.join(map(str, kafka_jars()))
            started = {
                node.id: self._start(cluster, node, classpath)
                for node in cluster.nodes
                if self._pid(node) is None
            }
            self._wait(cluster, started)
            return cluster

    def revive(self) -> None:
        """Start again the brokers of a started cluster that have ended; does not wait for them."""
        cluster = self.cluster()
        dead = [node for node in (cluster.nodes if cluster else ()) if self._pid(node) is None]
        if cluster is None or not dead:
            return
        classpath = os.pathsep.join(map(str, kafka_jars()))
        for node in dead:
            self._start(cluster, node, classpath).returncode = 0  # stop() reaps

    def stop(self) -> bool:
        """Stop all brokers in order; False when none was running."""
        cluster = self.cluster()
        running = [(node, pid) for node in (cluster.nodes if cluster else ())
                   if (pid := self._pid(node)) is not None]  # fmt: skip
        for _, pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        by = time.monotonic() + _STOP_S
        for node, pid in running:
            while self._pid(node) == pid:
                if time.monotonic() > by:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(_POLL_S)
                reap(pid)
        return bool(running)

    def cluster(self) -> Cluster | None:
        """The cluster of this folder, running or not; None before its first start."""
        with contextlib.suppress(FileNotFoundError):
            return msgspec.json.decode((self.folder / "cluster.json").read_bytes(), type=Cluster)
        return None

    def running(self) -> dict[int, int]:
        """Process id of each broker that runs."""
        cluster = self.cluster()
        pids = {node.id: self._pid(node) for node in (cluster.nodes if cluster else ())}
        return {id_: pid for id_, pid in pids.items() if pid is not None}

    def log(self, node: int) -> Path:
        """What a broker says."""
        return self.folder / f"broker-{node}" / "server.log"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # Two starters at once would both choose an identity and ports.
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _create(self, nodes: int) -> Cluster:
        if nodes not in load_topics().durability:
            raise KafkaFailed(f"a cluster of {nodes}: nothing is declared to be safe for it")
        ports = _free_ports(2 * nodes)
        cluster = Cluster(
            id=base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="),
            nodes=tuple(
                Node(id=i + 1, port=ports[2 * i], controller_port=ports[2 * i + 1])
                for i in range(nodes)
            ),
        )
        unfinished = self.folder / "cluster.new"
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(cluster)))
        unfinished.rename(self.folder / "cluster.json")
        return cluster

    def _start(self, cluster: Cluster, node: Node, classpath: str) -> subprocess.Popen[bytes]:
        folder = self.folder / f"broker-{node.id}"
        folder.mkdir(exist_ok=True)
        settings = folder / "server.properties"
        settings.write_text(_settings(cluster, node, folder))
        java = [
            _java(),
            *(f"-Xmx{HEAP_MB}m", "-Xms128m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
            f"-Dlog4j2.configurationFile={SHIPPED / 'log4j2.properties'}",
            f"-Dredress.kafka={folder}",
            *("-cp", classpath),
        ]
        if not (folder / "data" / "meta.properties").exists():
            _run([*java, "kafka.tools.StorageTool", "format", "-t", cluster.id, "-c", settings])
        with self.log(node.id).open("ab") as log:
            process = subprocess.Popen(
                [*java, "kafka.Kafka", str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (folder / "pid").write_text(str(process.pid))
        return process

    def _wait(self, cluster: Cluster, started: dict[int, subprocess.Popen[bytes]]) -> None:
        by = time.monotonic() + _START_S
        while not _complete(cluster):
            dead = [id_ for id_, process in started.items() if process.poll() is not None]
            if dead or time.monotonic() > by:
                node = dead[0] if dead else cluster.nodes[0].id
                said = self.log(node).read_text(errors="replace").strip()[-600:]
                raise KafkaFailed(f"broker {node} did not start: {said} (log: {self.log(node)})")
            time.sleep(_POLL_S)
        for process in started.values():
            # It is meant to outlive this object, which Popen would warn of; stop() reaps.
            process.returncode = 0

    def _pid(self, node: Node) -> int | None:
        folder = self.folder / f"broker-{node.id}"
        try:
            pid = int((folder / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        # A number may have been given to another process since.
        return pid if f"-Dredress.kafka={folder}\0".encode() in command else None


def _settings(cluster: Cluster, node: Node, folder: Path) -> str:
    durability = load_topics().for_brokers(len(cluster.nodes))
    voters = ",".join(f"{each.id}@127.0.0.1:{each.controller_port}" for each in cluster.nodes)
    client, controller = f"127.0.0.1:{node.port}", f"127.0.0.1:{node.controller_port}"
    own = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": voters,
        "listeners": f"CLIENT://{client},CONTROLLER://{controller}",
        "advertised.listeners": f"CLIENT://{client}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": folder / "data",
        "default.replication.factor": durability.copies,
        "min.insync.replicas": durability.in_sync,
        "offsets.topic.replication.factor": durability.copies,
        "transaction.state.log.replication.factor": durability.copies,
        "transaction.state.log.min.isr": durability.in_sync,
        "share.coordinator.state.topic.replication.factor": durability.copies,
        "share.coordinator.state.topic.min.isr": durability.in_sync,
    }
    common = (SHIPPED / "broker.properties").read_text(encoding="utf-8")
    return common + "".join(f"{key}={value}\n" for key, value in own.items())


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        raise KafkaFailed(
            f"Kafka needs Java {_OLDEST_JAVA} or newer (apt-get install "
            "openjdk-17-jre-headless), or a cluster named by REDRESS_KAFKA_BOOTSTRAP"
        )
    return java


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KafkaFailed(f"formatting failed: {(done.stdout + done.stderr).strip()[-600:]}")


def _complete(cluster: Cluster) -> bool:
    try:
        facts = asyncio.run(cluster_facts(cluster.bootstrap))
    except KafkaAway:
        return False
    if facts.id != cluster.id:
        raise KafkaFailed(f"another cluster ({facts.id}) answers at {cluster.bootstrap}")
    return facts.brokers == len(cluster.nodes)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
