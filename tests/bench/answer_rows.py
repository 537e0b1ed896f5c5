"""From a plugin's assignment to an answer over HTTP: every process between them, as installed."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

from bench.measuring import Row, alone, shown
from journeys.running_demo import Demo, eventually, running_demo

_ASSIGNMENTS = 100
_LOOKING_SECONDS = 0.01
_PLUGIN = '''
"""A clock: its own thread tells the time, at no regular moment."""

import random
import threading
import time

from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableId, ScannableStorageResource
from plugin_runtime.resource import StorageResource


class Clock(ScannableStorageResource):
    name = attributes.String()
    identifier = GlobalId("name")


class Hand(StorageResource):
    number = attributes.Integer()
    assigned_at = attributes.Float()
    identifier = ScannableId("number")


class ClockPlugin(StoragePlugin[Clock]):
    def initial_scan(self, clock: Clock) -> None:
        self.update_period = 3600
        self.hand, _ = self.update_or_create(Hand, parents=[clock], number=1, assigned_at=0.0)
        self.stopping = threading.Event()
        threading.Thread(target=self.turn, daemon=True).start()

    def turn(self) -> None:
        while not self.stopping.wait(random.uniform(0.3, 0.9)):
            self.hand.assigned_at = time.time()

    def teardown(self) -> None:
        self.stopping.set()
'''


def answer_rows() -> Iterator[Row]:
    """Measure on the demo's site, with the embedded engine."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        plugins = Path(directory) / "plugins"
        plugins.mkdir()
        (plugins / "clock.py").write_text(_PLUGIN, encoding="utf-8")
        with running_demo(Path(directory)) as demo:
            added = demo.command("scannable", "add", "Clock", "name=bench")
            if added.code:
                raise RuntimeError(added.err)
            lags = sorted(_lags(demo))
    yield alone(
        f"an assignment in a plugin's thread to its answer over HTTP, {len(lags)} times",
        f"median {shown(statistics.median(lags))}, p99 {shown(lags[int(len(lags) * 0.99) - 1])}",
        "p99 <= 1,000 ms",
    )


def _lags(demo: Demo) -> Iterator[float]:
    """Ask again and again, and yield in seconds how old each value is when it is first seen."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [one["uid"] for one in demo.get_json("/api/v1/resources?class=Hand")["items"]]
        return bool(found)

    eventually(is_there)
    before = None
    for _ in range(_ASSIGNMENTS):
        while (at := _assigned_at(demo, found[0])) in (before, 0.0):
            time.sleep(_LOOKING_SECONDS)
        if before is not None:  # the first may have been there for long
            yield time.time() - at
        before = at


def _assigned_at(demo: Demo, uid: str) -> float:
    try:
        found = demo.get_json(f"/api/v1/resources/{uid}")
    except HTTPError as error:
        if error.code != 404:
            raise
        return 0.0  # the worker that answers has not heard of it yet, as another has
    return float(found["attributes"]["assigned_at"])
