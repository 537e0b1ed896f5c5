"""The descendant's `statistics`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from plugin_runtime import statistics

__all__ = ["BytesHistogram", "Counter", "Gauge"]


class Gauge(statistics.Gauge):
    """A value that goes up and down."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_said(options))


class Counter(statistics.Counter):
    """A total that only grows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_said(options))


class BytesHistogram(statistics.Histogram):
    """How many fall into each of `bins`: (low, high) in bytes, or (low,) for that and above."""

    def __init__(self, bins: Iterable[tuple[float, ...]], **options: Any) -> None:
        pairs = [(one[0], one[1] if len(one) > 1 else math.inf) for one in bins]
        super().__init__(pairs, **{"units": "B", **_said(options)})


def _said(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
