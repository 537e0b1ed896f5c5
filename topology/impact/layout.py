"""What the impact engine is given and what it returns: frozen values, no store, no plugin.

Links are kept at their effect: every part knows its inputs, as in ``disk --> pool``, where the disk
is an input of the pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from topology.amended import amended
from topology.gates import IDENTITY, SERIES, Gate, InputMap
from topology.impact.rules import WhyRule
from topology.state import OK, Interval, State


@dataclass(frozen=True, slots=True)
class InputGroup:
    """One group of a part, ready to evaluate: its size resolved, its members named."""

    name: str
    members: tuple[str, ...]
    """Uids of the inputs, each once."""
    size: int
    """How many inputs it should have, at least 1; fewer members count as that many failed."""
    gate: Gate = SERIES
    cap: State = State.FAILED
    out_of_sync: frozenset[str] = frozenset()
    """Members that count as failed whatever their state."""
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    """For rules by weight: a member's weight; 1 where it is not named, as for a missing member."""
    assumes_all_present: bool = False
    """Members that are missing count as healthy, as on the healthy site."""

    @property
    def missing(self) -> int:
        """How many inputs count as failed because nobody reports them."""
        return 0 if self.assumes_all_present else max(0, self.size - len(self.members))

    def healthy(self) -> InputGroup:
        """Return the same group at its size and in sync."""
        if not self.missing and not self.out_of_sync:
            return self
        return replace(self, out_of_sync=frozenset(), assumes_all_present=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One resource as the engine sees it."""

    uid: str
    own: Interval = OK
    can_fail: bool = True
    """It is a component: it can fail by itself."""
    is_service: bool = False
    groups: tuple[InputGroup, ...] = ()
    maps: Mapping[str, InputMap] = field(default_factory=dict)
    """How an input's trouble arrives, by its uid; identity where it is not named."""

    def map_of(self, source: str) -> InputMap:
        """Return how trouble of the input `source` arrives here."""
        return self.maps.get(source, IDENTITY)

    def is_behind(self, source: str) -> bool:
        """Tell whether the input `source` counts as failed because it is not in sync."""
        return any(source in group.out_of_sync for group in self.groups)

    def healthy(self) -> Part:
        """Return the same part with nothing wrong."""
        groups = tuple(group.healthy() for group in self.groups)
        is_healthy = self.own == OK and groups == self.groups
        return self if is_healthy else replace(self, own=OK, groups=groups)


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole topology, or one that was never built. Every member of a group is a part."""

    parts: Mapping[str, Part]

    def healthy(self) -> Layout:
        """Return the same topology with nothing wrong: all OK, at size and in sync."""
        return Layout(_HealthyParts(self.parts))

    def changed(self, parts: Mapping[str, Part | None]) -> Layout:
        """Return this layout with other `parts`, by uid; None where there is one no longer.

        Cost: the changes.
        """
        return Layout(amended(self.parts, parts))


@dataclass(frozen=True, slots=True, eq=False)
class _HealthyParts(Mapping[str, Part]):
    """The parts of a layout with nothing wrong, made when they are asked for."""

    parts: Mapping[str, Part]

    def __getitem__(self, uid: str) -> Part:
        return self.parts[uid].healthy()

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


@dataclass(frozen=True, slots=True)
class Because:
    """Why a published state is not OK (impact-semantics, section 5; from the high evaluation)."""

    rule: WhyRule
    """`str` says it: "1 of 10 failed, tolerates 2"."""
    inputs: tuple[str, ...]
    """The smallest set of inputs that forces the state, worst first, then by uid."""
    root_causes: tuple[str, ...]
    """Own troubles at the end of the because-of links, worst first, then by uid."""


@dataclass(frozen=True, slots=True)
class SinglePoints:
    """Components whose failure, in addition to what has failed, ends a resource. Sorted by uid."""

    by_design: tuple[str, ...]
    """Single points of the healthy site too."""
    new: tuple[str, ...]
    """Made into single points by what has failed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Every answer about one layout at one moment."""

    states: Mapping[str, Interval]
    """The published state of every part."""
    because: Mapping[str, Because]
    """For every part whose high end is not OK."""
    single_points: Mapping[str, SinglePoints]
    """Threshold PARTIAL, at the low evaluation: for every part that has any and has not ended."""
