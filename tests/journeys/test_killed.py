"""kill -9 of the processes that start others: what they leave behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.error import URLError

from journeys.running_demo import Demo, environment, eventually, running_demo

from topology.settings import Settings
from topology.store import open_store
from topology.store.values import PUBLISHER

STORE_OWNER = "topology.store.owner"
"""It leaves by itself, a while after its last client: others may need the store."""


def test_what_a_killed_process_started_ends_with_it(tmp_path: Path) -> None:
    """demo --> runtime --> plugins, demo --> serve --> gunicorn --> workers.

    The demo starts a killed `serve` again, on the port that its gunicorn has let go of.
    """
    with running_demo(tmp_path) as demo:
        first = processes_of(tmp_path)
        gunicorn = {process for process, command in first.items() if "-m gunicorn" in command}
        serve = next(process for process, command in first.items() if " serve " in command)

        os.kill(serve, signal.SIGKILL)

        eventually(lambda: not gunicorn & processes_of(tmp_path).keys())
        eventually(lambda: serves(demo), lambda: "".join(demo.said))
        eventually(lambda: len(first) == len(processes_of(tmp_path)))

        demo.process.kill()

        eventually(lambda: not processes_of(tmp_path), lambda: processes_of(tmp_path))


def test_a_worker_that_publishes_is_replaced_when_it_is_killed(tmp_path: Path) -> None:
    """Another worker takes the lease, once its holder has been silent for long enough."""
    with running_demo(tmp_path), open_store(Settings(data_dir=tmp_path)) as store:
        eventually(lambda: bool(store.held(PUBLISHER).holder))
        held = store.held(PUBLISHER)
        _, worker, _ = held.holder.split(":")

        os.kill(int(worker), signal.SIGKILL)

        eventually(lambda: store.held(PUBLISHER).epoch > held.epoch)


def processes_of(data_dir: Path) -> dict[int, str]:
    """Return the command lines of all that runs on `data_dir` and is to end with its parent."""
    setting = f"TOPOLOGY_DATA_DIR={environment(data_dir)['TOPOLOGY_DATA_DIR']}"
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            settings = (process / "environ").read_text().split("\0")
            command = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it has ended meanwhile, or is another user's
        if setting in settings and STORE_OWNER not in command:
            found[int(process.name)] = command
    return found


def serves(demo: Demo) -> bool:
    """The pages answer."""
    try:
        return bool(demo.get("/readyz"))
    except (URLError, ConnectionError):
        return False
