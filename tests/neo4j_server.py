"""A Neo4j server for tests: the one that is named, or one fetched by Maven and run on loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from neo4j import GraphDatabase

from topology.settings import Settings

_ROOT = Path(__file__).parent.parent
_POM = Path(__file__).with_name("neo4j-pom.xml")
_JARS = _ROOT / ".cache" / "neo4j"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.lang")
_START_SECONDS = 120
_CONFIG = """
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=64m
dbms.usage_report.enabled=false
"""


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach a server that tests may write to."""

    address: str
    user: str
    password: str

    def settings(self, directory: Path) -> Settings:
        """Return settings that name this server; the password file lies in `directory`."""
        password_file = directory / "password"
        password_file.write_text(self.password + "\n")
        return Settings(store=self.address, store_user=self.user, store_password_file=password_file)


@contextmanager
def neo4j_server(directory: Path) -> Iterator[Server]:
    """Yield a server whose database is empty; skip where there can be none, fail so in CI."""
    named = os.environ.get("TOPOLOGY_TEST_NEO4J_URI")
    if named:
        yield _named_server(named)
        return
    if reason := why_not():
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with _own_server(directory) as server:
        yield server


def why_not() -> str:
    """Return why no server of our own can be started, empty where one can."""
    has_tools = shutil.which("java") and shutil.which("mvn")
    return "" if has_tools else "Neo4j needs Java and Maven, or TOPOLOGY_TEST_NEO4J_URI"


def _named_server(uri: str) -> Server:
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    server = Server(
        f"{parts.scheme}://{host}",
        unquote(parts.username or "neo4j"),
        unquote(parts.password or ""),
    )
    with GraphDatabase.driver(server.address, auth=(server.user, server.password)) as driver:
        if driver.execute_query("MATCH (n) RETURN n LIMIT 1").records:
            pytest.fail(f"the database at {server.address} is not empty; tests would erase it")
    return server


@contextmanager
def _own_server(directory: Path) -> Iterator[Server]:
    port = free_port()
    configure(directory, port)
    with start(directory) as process:
        try:
            yield with_password(port)
        finally:
            process.kill()


def free_port() -> int:
    """Return a port on loopback that nothing listens on now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    return port


def configure(directory: Path, port: int, *more: str) -> None:
    """Make the home of a server of our own, which is to listen on `port`."""
    configuration = directory / "conf"
    configuration.mkdir(parents=True)
    (configuration / "neo4j.conf").write_text(
        _CONFIG.format(port=port) + "".join(f"{line}\n" for line in more)
    )


def start(directory: Path) -> subprocess.Popen[str]:
    """Start the server that was configured there and return once it answers."""
    process = subprocess.Popen(
        [
            "java",
            "-Xmx1g",
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            *("-cp", f"{_fetched_jars()}/*"),
            "org.neo4j.server.CommunityEntryPoint",
            f"--home-dir={directory}",
            f"--config-dir={directory / 'conf'}",
            "--console-mode",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    _wait_until_started(process)
    return process


def _fetched_jars() -> Path:
    """Return the directory of the server's jars, fetched when the pom is newer than they are."""
    stamp = _JARS / "fetched"
    if not stamp.exists() or stamp.stat().st_mtime < _POM.stat().st_mtime:
        shutil.rmtree(_JARS, ignore_errors=True)
        subprocess.run(
            ["mvn", "-q", "-B", "-f", _POM, _COPY, f"-DoutputDirectory={_JARS}"], check=True
        )
        stamp.touch()
    return _JARS


def _wait_until_started(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    limit = threading.Timer(_START_SECONDS, process.kill)
    limit.start()
    said = []
    for line in process.stdout:
        said.append(line)
        if line.endswith("Started.\n"):
            break
    else:
        pytest.fail("Neo4j did not start:\n" + "".join(said))
    limit.cancel()
    # What it says later must not fill the pipe, or it would wait for a reader.
    threading.Thread(target=process.stdout.read, daemon=True).start()


def with_password(port: int) -> Server:
    """Change the password that every fresh server has, which it demands."""
    server = Server(f"bolt://127.0.0.1:{port}", "neo4j", secrets.token_urlsafe())
    with GraphDatabase.driver(server.address, auth=("neo4j", "neo4j")) as driver:
        driver.execute_query(
            "ALTER CURRENT USER SET PASSWORD FROM $old TO $new",
            old="neo4j",
            new=server.password,
            database_="system",
        )
    return server
