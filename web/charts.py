"""Charts of a resource's statistics, measured on the server and drawn as SVG, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from topology.answers.statistics import PointBody, StatisticBody, StatisticsBody
from web.format import size_text

WIDTH, HEIGHT = 320, 72
_GAP_STEPS = 3
"""A line is broken where this many usual distances between samples lack one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One statistic in a chart."""

    label: str
    last: str
    """Its last value with its unit."""
    ends: str
    """Its lowest and highest value."""
    css: str
    """Tells it from the others: line0, line1, ..."""
    paths: tuple[str, ...]
    """SVG points, a stretch without a gap each; a histogram's are the outlines of its bars."""
    is_bars: bool


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """One chart. Each unit has a scale of its own, from its lowest to its highest value."""

    title: str
    lines: tuple[Line, ...]
    summary: str
    """Everything in words, for who does not see the picture."""


def charts_of(numbers: StatisticsBody, span: str) -> tuple[DrawnChart, ...]:
    """Return the charts that have anything to draw, in the order of the class.

    `span` says in a word how long it is that `numbers` are of: "hour".
    """
    by_name = {one.name: one for one in numbers.statistics if one.points}
    begin, end = _seconds(numbers.since), _seconds(numbers.until)
    return tuple(
        _drawn(chart.title, shown, begin, end, span)
        for chart in numbers.charts
        if (shown := [by_name[name] for name in chart.series if name in by_name])
    )


def amount_text(value: float, units: str) -> str:
    """Return a number with its unit; bytes in binary units."""
    base, slash, per = units.partition("/")
    if base in ("B", "bytes"):
        return f"{size_text(round(value))}{slash}{per}"
    return f"{value:,.4g} {units}".rstrip()


def _drawn(
    title: str, shown: Sequence[StatisticBody], begin: float, end: float, span: str
) -> DrawnChart:
    scales = {}
    for units in {one.units for one in shown}:
        points = [point for one in shown if one.units == units for point in one.points]
        scales[units] = min(one.mean for one in points), max(one.mean for one in points)
    lines = tuple(
        _bars(one, number) if one.kind == "histogram" else _line(one, number, scales, begin, end)
        for number, one in enumerate(shown)
    )
    said = "; ".join(f"{one.label} {one.last}, {one.ends}" for one in lines)
    return DrawnChart(title, lines, f"{title} in the last {span}: {said}")


def _line(
    one: StatisticBody,
    number: int,
    scales: dict[str, tuple[float, float]],
    begin: float,
    end: float,
) -> Line:
    low, high = scales[one.units]
    spots = []
    for point in one.points:
        at = min(max(_seconds(point.at), begin), end)
        x = WIDTH * (at - begin) / (end - begin)
        share = (point.mean - low) / (high - low) if high > low else 0.5
        spots.append((x, HEIGHT - 4 - share * (HEIGHT - 8)))
    return Line(
        label=one.label,
        last=amount_text(one.points[-1].mean, one.units),
        ends=(
            f"from {amount_text(min(point.low for point in one.points), one.units)} "
            f"to {amount_text(max(point.high for point in one.points), one.units)}"
        ),
        css=f"line{number % 4}",
        paths=tuple(_stretches(spots)),
        is_bars=False,
    )


def _stretches(spots: list[tuple[float, float]]) -> list[str]:
    """Return the points of each stretch without a gap; one alone is a short dash."""
    steps = [after[0] - before[0] for before, after in pairwise(spots)]
    usual = median(steps) if steps else 0.0
    stretches = [[spots[0]]]
    for step, spot in zip(steps, spots[1:], strict=True):
        if step > _GAP_STEPS * usual:
            stretches.append([])
        stretches[-1].append(spot)
    for one in stretches:
        if len(one) == 1:
            one.append((one[0][0] + 2, one[0][1]))
    return [" ".join(f"{x:.1f},{y:.1f}" for x, y in one) for one in stretches]


def _bars(one: StatisticBody, number: int) -> Line:
    last: PointBody = one.points[-1]
    highest = max((*last.bins, 0.0)) or 1.0
    width = WIDTH / max(len(last.bins), 1)
    paths = []
    for index, value in enumerate(last.bins):
        left, right = index * width + 1, (index + 1) * width - 1
        top = HEIGHT - max(value, 0.0) / highest * (HEIGHT - 4)
        paths.append(
            f"{left:.1f},{HEIGHT} {left:.1f},{top:.1f} {right:.1f},{top:.1f} {right:.1f},{HEIGHT}"
        )
    said = [
        f"{name}: {amount_text(value, one.units)}"
        for name, value in zip(one.bins, last.bins, strict=False)
    ]
    return Line(one.label, "now", ", ".join(said), f"line{number % 4}", tuple(paths), is_bars=True)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
