"""How a figure is taken and written: medians and percentiles, one line each."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Row = tuple[str, str, str, str]
"""What was measured, how long it took, what it is beside, and the ratio or the figure to reach."""


Made = TypeVar("Made")
Clock = Callable[[], float]
WALL: Clock = time.perf_counter
PROCESSOR: Clock = time.thread_time
"""Of this thread: what others do on the machine slows it, but does not count as its time."""


def seconds(work: Callable[[], object], *, times: int = 5, clock: Clock = PROCESSOR) -> float:
    """Return the median time of `work`."""
    return statistics.median(_taken(work, clock) for _ in range(times))


def made(work: Callable[[], Made]) -> tuple[Made, float]:
    """Return what `work` makes and how long it took, once: for what is large and slow to make."""
    begun = PROCESSOR()
    value = work()
    return value, PROCESSOR() - begun


def percentiles(works: list[Callable[[], object]]) -> tuple[float, float]:
    """Return the median and the 99th percentile of the times of `works`, each done once."""
    gc.collect()
    taken = sorted(_taken(work, PROCESSOR) for work in works)
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


def _taken(work: Callable[[], object], clock: Clock) -> float:
    begun = clock()
    work()
    return clock() - begun


def resident_mb() -> float:
    """Return the memory this process holds, in millions of bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def row(what: str, this: float, beside: str, other: float) -> Row:
    """Return a line that compares two times, in seconds."""
    return what, shown(this), f"{shown(other)}  {beside}", f"{this / other:.2g}"


def alone(what: str, figure: str, reach: str) -> Row:
    """Return a line without a comparison; `reach` is the figure to reach."""
    return what, figure, "", reach


def shown(time_seconds: float) -> str:
    """Write a time in milliseconds."""
    return f"{time_seconds * 1e3:,.2f} ms"
