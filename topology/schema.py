"""Resource classes as plain data: what is known of a class without its plugin."""

from __future__ import annotations

from dataclasses import dataclass

GRAPH_PROPERTIES = frozenset(
    {
        *("alias", "can_fail", "claims", "classes", "groups", "is_service", "label"),
        *("missing_since", "most", "own_revision", "own_since", "own_state", "provides"),
        *("reporters", "state", "state_high", "state_low", "state_revision", "subscribes", "uid"),
        *("new_single_point_of", "redundancy_left", "root_causes", "single_point_of"),
    }
)
"""What the graph itself says of every resource; no attribute of a plugin takes such a name."""


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """One attribute of a class, for presentation."""

    name: str
    kind: str
    """The attribute class's name: String, Bytes, Enum, ..."""
    label: str
    help: str = ""
    is_optional: bool = False
    is_hidden: bool = False
    is_read_only: bool = False
    """Forms show it without letting it be edited."""
    is_identifier: bool = False
    is_secret: bool = False
    """Its values are encrypted at rest and never shown."""
    is_statistic: bool = False
    units: str = ""
    choices: tuple[str, ...] = ()
    """An Enum's values, a Histogram's bins."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Statistics of a class that are drawn together, in at most two units."""

    title: str
    series: tuple[str, ...]
    """Names of statistics."""


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """One resource class. Two plugins may not give one name to unrelated classes."""

    name: str
    """Its label in the graph."""
    plugin: str
    """The plugin that declares it; empty for a built-in class."""
    bases: tuple[str, ...]
    """Its other labels, nearest first, up to, not including, Resource."""
    label: str
    plural_label: str
    is_scannable: bool = False
    attributes: tuple[AttributeSchema, ...] = ()
    """In order of presentation, base class first."""
    charts: tuple[Chart, ...] = ()
    """In order of presentation; every statistic is in one."""
    icon: str = ""

    @property
    def secret_names(self) -> frozenset[str]:
        """The attributes whose values are encrypted at rest and never shown."""
        return frozenset(one.name for one in self.attributes if one.is_secret)
