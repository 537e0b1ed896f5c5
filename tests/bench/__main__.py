"""Measures side by side in one run and prints ratios: `make bench`. Nothing here passes or fails.

Each figure is the median of its repetitions: of processor time where one thread works, of wall time
where the store does. The machine, its load and the versions are printed with them.
`PYTHONPATH=tests python tests/bench engine live` takes only the parts named.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from bench.answer_rows import answer_rows
from bench.cookbook_rows import cookbook_rows
from bench.cypher_rows import cypher_rows
from bench.engine_rows import engine_rows
from bench.generator import MILLION, REFERENCE
from bench.live_rows import live_rows
from bench.measuring import Row
from bench.page_rows import page_rows
from bench.store_rows import rows as store_rows
from bench.worker_rows import worker_rows
from rich.console import Console
from rich.table import Table

MEASURED = ("numpy", "networkx", "rustworkx", "neo4j", "arcadedb-embedded")
PARTS: Mapping[str, tuple[str, Callable[[], Iterable[Row]]]] = {
    "engine": (
        "judging the reference site",
        lambda: engine_rows(REFERENCE, beside=True, events=400),
    ),
    "million": (
        "judging a million resources",
        lambda: engine_rows(MILLION, beside=False, events=50),
    ),
    "cypher": ("judging beside Neo4j's traversal", lambda: cypher_rows(REFERENCE)),
    "live": ("following the reference site", lambda: live_rows(REFERENCE)),
    "worker": ("`topology serve` on the reference site", lambda: worker_rows(REFERENCE)),
    "pages": ("pages of the reference site", page_rows),
    "cookbook": ("ten operators' queries on both engines", cookbook_rows),
    "store": ("a simulated site into the store", store_rows),
    "answer": ("from a plugin to an answer, at the demo's site", answer_rows),
}


def main() -> None:
    """Run the parts that are named, or all, and print a table for each as it is ready."""
    load = os.getloadavg()[0]
    print(
        f"{_processor()}, {os.cpu_count()} cores, load {load:.1f}, "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in MEASURED)
    )
    for name in sys.argv[1:] or PARTS:
        title, rows = PARTS[name]
        _print(title, rows())


def _print(title: str, rows: Iterable[Row]) -> None:
    table = Table("what", "this", "beside it", "ratio or figure to reach", title=title)
    for row in rows:
        print(*row, sep=" | ", file=sys.stderr)  # as it comes: a part can take minutes
        table.add_row(*row)
    Console(width=140).print(table)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}"


if __name__ == "__main__":
    main()
