"""Reports a simulated site and keeps it as its root says: its sizes, and what has failed."""

from __future__ import annotations

import difflib
import math
import time
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.plugins.simulated_site.blueprint import Part, blueprint_of
from plugin_runtime.plugins.simulated_site.resources import (
    FAILED,
    OK,
    PREDICTED,
    REBUILDING,
    SimulatedComponent,
    SimulatedDisk,
    SimulatedSite,
)
from plugin_runtime.plugins.simulated_site.sites import sizes_of_site
from plugin_runtime.plugins.simulated_site.sizes import Sizes, even_sizes
from plugin_runtime.resource import StorageResource
from topology.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a site, by the labels of its components."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    """Of those whose status is not ok."""
    removed: frozenset[str] = frozenset()


class SimulatedSitePlugin(StoragePlugin[SimulatedSite]):
    """Reports one simulated site, whose root says at any time what has failed."""

    name = "simulated_site"

    def initial_scan(self, root: SimulatedSite) -> None:
        """Report the whole site but for what is removed."""
        self.sizes: Sizes | None = None
        self.blueprint: Mapping[str, Part] = {}
        self.reported: dict[str, StorageResource] = {}
        self.trouble = Trouble()
        self.update_period = 10
        self.update_scan(root)

    def update_scan(self, root: SimulatedSite) -> None:
        """Make the site what its root says now. Raises InvalidValue for an id it does not know.

        Where only statuses change, only those components are touched.
        """
        sizes = _sizes_of(root)
        if sizes != self.sizes:
            self._rebuild(sizes)
        trouble = self._trouble_of(root)
        self._pull(trouble.removed - self.trouble.removed)
        self._put_back(self.trouble.removed - trouble.removed)
        for label in {**self.trouble.statuses, **trouble.statuses}:
            component = self.reported.get(label)
            if isinstance(component, SimulatedComponent):
                component.status = trouble.statuses.get(label, OK)
        self.trouble = trouble
        self._warm_up()

    def _warm_up(self) -> None:
        """Take every disk's temperature: each has its own, and all follow the room's."""
        room = 24 + 3 * math.sin(time.time() / 600)
        for label, disk in self.reported.items():
            if isinstance(disk, SimulatedDisk) and disk.status != FAILED:
                disk.temperature = round(room + zlib.crc32(label.encode()) % 120 / 10, 1)

    def _rebuild(self, sizes: Sizes) -> None:
        """Report a whole site of these sizes in place of the one so far."""
        blueprint = blueprint_of(sizes)
        self._pull(self.reported.keys() - blueprint.keys())
        self._report(blueprint.values())
        self.sizes, self.blueprint = sizes, blueprint
        self.ids = dict(self._ids())
        self.trouble = Trouble(self.trouble.statuses)

    def _pull(self, labels: Collection[str]) -> None:
        """Report no longer the parts with these labels."""
        for label in labels:
            self.remove(self.reported.pop(label))

    def _put_back(self, labels: Set[str]) -> None:
        """Report the parts with these labels again, and their links to what depends on them."""
        if labels:
            self._report(
                part
                for label, part in self.blueprint.items()
                if label in labels or not labels.isdisjoint(part.mentioned)
            )

    def _report(self, parts: Iterable[Part]) -> None:
        """Report parts as the blueprint has them, but for what is pulled."""
        for part in parts:
            parents = [self.reported[one] for one in part.parents if one in self.reported]
            references = {name: self.reported.get(to) for name, to in part.references.items()}
            values = {**part.attributes, **references}
            self.reported[part.label], _ = self.update_or_create(
                part.resource_class, parents, **values
            )

    def _ids(self) -> Iterator[tuple[str, str]]:
        """Yield everything a component is called by, and its label; the whole site is reported."""
        for label, resource in self.reported.items():
            if isinstance(resource, SimulatedComponent):
                serial = self.blueprint[label].attributes.get("serial_number", label)
                yield from dict.fromkeys((resource.uid, serial, label), label).items()

    def _trouble_of(self, root: SimulatedSite) -> Trouble:
        statuses = dict.fromkeys(self._named(root, "rebuilding", SimulatedDisk), REBUILDING)
        statuses |= dict.fromkeys(self._named(root, "predicted"), PREDICTED)
        statuses |= dict.fromkeys(self._named(root, "failed"), FAILED)
        return Trouble(statuses, frozenset(self._named(root, "removed")))

    def _named(
        self,
        root: SimulatedSite,
        setting: str,
        kind: type[SimulatedComponent] = SimulatedComponent,
    ) -> list[str]:
        """Return the labels of the components of a kind whose ids a setting lists."""
        listed: str = getattr(root, setting)
        ids = [one.strip() for one in listed.split(",") if one.strip()]
        labels = {one: self.ids.get(one, "") for one in ids}
        unknown = [one for one, label in labels.items() if not self._is_a(label, kind)]
        if unknown:
            known = [label for label in self.blueprint if self._is_a(label, kind)]
            raise InvalidValue(
                f"SimulatedSite.{setting} must list {kind.declaration.plural_label.lower()} of "
                f"{root.name}, got "
                + " and ".join(f"{one!r} ({_nearest(one, known)})" for one in unknown)
                + "; give labels, serial numbers or uids."
            )
        return list(labels.values())

    def _is_a(self, label: str, kind: type[SimulatedComponent]) -> bool:
        return label in self.blueprint and issubclass(self.blueprint[label].resource_class, kind)


def _sizes_of(root: SimulatedSite) -> Sizes:
    if root.site != "custom":
        return sizes_of_site(root.site, root.name)
    return even_sizes(
        root.name,
        couplets=root.couplets,
        enclosures=root.enclosures,
        osts=root.osts,
        oss_pairs=root.oss_pairs,
        mdts=root.mdts,
    )


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f"nearest: {', '.join(near)}" if near else "nothing is near it"
