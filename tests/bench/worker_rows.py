"""What `topology serve` costs with a site in an embedded store: memory, start, and an answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from bench.generator import Site, resources_of_site
from bench.impact_rows import CLIENTS, bare_flask, impact_row
from bench.live_rows import failed
from bench.measuring import Row, alone

from topology.delta import Change, Changes
from topology.settings import Settings
from topology.store import open_store
from topology.store.values import ADMIN

_LOOK_SECONDS = 0.25
"""Between two looks, which the worker answers: too many would count as its own time."""
_LONGEST_SECONDS = 600.0
_FAILED = tuple(f"ost{10 * number}-disk3" for number in range(CLIENTS))
_TICKS = os.sysconf("SC_CLK_TCK")


def worker_rows(site: Site) -> Iterator[Row]:
    """Measure a worker from its fork until it answers, first and after kill -9, then memory."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        settings = Settings(data_dir=Path(directory))
        begun = time.perf_counter()
        with open_store(settings) as store:  # kept open, so that the owner stays
            store.commit(_whole(site), store.take_lease(ADMIN, "bench"))
            filled = time.perf_counter() - begun
            yield alone("the site is written, in one commit", f"{filled:,.1f} s", "")
            with _served(settings.data_dir) as (serve, port):
                yield from _starts(serve, port)
                bare_port = _free_port()
                with bare_flask(bare_port):
                    _first(lambda: _answers(bare_port, "/"))
                    yield impact_row(port, _FAILED, bare_port)


def _starts(serve: int, port: int) -> Iterator[Row]:
    gunicorn = _first(lambda: _children(serve, "gunicorn"))
    worker = _first(lambda: _children(gunicorn, "gunicorn"))
    begun = time.time()
    yield _ready("the first worker starts", worker, begun, port)
    os.kill(worker, signal.SIGKILL)
    begun, killed = time.time(), worker
    worker = _first(lambda: _children(gunicorn, "gunicorn") - {killed})
    yield _ready("another starts after kill -9", worker, begun, port)
    for name, process in (("web worker", worker), ("gunicorn", gunicorn), ("serve", serve)):
        reach = "<= 250 MB" if process == worker else ""
        said = f"{_memory_mb(process, 'Rss'):,.0f} MB, {_memory_mb(process, 'Pss'):,.0f} MB"
        yield alone(f"memory of the {name}: resident, its share", said, reach)


def _ready(what: str, worker: int, begun: float, port: int) -> Row:
    _first(lambda: _answers(port, "/readyz"))
    said = f"{_processor_seconds(worker):.1f} s, {time.time() - begun:.1f} s"
    return alone(f"{what}: processor time, wall time", said, "<= 3 s")


def _whole(site: Site) -> Changes:
    resources = (failed(one) if one.uid in _FAILED else one for one in resources_of_site(site))
    changes = tuple(Change(one.uid, None, one) for one in resources)
    return Changes(base=0, at=time.time(), changes=changes)


@contextmanager
def _served(data_dir: Path) -> Iterator[tuple[int, int]]:
    """Serve with one worker; yield the process and the port."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "topology.cli", "serve", "--workers", "1", "--port", str(port)],
        env={**os.environ, "TOPOLOGY_DATA_DIR": str(data_dir)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _first(look: Callable[[], set[int]]) -> int:
    """Return one of what `look` finds, once it finds any."""
    until = time.monotonic() + _LONGEST_SECONDS
    while not (found := look()):
        if time.monotonic() > until:
            raise TimeoutError(f"nothing was found in {_LONGEST_SECONDS} s; the load is too high")
        time.sleep(_LOOK_SECONDS)
    return min(found)


def _answers(port: int, path: str) -> set[int]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return {port} if connection.getresponse().status == 200 else set()
    except OSError:
        return set()
    finally:
        connection.close()


def _children(parent: int, command: str) -> set[int]:
    """Return the children of a process that run `command` by now."""
    said = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return {int(one) for one in said.split() if command in _command(int(one))}


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
    except OSError:  # it has ended meanwhile
        return ""


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(process: int, kind: str) -> float:
    """Return what it has in memory (Rss), or its share where others have it as well (Pss)."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"this system does not say {kind} of a process")
