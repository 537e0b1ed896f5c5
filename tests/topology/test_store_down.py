"""What a command says whose store cannot be reached."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_cluster_that_is_down_is_one_message(tmp_path: Path) -> None:
    """The driver tries every router and would log each attempt beside it."""
    done = subprocess.run(
        [sys.executable, "-m", "topology.cli", "status"],
        env=os.environ
        | {"TOPOLOGY_STORE": "neo4j://127.0.0.1:1", "TOPOLOGY_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 69 == done.returncode
    (message,) = done.stderr.splitlines()
    assert message.startswith("topology: cannot reach the store at neo4j://127.0.0.1:1 (")
