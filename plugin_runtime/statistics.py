"""Statistics: numbers that change over time, `temperature = statistics.Gauge(units="C")`.

Assigning one takes a sample. Samples never enter the graph and never mark a resource changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, overload

from typing_extensions import TypeVar

from plugin_runtime.attribute import in_words, shown
from plugin_runtime.numbers import finite
from topology.errors import InvalidValue
from topology.schema import AttributeSchema

S = TypeVar("S")


SampleValue = float | tuple[float, ...]
"""A histogram's has one number for each bin."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one statistic at one moment."""

    uid: str
    statistic: str
    at: float
    """Epoch seconds."""
    value: SampleValue


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
    """A number over time. `units` are those of the raw value, `sample_period` is in seconds."""

    def __init__(self, *, units: str = "", sample_period: float = 10, label: str = "") -> None:
        self.name = ""
        self.units = units
        self.sample_period = sample_period
        self._label = label

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def validate(self, value: object) -> S:
        """Return `value` in canonical form. Raises ValueError with the rule as a half sentence."""
        raise NotImplementedError

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the declaration, as half sentences."""
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

    def schema(self) -> AttributeSchema:
        """Describe it for presentation."""
        return AttributeSchema(
            name=self.name,
            kind=type(self).__name__,
            label=self.label,
            is_optional=True,
            is_statistic=True,
            units=self.units,
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
    """A total that only grows, but for a reset; shown as a rate."""

    def validate(self, value: object) -> float:
        """Return the number, finite and not negative."""
        number = finite(value)
        if number < 0:
            raise ValueError("must not be negative")
        return number


class Histogram(Statistic[tuple[float, ...]]):
    """How many fall into each of `bins`, given as (low, high) pairs."""

    def __init__(
        self,
        bins: Iterable[tuple[float, float]],
        *,
        units: str = "",
        sample_period: float = 10,
        label: str = "",
    ) -> None:
        super().__init__(units=units, sample_period=sample_period, label=label)
        self.bins = tuple(bins)

    def mistakes(self) -> Iterable[str]:
        """Yield what is wrong with the bins too."""
        yield from super().mistakes()
        if not self.bins or any(low > high for low, high in self.bins):
            yield f"needs at least one bin (low, high), low first, got {self.bins!r}"

    def validate(self, value: object) -> tuple[float, ...]:
        """Return one finite number for each bin."""
        if not isinstance(value, Iterable) or isinstance(value, str):
            raise TypeError(f"must be {len(self.bins)} numbers, one for each bin")
        numbers = tuple(finite(one) for one in value)
        if len(numbers) != len(self.bins):
            raise ValueError(f"must be {len(self.bins)} numbers, one for each bin")
        return numbers
