"""Two real runtimes and one scannable: one scans, the other takes over, the loser is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults.servers import frozen
from faults.table import TABLE
from journeys.running_demo import command, environment, eventually

from topology.settings import Settings
from topology.store import open_store
from topology.store.graph_store import GraphStore
from topology.store.values import Scannable


@contextmanager
def runtime(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "topology.cli", "runtime"],
        env=environment(data_dir),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def the_site(store: GraphStore) -> Scannable:
    (site,) = store.scannables()
    return site


@pytest.mark.faults
def test_a_runtime_that_was_frozen_has_lost_its_scannable_to_the_other(tmp_path: Path) -> None:
    """The first holds it, falls silent, comes back, and writes nothing more."""
    with open_store(Settings(data_dir=tmp_path)) as store:
        assert 0 == command(tmp_path, "scannable", "add", "SimulatedSite").code
        with runtime(tmp_path) as first:
            eventually(lambda: the_site(store).status.get("phase") == "ok")
            before = the_site(store)
            assert f":{first.pid}:" in before.holder
            with runtime(tmp_path) as second, frozen(first.pid):
                eventually(lambda: f":{second.pid}:" in the_site(store).holder)
                store.set_settings(before.scannable_id, {"failed": "couplet0-enc1-slot03"})
                eventually(lambda: the_site(store).status.get("version") == before.version + 1)
                taken = the_site(store)
                os.kill(first.pid, signal.SIGCONT)
                store.set_settings(before.scannable_id, {"failed": ""})
                eventually(lambda: the_site(store).status.get("version") == before.version + 2)

                assert (taken.holder, taken.epoch) == (
                    the_site(store).holder,
                    the_site(store).epoch,
                )
                assert before.epoch < taken.epoch
                states = {one.own_state.word for one in store.read()[1].values()}
                assert {"OK"} == states
    TABLE.append("two runtimes, one scannable, embedded: taken over once, the loser wrote nothing")
