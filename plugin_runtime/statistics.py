"""Statistics: numbers that change over time, `temperature = statistics.Gauge(units="C")`.

Assigning one takes a sample. Samples never enter the graph and never mark a resource changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, Self, overload

from typing_extensions import TypeVar, Unpack

from plugin_runtime.attribute import in_words, shown
from plugin_runtime.numbers import finite
from plugin_runtime.options import NoOptions, misspelt_options
from topology.errors import InvalidValue
from topology.schema import AttributeSchema, Chart
from topology.statistics import Kind

S = TypeVar("S")
_CHART = '{"title": ..., "series": [...]}'
"""A chart as an author writes it."""


class Sampled(Protocol):
    """The last samples a resource took."""

    def last_sample(self, name: str) -> object:
        """Return the statistic's last value, None before the first."""

    def sample(self, statistic: Statistic[Any], value: object) -> None:
        """Take `value` as a sample if it is valid."""


class Holder(Protocol):
    """Whatever statistics can be taken of: a resource."""

    @property
    def holding(self) -> Sampled:
        """What it holds."""


class Statistic(Generic[S]):
    """A number over time. `units` are those of the raw value, `sample_period` is in seconds.

    What is assigned sooner than `sample_period` after the last sample is no sample of its own: the
    plugin and its alert conditions see it, the charts do not. Scans are not punctual, so a tenth of
    the period less will do.

    A kind of one's own derives from `Gauge`, `Counter` or `Histogram`, or says which it is kept as.
    """

    kind: ClassVar[Kind] = "gauge"
    """How samples are kept and shown."""

    def __init__(
        self,
        *,
        units: str = "",
        sample_period: float = 10,
        label: str = "",
        **misspelt: Unpack[NoOptions],
    ) -> None:
        self.name = ""
        self.units = units
        self.sample_period = sample_period
        self._label = label
        self._misspelt = tuple(misspelt)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def validate(self, value: object) -> S:
        """Return `value` in canonical form. Raises ValueError with the rule as a half sentence."""
        raise NotImplementedError

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the declaration, as half sentences."""
        yield from misspelt_options(type(self), self._misspelt)
        if self.sample_period <= 0:
            yield f"needs a sample_period above 0 seconds, got {self.sample_period}"

    def checked(self, value: object, owner: str) -> S:
        """Return `value` as a resource of class `owner` may sample it, or raise InvalidValue."""
        try:
            return self.validate(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise InvalidValue(f"{owner}.{self.name} {error}, got {shown(value)}") from error

    @property
    def label(self) -> str:
        """What people read."""
        return self._label or in_words(self.name)

    @property
    def parts(self) -> tuple[str, ...]:
        """What the numbers of one sample are called, where they are several."""
        return ()

    def schema(self) -> AttributeSchema:
        """Describe it for presentation."""
        return AttributeSchema(
            name=self.name,
            kind=self.kind.capitalize(),
            label=self.label,
            is_optional=True,
            is_statistic=True,
            units=self.units,
            choices=self.parts,
        )

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Holder, owner: type) -> S | None: ...
    def __get__(self, resource: Holder | None, owner: type) -> object:
        return self if resource is None else resource.holding.last_sample(self.name)

    def __set__(self, resource: Holder, value: S) -> None:
        resource.holding.sample(self, value)


class Gauge(Statistic[float]):
    """A value that goes up and down."""

    def validate(self, value: object) -> float:
        """Return the number, finite."""
        return finite(value)


class Counter(Statistic[float]):
    """A total that only grows, but for a reset; shown as a rate per second, never negative.

    Alert conditions see the total. For one on the rate assign a `Gauge` beside it.
    """

    kind = "counter"

    def validate(self, value: object) -> float:
        """Return the number, finite and not negative."""
        number = finite(value)
        if number < 0:
            raise ValueError("must not be negative")
        return number


class Histogram(Statistic[tuple[float, ...]]):
    """How many fall into each of `bins`, given as (low, high) pairs."""

    kind = "histogram"

    def __init__(
        self,
        bins: Iterable[tuple[float, float]],
        *,
        units: str = "",
        sample_period: float = 10,
        label: str = "",
        **misspelt: Unpack[NoOptions],
    ) -> None:
        super().__init__(units=units, sample_period=sample_period, label=label, **misspelt)
        self.bins = tuple(bins)

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the bins too."""
        yield from super().mistakes()
        if not self.bins or any(low > high for low, high in self.bins):
            yield f"needs at least one bin (low, high), low first, got {self.bins!r}"

    @property
    def parts(self) -> tuple[str, ...]:
        """The bins in words."""
        return tuple(f"{low:g} to {high:g}" for low, high in self.bins)

    def validate(self, value: object) -> tuple[float, ...]:
        """Return one finite number for each bin."""
        if not isinstance(value, Iterable) or isinstance(value, str):
            raise TypeError(f"must be {len(self.bins)} numbers, one for each bin")
        numbers = tuple(finite(one) for one in value)
        if len(numbers) != len(self.bins):
            raise ValueError(f"must be {len(self.bins)} numbers, one for each bin")
        return numbers


def charts_of(declared: object, statistics: Mapping[str, Statistic[Any]]) -> tuple[Chart, ...]:
    """Return the charts of a class: those `declared`, else one for each statistic."""
    if not declared:
        return tuple(Chart(one.label, (name,)) for name, one in statistics.items())
    return tuple(
        Chart(str(one["title"]), tuple(one["series"]))
        for one in _listed(declared)
        if not list(_mistakes_of(one, statistics))
    )


def chart_mistakes(declared: object, statistics: Mapping[str, Statistic[Any]]) -> Iterator[str]:
    """Yield what is wrong with charts as an author wrote them."""
    if not isinstance(declared, list | tuple):
        yield f"must be a list, got {shown(declared)}; write [{_CHART}]"
    for one in _listed(declared):
        yield from _mistakes_of(one, statistics)


def _listed(declared: object) -> Sequence[Any]:
    return declared if isinstance(declared, list | tuple) else ()


def _mistakes_of(chart: object, statistics: Mapping[str, Statistic[Any]]) -> Iterator[str]:
    if not isinstance(chart, Mapping) or chart.keys() != {"title", "series"}:
        yield f"a chart has a title and a series, got {shown(chart)}; write {_CHART}"
        return
    title, series = chart["title"], chart["series"]
    if not isinstance(title, str) or not title:
        yield f"a chart has the title {shown(title)}; give it text"
    if isinstance(series, str) or not isinstance(series, Sequence) or not series:
        yield f"chart {title!r} has the series {shown(series)}; list names of statistics"
        return
    unknown = [one for one in series if one not in statistics]
    for one in unknown:
        yield (
            f"chart {title!r} names {one!r}, which is no statistic; "
            f"declared: {', '.join(statistics) or 'none'}"
        )
    units = {statistics[one].units for one in series if one in statistics}
    if len(units) > 2:
        said = ", ".join(map(repr, sorted(units)))
        yield f"chart {title!r} has {len(units)} units ({said}); a chart has at most two"
