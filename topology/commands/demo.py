"""`topology demo`: a whole site on this machine in one command, for a newcomer.

Starts `topology runtime` and `topology serve` as child processes on a store of its own, with a
simulated Lustre site and this machine's disks, and starts again what ends by itself.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout

from topology.commands.ask import print_status
from topology.commands.output import say
from topology.commands.progress import working
from topology.errors import CannotWrite, DeviceUnreachable, StoreUnavailable, TopologyError
from topology.live.live_topology import LiveTopology
from topology.settings import Settings, load_settings
from topology.store import open_store
from topology.store.graph_store import GraphStore
from topology.store.values import Phase
from topology.tethered import tethered

FAILED_AT_START = "couplet0-enc1-slot03"
"""The disk that is broken when the demo begins."""
_READY_SECONDS = 120
_SCANNED_SECONDS = 20
"""How long to wait for first scans: a device that does not answer must not keep the pages back."""
_RESTART_SECONDS = 1.0


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Scan once, print the states, and end.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where to serve; else the next free port.")
    ] = 8080,
) -> None:
    """Show a simulated Lustre site with a failed disk beside this machine's own disks."""
    settings = load_settings()
    with _only_demo(settings.data_dir) as address_file:
        with working("preparing the store"):
            _add_scannables(settings)
        if once:
            with working("scanning once"):
                _run("runtime", "--once", passes=DeviceUnreachable.exit_code)
            with open_store(settings) as store:
                print_status(LiveTopology(store).refresh())
            return
        port = _free_port(port)
        address = f"http://127.0.0.1:{port}"
        address_file.write_text(address, encoding="utf-8")
        with open_store(settings) as store:
            _serve(port, address, store)


@contextmanager
def _only_demo(data_dir: Path) -> Iterator[Path]:
    """Hold the data directory for this demo; yield the file that its address belongs in."""
    address_file = data_dir / "demo.address"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(data_dir / "demo.lock", timeout=0)
        lock.acquire()
    except Timeout:
        address = address_file.read_text(encoding="utf-8") if address_file.exists() else ""
        raise CannotWrite(
            f"a demo already runs on {str(data_dir)!r}"
            + (f", at {address}" if address else " and is just starting")
            + "; open that, stop it, or set TOPOLOGY_DATA_DIR to another directory"
        ) from None
    except OSError as error:
        raise CannotWrite(
            f"cannot write in {str(data_dir)!r} ({error.strerror}); "
            "set TOPOLOGY_DATA_DIR to a directory of yours"
        ) from None
    try:
        yield address_file
    finally:
        address_file.unlink(missing_ok=True)
        lock.release()


def _add_scannables(settings: Settings) -> None:
    with open_store(settings) as store:
        present = {one.class_name for one in store.scannables()}
    if "SimulatedSite" not in present:
        _run("scannable", "add", "SimulatedSite", f"failed={FAILED_AT_START}")
    if "LinuxHost" not in present:
        _run("scannable", "add", "LinuxHost")


def _command(*arguments: str) -> list[str]:
    return tethered([sys.executable, "-m", "topology.cli", *arguments])


def _run(*arguments: str, passes: int = 0) -> None:
    """Run one topology command to its end; what it says of a failure is passed on.

    Where it exits with `passes` the demo goes on: a disk tool of this machine may not answer.
    """
    done = subprocess.run(_command(*arguments), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        print(done.stderr, end="", file=sys.stderr)
    if done.returncode not in (0, passes):
        raise typer.Exit(done.returncode)


def _free_port(first: int) -> int:
    """Return `first`, or the next port on loopback that nothing listens on."""
    for port in range(first, min(first + 100, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != first:
            say(f"port {first} is taken, using {port}")
        return port
    raise CannotWrite(f"no port from {first} to {first + 99} is free; choose one with --port")


def _serve(port: int, address: str, store: GraphStore) -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    children = _Children(
        {"runtime": _command("runtime"), "serve": _command("serve", "--port", str(port))}
    )
    try:
        children.start()
        say("starting, a few seconds ...")
        begun = time.monotonic()
        with working("starting") as tell:
            while not stopping.wait(0.2):
                waited = time.monotonic() - begun
                shown = _shown_revision(address)
                if shown is not None and (waited > _SCANNED_SECONDS or _is_scanned(store, shown)):
                    break
                tell(_waiting_for(store, shown))
                children.mend()
                if waited > _READY_SECONDS:
                    raise TopologyError(
                        f"the pages did not answer at {address} within {_READY_SECONDS} s; "
                        "the messages above say why"
                    )
        if not stopping.is_set():
            print(f"Open {address}", flush=True)
            say("Ctrl-C ends the demo. `topology status` says the same in a terminal.")
        while not stopping.wait(0.5):
            children.mend()
    finally:
        children.stop()


def _shown_revision(address: str) -> int | None:
    """Return the revision that the pages answer from, None where they do not answer yet."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310
            return int(json.load(answer)["revision"])
    except (urllib.error.URLError, OSError):
        return None


def _is_scanned(store: GraphStore, shown: int) -> bool:
    """Every first scan has succeeded or failed, and the pages at `shown` know what it found."""
    try:
        phases = [one.status.get("phase", Phase.SCANNING) for one in store.scannables()]
        return Phase.SCANNING not in phases and shown >= store.revision()
    except StoreUnavailable:
        return False


def _waiting_for(store: GraphStore, shown: int | None) -> str:
    """Return what keeps the demo from being ready, in words."""
    if shown is None:
        return "waiting for the pages"
    try:
        scanning = [
            f"{one.class_name}: {one.first_scan}"
            for one in store.scannables()
            if one.status.get("phase", Phase.SCANNING) == Phase.SCANNING
        ]
    except StoreUnavailable:
        return "waiting for the store"
    if scanning:
        return ", ".join(scanning)
    return "judging what the scans found"


class _Children:
    """The demo's processes, started again where they end by themselves."""

    def __init__(self, commands: dict[str, Sequence[str]]) -> None:
        self._commands = commands
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._not_before: dict[str, float] = {}

    def start(self) -> None:
        for name in self._commands:
            self._start(name)

    def mend(self) -> None:
        """Start again what has ended."""
        for name, process in list(self._processes.items()):
            code = process.poll()
            if code is None or time.monotonic() < self._not_before[name]:
                continue
            say(f"`topology {name}` ended (exit code {code}); starting it again")
            self._start(name)

    def stop(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self, name: str) -> None:
        self._not_before[name] = time.monotonic() + _RESTART_SECONDS
        # a session of its own: Ctrl-C in the terminal is the demo's to pass on
        self._processes[name] = subprocess.Popen(self._commands[name], start_new_session=True)  # noqa: S603
