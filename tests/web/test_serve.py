"""`topology serve` as a process: what it refuses, and how it lives without a store."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

_ENDS_SECONDS = 30


def _serve(*options: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "topology.cli", "serve", "--workers", "1", *options],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=_ENDS_SECONDS)
    return process.returncode, said


@contextmanager
def _without_a_store(tmp_path: Path) -> Iterator[int]:
    """Serve where no store answers; yield the port once the process listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free, free:
        port = free.getsockname()[1]
    with closing(socket.create_server(("127.0.0.1", 0))) as free, free:
        nobody = free.getsockname()[1]
    environment = {
        "TOPOLOGY_STORE": f"bolt://127.0.0.1:{nobody}",
        "TOPOLOGY_DATA_DIR": str(tmp_path),
    }
    process = _serve("--port", str(port), environment=environment)
    try:
        assert process.stderr is not None
        while "serving on" not in (line := process.stderr.readline()):
            assert line, "it ended before it served"
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        code, said = _ended(process)
    assert 0 == code, said
    assert "Traceback" not in said


def test_a_busy_port_is_one_clear_message(tmp_path: Path) -> None:
    """It names the port and the way out; exit 73."""
    with closing(socket.create_server(("127.0.0.1", 0))) as busy:
        port = busy.getsockname()[1]

        code, said = _ended(
            _serve("--port", str(port), environment={"TOPOLOGY_DATA_DIR": str(tmp_path)})
        )

    assert 73 == code
    assert f"127.0.0.1:{port} (Address already in use); choose another --port" in said
    assert 1 == len(said.splitlines())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104
def test_only_this_machine_is_served(tmp_path: Path, host: str) -> None:
    """There is no sign-in yet; exit 64."""
    code, said = _ended(_serve("--host", host, environment={"TOPOLOGY_DATA_DIR": str(tmp_path)}))

    assert 64 == code
    assert f"--host {host!r} is not a loopback address" in said


def test_a_store_that_is_down_is_said_on_the_pages_and_ends_nothing(tmp_path: Path) -> None:
    """Health is the process's; readiness and pages give the reason; SIGTERM ends it with 0."""
    with _without_a_store(tmp_path) as port:
        assert 200 == _get(port, "/healthz")[0]
        for path in ("/readyz", "/"):
            status, text = _get(port, path)

            assert 503 == status
            assert re.search("bolt://127|first time|not been read", text)


def _get(port: int, path: str) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as response:
            return response.status, response.read().decode()
