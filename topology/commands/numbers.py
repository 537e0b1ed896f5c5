"""A resource's statistics on a terminal: a line each, drawn with block characters."""

from __future__ import annotations

from topology.answers.statistics import StatisticBody, StatisticsBody
from topology.commands.output import plain, print_table

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDEST = 30


def print_statistics(numbers: StatisticsBody) -> None:
    """Print the last value of each statistic and how it went; nothing where there is none.

    A counter that was sampled once is there, for its author would look for it.
    """
    rows = [_row(one) for one in numbers.statistics if one.points or one.kind == "counter"]
    if rows:
        print_table(["Statistic, last hour", "Last", "Lowest", "Highest", ""], rows)


def sparkline(values: list[float]) -> str:
    """Return the last thirty values as bars, from their lowest to their highest."""
    shown = values[-_WIDEST:]
    low, high = min(shown), max(shown)
    if low == high:
        return _BLOCKS[3] * len(shown)
    scale = (len(_BLOCKS) - 1) / (high - low)
    return "".join(_BLOCKS[round((one - low) * scale)] for one in shown)


def _row(one: StatisticBody) -> tuple[str, ...]:
    label = plain(one.label)
    if not one.points:
        return (label, "a rate needs two samples", "", "", "")
    last = one.points[-1]
    if one.kind == "histogram":
        parts = ", ".join(
            f"{name}: {value:g}" for name, value in zip(one.bins, last.bins, strict=False)
        )
        return (label, plain(parts), "", "", sparkline(list(last.bins)))
    return (
        label,
        plain(_amount(last.mean, one.units)),
        plain(_amount(min(point.low for point in one.points), one.units)),
        plain(_amount(max(point.high for point in one.points), one.units)),
        sparkline([point.mean for point in one.points]),
    )


def _amount(value: float, units: str) -> str:
    return f"{value:,.6g} {units}".rstrip()
