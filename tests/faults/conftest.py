"""Faults that are really done: a few in `make test`, all of them in `make faults`."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.servers import Breakable, breakable
from faults.table import TABLE

IS_FULL = os.environ.get("TOPOLOGY_TEST_FAULTS") == "all"
"""As `make faults` says."""

pytest.register_assert_rewrite("faults.load")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless all is asked for."""
    if IS_FULL:
        return
    kept = [one for one in items if one.get_closest_marker("faults") is None]
    config.hook.pytest_deselected(items=[one for one in items if one not in kept])
    items[:] = kept


@pytest.fixture(params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Breakable]:
    with breakable(request.param, tmp_path) as server:
        yield server
    gc.collect()  # what the driver left open is told of here, not in another test


@pytest.fixture
def rounds() -> int:
    """How often a server is struck."""
    return 20 if IS_FULL else 3


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was done and what came of it."""
    if TABLE:
        terminalreporter.section("faults")
        for line in ("fault, engine: acknowledged, unavailable, lost, torn", *TABLE):
            terminalreporter.write_line(line)
