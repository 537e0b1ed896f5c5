"""`topology serve`: pages and API under gunicorn, whose workers publish states as well."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Annotated

import structlog
import typer

from topology.errors import CannotWrite, StoreUnavailable, TopologyError, UsageError
from topology.logs import configure_logs
from topology.settings import Settings, load_settings
from topology.store import open_when_up
from topology.tethered import tethered

_CHECK_SECONDS = 0.2
_GRACE_SECONDS = 5.0
_GIVES_BACK = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
"""Lets glibc give the system back what reading a site took for a moment: 8 MB of 80,000 resources.

Left alone, it raises these bytes to the largest block it has seen. States of that site copied for
an event stay below them. What the environment says goes first.
"""

app = typer.Typer()
log = structlog.get_logger(__name__)


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Loopback address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8080,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 2,
    threads: Annotated[int, typer.Option(min=1, help="Threads in each of them.")] = 16,
) -> None:
    """Serve the pages and the API of this store on this machine."""
    settings = load_settings()
    configure_logs()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with _listening(host, port) as listener:
        gunicorn = _start_gunicorn(listener, workers=workers, threads=threads)
    checking = _Checking(settings, stopping)
    checking.start()
    print(f"serving on http://{_shown(host)}:{port}", file=sys.stderr, flush=True)
    try:
        while not stopping.wait(_CHECK_SECONDS):
            if gunicorn.poll() is not None:
                raise TopologyError(
                    f"gunicorn ended with code {gunicorn.returncode}; what it said above tells why"
                )
    finally:
        stopping.set()
        _stop(gunicorn)
    if checking.failure is not None:
        raise checking.failure


class _Checking(threading.Thread):
    """Sets `stopping` where the workers wait for a store in vain: what they lack waiting mends not.

    It opens the store as they do, once, and says meanwhile why they wait.
    """

    def __init__(self, settings: Settings, stopping: threading.Event) -> None:
        super().__init__(name="checking", daemon=True)
        self._settings = settings
        self._stopping = stopping
        self.failure: TopologyError | None = None

    def run(self) -> None:
        try:
            store = open_when_up(self._settings, self._stopping, tell=_warn)
            if store is not None:
                store.close()
        except TopologyError as error:
            self.failure = error
            self._stopping.set()


def _warn(error: StoreUnavailable) -> None:
    log.warning("store unavailable", problem=str(error))


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; gunicorn takes it over, so no port is taken in between."""
    if not _is_loopback(host):
        raise UsageError(
            f"--host {host!r} is not a loopback address, and the pages have no sign-in yet; "
            "serve on 127.0.0.1 and put a proxy with a sign-in before it"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotWrite(
            f"cannot serve on {_shown(host)}:{port} ({reason}); choose another --port"
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _start_gunicorn(
    listener: socket.socket, *, workers: int, threads: int
) -> subprocess.Popen[bytes]:
    options = {
        "--config": f"python:{__package__}.gunicorn_conf",
        "--bind": f"fd://{listener.fileno()}",
        "--workers": str(workers),
        "--threads": str(threads),
    }
    arguments = [text for option in options.items() for text in option]
    return subprocess.Popen(  # noqa: S603 - our own command line
        tethered([sys.executable, "-m", "gunicorn", *arguments, f"{__package__}.wsgi:app"]),
        pass_fds=[listener.fileno()],
        env={**_GIVES_BACK, **os.environ},
        start_new_session=True,  # Ctrl-C in the terminal is this process's to pass on
    )


def _stop(gunicorn: subprocess.Popen[bytes]) -> None:
    gunicorn.terminate()
    try:
        gunicorn.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        gunicorn.kill()
        gunicorn.wait()
