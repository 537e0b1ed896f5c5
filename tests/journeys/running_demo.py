"""A real `topology demo` for tests: real processes, real store, asked over HTTP and by command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 90


@dataclass
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Demo:
    """A running demo on a data directory of its own."""

    data_dir: Path
    process: subprocess.Popen[str]
    address: str = ""
    said: list[str] = field(default_factory=list)

    def command(self, *arguments: str) -> Answer:
        """Run one topology command against the demo's store."""
        return command(self.data_dir, *arguments)

    def get(self, path: str) -> str:
        """Return the text of a page."""
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:  # noqa: S310
            return str(answer.read().decode())

    def get_json(self, path: str) -> Any:
        """Return what the API answers."""
        return json.loads(self.get(path))


def command(data_dir: Path, *arguments: str) -> Answer:
    """Run one topology command on a data directory."""
    done = subprocess.run(
        [sys.executable, "-m", "topology.cli", *arguments],
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


def environment(data_dir: Path) -> dict[str, str]:
    """Return the settings that put everything under `data_dir`; a folder `plugins` there counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOPOLOGY_")}
    plugins = data_dir / "plugins"
    own = {"TOPOLOGY_PLUGIN_DIR": str(plugins)} if plugins.is_dir() else {}
    return kept | own | {"TOPOLOGY_DATA_DIR": str(data_dir), "NO_COLOR": "1"}


@contextmanager
def running_demo(data_dir: Path, python: str | Path = sys.executable) -> Iterator[Demo]:
    """Start the demo that `python` has, wait for its address, end it as Ctrl-C would."""
    process = subprocess.Popen(
        [python, "-m", "topology.cli", "demo", "--port", str(free_port())],
        cwd=data_dir,  # what is installed runs, not what lies in the checkout
        env=environment(data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    demo = Demo(data_dir, process)
    reader = threading.Thread(target=_collect, args=(demo,), daemon=True)
    reader.start()
    try:
        eventually(lambda: bool(demo.address), lambda: "".join(demo.said))
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_SECONDS)
        reader.join(timeout=PATIENCE_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def _collect(demo: Demo) -> None:
    assert demo.process.stdout is not None
    for line in demo.process.stdout:
        demo.said.append(line)
        if line.startswith("Open http"):
            demo.address = line.split()[1].partition("?")[0].rstrip("/")


def eventually(
    is_true: Callable[[], bool],
    explain: Callable[[], object] = lambda: "",
    *,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Wait until `is_true`, however fast the machine is; fail with `explain` when it never is."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not is_true():
        assert time.monotonic() < deadline, explain()
        pause.wait(0.1)


def free_port() -> int:
    """Return a port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
