"""Bodies of the numbers that resources reported, and how series become them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from topology.answers.bodies import Body, ChartBody
from topology.answers.timestamps import rfc3339
from topology.schema import AttributeSchema, Chart, ResourceClass
from topology.statistics import Series


class PointBody(Body):
    """One step of a series."""

    at: str = Field(description="When the step begins")
    mean: float = Field(description="Of a counter the rate per second")
    low: float
    high: float
    bins: list[float] = Field(description="A histogram's numbers, else empty")


class StatisticBody(Body):
    """What is kept of one statistic over a span."""

    name: str
    label: str
    units: str = Field(description="Of the points; a counter's are per second")
    kind: Literal["gauge", "counter", "histogram"]
    bins: list[str] = Field(description="A histogram's bins in words, else empty")
    step_seconds: int
    points: list[PointBody] = Field(description="By time; steps without a sample are left out")


class StatisticsBody(Body):
    """The numbers a resource reported over a span."""

    uid: str
    since: str
    until: str
    statistics: list[StatisticBody]
    charts: list[ChartBody]


def statistics_body(
    series: Iterable[Series],
    uid: str,
    declared: tuple[ResourceClass, ...],
    *,
    since: float,
    until: float,
) -> StatisticsBody:
    """Return what a resource reported over a span; `declared` are its classes, its own first.

    Each statistic is in the charts its class declares, else in one of its own.
    """
    schemas = {one.name: one for cls in reversed(declared) for one in cls.attributes}
    found = {one.statistic: one for one in series}
    return StatisticsBody(
        uid=uid,
        since=rfc3339(since),
        until=rfc3339(until),
        statistics=[_statistic(one, schemas.get(name)) for name, one in found.items()],
        charts=[
            ChartBody(title=one.title, series=[name for name in one.series if name in found])
            for one in _charts(declared, found)
        ],
    )


def _charts(declared: tuple[ResourceClass, ...], found: Mapping[str, Series]) -> list[Chart]:
    charts: list[Chart] = []
    drawn: set[str] = set()
    for cls in declared:  # a base class has a chart for each, which its own class may have joined
        charts += [
            chart
            for chart in cls.charts
            if found.keys() & chart.series and drawn.isdisjoint(chart.series)
        ]
        drawn |= {name for chart in cls.charts for name in chart.series}
        drawn |= {one.name for one in cls.attributes if one.is_statistic}
    charts += [Chart(name.replace("_", " "), (name,)) for name in sorted(found.keys() - drawn)]
    return charts


def _statistic(series: Series, schema: AttributeSchema | None) -> StatisticBody:
    units = schema.units if schema else ""
    return StatisticBody(
        name=series.statistic,
        label=schema.label if schema else series.statistic.replace("_", " "),
        units=f"{units}/s" if series.kind == "counter" else units,
        kind=series.kind,
        bins=list(schema.choices) if schema and series.kind == "histogram" else [],
        step_seconds=series.step_seconds,
        points=[
            PointBody(
                at=rfc3339(one.at), mean=one.mean, low=one.low, high=one.high, bins=list(one.bins)
            )
            for one in series.points
        ],
    )
