"""`topology plugin run --watch`: save the file, see what it changed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_runtime.commands.development import Printer, Rehearsal

PLUGIN = """
    from plugin_runtime import attributes
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.resource import GlobalId, ScannableId
    from plugin_runtime.resource import ScannableStorageResource, StorageResource

    class Array(ScannableStorageResource):
        address = attributes.Hostname()
        identifier = GlobalId("address")

    class Disk(StorageResource):
        slot = attributes.Integer()
        identifier = ScannableId("slot")

    class Plugin(StoragePlugin[Array]):
        def initial_scan(self, root):
            for slot in SLOTS:
                self.update_or_create(Disk, slot=slot)
"""


def save(path: Path, source: str) -> None:
    """Write it whole, with a time that differs however coarse the clock of the disk is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    new = path.with_suffix(".new")
    new.write_text(source, encoding="utf-8")
    os.utime(new, ns=(before + 10**9, before + 10**9))
    new.replace(path)


@pytest.fixture
def source() -> str:
    return textwrap.dedent(PLUGIN)


@pytest.fixture
def path(tmp_path: Path, source: str) -> Path:
    path = tmp_path / "kestrel.py"
    save(path, source.replace("SLOTS", "[1, 2]"))
    return path


@pytest.fixture
def watching(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = "from topology.cli import main; main()"
    heeding = ["env", "--default-signal=INT"]  # what a shell started in the background ignores
    arguments = ["plugin", "run", str(path), "--watch", "--json", "--set", "address=a"]
    with subprocess.Popen(
        [*heeding, sys.executable, "-u", "-c", command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.send_signal(signal.SIGINT)


def labels(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return [one["label"] for one in json.loads(process.stdout.readline())["resources"]]


def line_with(process: subprocess.Popen[str], text: str) -> str:
    assert process.stderr is not None
    return next(line for line in process.stderr if text in line)


def test_a_plugin_that_is_saved_is_loaded_again_and_shows_what_it_changed(
    path: Path, source: str, watching: subprocess.Popen[str]
) -> None:
    """Also after it was saved with a mistake, which is told."""
    assert ["Array a", "Disk 1", "Disk 2"] == labels(watching)

    save(path, source.replace("SLOTS", "[1, 2, "))
    assert "line 17" in line_with(watching, "SyntaxError")

    save(path, source.replace("SLOTS", "[1, 2, 3]"))
    assert ["Disk 3"] == labels(watching)


def test_watching_ends_by_interruption_alone(watching: subprocess.Popen[str]) -> None:
    """With the exit code of a program that is interrupted."""
    labels(watching)

    watching.send_signal(signal.SIGINT)

    assert 130 == watching.wait()


class Patient(io.StringIO):
    """Standard error that knows when it was told where a scan stands."""

    def __init__(self) -> None:
        super().__init__()
        self.is_told = threading.Event()

    def write(self, text: str) -> int:
        if "the scan has gone on for" in text:
            self.is_told.set()
        return super().write(text)


def test_a_scan_that_takes_long_is_told_of_with_where_it_stands(
    path: Path, source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else an author stares at nothing at all; this scan goes on until that is told."""
    waiting = source.replace(
        "for slot in SLOTS", "sys.stderr.is_told.wait(30)\n        for slot in ()"
    )
    save(path, f"import sys\n{waiting}")
    stderr = Patient()
    monkeypatch.setattr(sys, "stderr", stderr)
    printer = Printer(as_json=True, as_stream=False)

    Rehearsal(str(path), None, {"address": "a"}, printer, once=True, patience_seconds=0.01).run()

    assert f"now in {path}, line 18\n" in stderr.getvalue()
