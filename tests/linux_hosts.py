"""What tests of the plugin linux_host share: scanning captures, and the files of real machines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from plugin_runtime.plugins.linux_host import LinuxHost, LinuxHostPlugin
from plugin_runtime.testing import Scanned, session_of
from topology.model import Resource

FIXTURES = Path(os.environ.get("TOPOLOGY_TEST_FIXTURES", "../shared/fixtures"))


def scanned(source: Path, hostname: str = "box") -> Scanned:
    """Return a scanned capture."""
    root = LinuxHost(hostname=hostname, source=str(source))
    return Scanned(session_of(LinuxHostPlugin, root))


def captured(directory: Path, **texts: str) -> Path:
    """Return the directory with one capture for each text, named as the keyword says."""
    directory.mkdir(exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(text)
    return directory


def of_class(resources: Mapping[str, Resource], class_name: str) -> dict[str, Resource]:
    """Return the resources with that label, by their labels."""
    return {label: one for label, one in resources.items() if class_name in one.merged.classes}


def fixture(name: str) -> Path:
    """Return a captured file of a real machine; skip without it, which CI does not allow."""
    path = FIXTURES / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is missing; set TOPOLOGY_TEST_FIXTURES")
        pytest.skip(f"{path} is missing; set TOPOLOGY_TEST_FIXTURES")
    return path
