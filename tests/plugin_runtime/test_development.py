"""`topology plugin run --watch`: save the file, see what it changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    arguments = ["plugin", "run", str(path), "--watch", "--json", "--set", "address=a"]
    with subprocess.Popen(
        [sys.executable, "-u", "-c", command, *arguments],
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
