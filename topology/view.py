"""The site at one moment, judged: what every page, request and command answers from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from topology.builtin_classes import BUILTIN_CLASSES
from topology.errors import ResourceNotFound
from topology.impact import Design, Margins
from topology.impact.layout import Judgement, Layout, SinglePoints
from topology.model import Resource
from topology.state import OK, Interval, State, worst_first

SERIAL_ATTRIBUTES = ("serial_number", "serial", "wwn", "uuid")
"""Attributes by whose value a person may name a resource."""
NO_SINGLE_POINTS = SinglePoints((), ())
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, eq=False)
class View:
    """Resources and judgement that belong together; frozen, so any thread may read it."""

    revision: int
    at: float
    """When it was judged, epoch seconds."""
    resources: Mapping[str, Resource]
    layout: Layout
    design: Design
    """What follows from the topology alone."""
    judgement: Judgement

    def state(self, uid: str) -> Interval:
        """Return the published state of a resource."""
        return self.judgement.states[uid]

    def name(self, uid: str) -> str:
        """Return what people call a resource."""
        return self.resources[uid].name

    def single_points(self, uid: str) -> SinglePoints:
        """Return the single points of failure of a resource, none where it has ended."""
        return self.judgement.single_points.get(uid, NO_SINGLE_POINTS)

    @cached_property
    def margins(self) -> Margins:
        """How many further failures each resource survives; worked out when asked for."""
        return Margins(self.layout, self.design, self.judgement)

    @cached_property
    def downstream(self) -> Mapping[str, tuple[str, ...]]:
        """What each resource is an input of, by its uid."""
        found: dict[str, list[str]] = defaultdict(list)
        for uid, resource in self.resources.items():
            for source in {one.source for one in resource.inputs}:
                found[source].append(uid)
        return {uid: tuple(users) for uid, users in found.items()}

    @cached_property
    def filesystems(self) -> tuple[str, ...]:
        """The uids of the Lustre filesystems, by name."""
        return self.sorted_by_name(
            uid for uid, one in self.resources.items() if "LustreFilesystem" in one.merged.classes
        )

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The uids of what people use, by name."""
        return self.sorted_by_name(
            uid for uid, resource in self.resources.items() if resource.merged.is_service
        )

    @cached_property
    def ends(self) -> tuple[str, ...]:
        """What is judged: the services, else the resources that nothing depends on."""
        return self.services or self.sorted_by_name(
            uid for uid in self.resources if uid not in self.downstream
        )

    def lane(self, uid: str) -> int:
        """Return the column of a resource in a picture; trouble travels from lower to higher."""
        classes = self.resources[uid].merged.classes
        return next((BUILTIN_CLASSES[name].lane for name in classes if name in BUILTIN_CLASSES), 4)

    def sorted_by_name(self, uids: Iterable[str]) -> tuple[str, ...]:
        """Return `uids` in the order of their names, as people count: slot2 before slot10."""
        return tuple(sorted(uids, key=lambda uid: (natural(self.name(uid)), uid)))

    def worst_first(self, uids: Iterable[str]) -> tuple[str, ...]:
        """Return `uids` worst published state first, then by name."""
        return tuple(
            sorted(
                uids, key=lambda uid: (*worst_first(self.state(uid)), natural(self.name(uid)), uid)
            )
        )

    def affected_by(self, cause: str) -> tuple[str, ...]:
        """Return what trouble in `cause` reaches, downstream, worst first, without `cause`.

        Trouble passes a link whose map lets it through to a resource that is not OK.
        Cost: the links of what is reached; cycles are allowed.
        """
        found: set[str] = set()
        waiting = [cause]
        while waiting:
            source = waiting.pop()
            for user in self.downstream.get(source, ()):
                if user not in found and self.passes_on(source, user):
                    found.add(user)
                    waiting.append(user)
        return self.worst_first(found - {cause})

    def passes_on(self, source: str, user: str) -> bool:
        """Return whether trouble in `source` travels to `user`, which it is an input of."""
        seen = self.layout.parts[user].map_of(source)(self.state(source).high)
        return seen > State.OK and self.state(user) != OK

    def find(self, text: str) -> str:
        """Return the uid of the resource a person calls `text`.

        That is its uid, its alias, or its label or serial where that is unique. Raises
        ResourceNotFound, naming the candidates where there are several.
        """
        if text in self.resources:
            return text
        for called in (_by_alias, _by_label_or_serial):
            found = [uid for uid, one in self.resources.items() if called(one, text)]
            if len(found) == 1:
                return found[0]
            if found:
                listed = ", ".join(
                    f"{uid} ({self.resources[uid].class_name})" for uid in sorted(found)[:10]
                )
                raise ResourceNotFound(
                    f"{text!r} names {len(found)} resources; use one of these ids: {listed}"
                )
        raise ResourceNotFound(
            f"no resource has the id, alias, label or serial {text!r}; "
            f"`topology find` and the search of the pages list what there is"
        )


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key by which numbers inside names count as numbers."""
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part)
        for part in _NUMBERS.split(text.casefold())
    )


def _by_alias(resource: Resource, text: str) -> bool:
    return resource.alias == text


def _by_label_or_serial(resource: Resource, text: str) -> bool:
    attributes = resource.merged.attributes
    return resource.merged.label == text or any(
        str(attributes.get(name, "")).casefold() == text.casefold() for name in SERIAL_ATTRIBUTES
    )
