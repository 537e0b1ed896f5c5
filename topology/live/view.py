"""The site at one moment, judged: what every page, request and command answers from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from heapq import nsmallest

from topology.builtin_classes import BUILTIN_CLASSES
from topology.errors import ResourceNotFound
from topology.impact import Assessment, Design, Margins
from topology.impact.layout import Judgement, Layout, SinglePoints
from topology.model import Resource
from topology.state import OK, Interval, State, worst_first

SERIAL_ATTRIBUTES = ("serial_number", "serial", "wwn", "uuid")
"""Attributes by whose value a person may name a resource."""
NO_SINGLE_POINTS = SinglePoints((), ())
_NUMBERS = re.compile(r"(?<=-ost|-mdt)[0-9a-f]{4}\b|0*(\d+)", re.ASCII)
"""Lustre writes the index of a target in four hexadecimal digits."""
_NAMES_KEPT = 2**17
"""Sort keys that are kept: the names of a large site, which hardly change from view to view."""


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
    assessment: Assessment
    """The site as it is, to be judged on from here; `judgement` may be that of a supposed one."""
    heard_at: Mapping[str, float] = field(default_factory=dict)
    """When a scan of each scope that is silent now last succeeded, epoch seconds."""
    earlier_margins: tuple[Margins, Assessment] | None = None
    """The last that were asked for of an earlier view; what still holds of them is used again."""

    def state(self, uid: str) -> Interval:
        """Return the published state of a resource."""
        return self.judgement.states[uid]

    def name(self, uid: str) -> str:
        """Return what people call a resource."""
        return self.resources[uid].name

    def inputs_of(self, uid: str) -> tuple[str, ...]:
        """Return the uids of what a resource depends on at once, each once, as it names them."""
        sources = dict.fromkeys(one.source for one in self.resources[uid].inputs)
        return tuple(one for one in sources if one in self.resources)

    def single_points(self, uid: str) -> SinglePoints:
        """Return the single points of failure of a resource, none where it has ended."""
        return self.judgement.single_points.get(uid, NO_SINGLE_POINTS)

    @cached_property
    def margins(self) -> Margins:
        """How many further failures each resource survives; worked out when asked for."""
        if self.earlier_margins is None or self.judgement is not self.assessment.judgement:
            return Margins(self.layout, self.design, self.judgement)
        margins, site = self.earlier_margins
        return margins.after(site, self.assessment)

    @property
    def newest_margins(self) -> tuple[Margins, Assessment] | None:
        """The margins of this view where they were asked for, else those of an earlier one."""
        if "margins" in self.__dict__:
            return self.margins, self.assessment
        return self.earlier_margins

    @property
    def downstream(self) -> Mapping[str, tuple[str, ...]]:
        """What each resource is an input of, by its uid."""
        return self.design.order.downstream

    @cached_property
    def of_class(self) -> Mapping[str, tuple[str, ...]]:
        """The uids of what is there of each class or one derived from it, in no order."""
        found: dict[str, list[str]] = defaultdict(list)
        for uid, resource in self.resources.items():
            for name in resource.merged.classes:
                found[name].append(uid)
        return {name: tuple(uids) for name, uids in found.items()}

    @cached_property
    def troubled_by_itself(self) -> tuple[str, ...]:
        """The uids of what has trouble of its own, in no order."""
        return tuple(uid for uid, one in self.resources.items() if _is_troubled_by_itself(one))

    @cached_property
    def filesystems(self) -> tuple[str, ...]:
        """The uids of the Lustre filesystems, by name."""
        return self.sorted_by_name(self.of_class.get("LustreFilesystem", ()))

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The uids of what people use, by name."""
        return self.sorted_by_name(
            uid for uid, resource in self.resources.items() if resource.merged.is_service
        )

    @cached_property
    def ends(self) -> tuple[str, ...]:
        """What is judged, by name: the services, or what nothing else needs where none is known."""
        return self.services or self.sorted_by_name(self.design.ends)

    def take_lists_from(self, before: View, touched: Collection[str]) -> None:
        """Let lists stand that were sorted for an earlier view, where nothing of them was touched.

        For the one who makes this view, before anybody reads it.
        """
        listed = set(before.__dict__.get("services", ())).union(
            before.__dict__.get("filesystems", ())
        )
        is_listed = any(
            uid in listed or (uid in self.resources and _may_be_listed(self.resources[uid]))
            for uid in touched
        )
        for name in () if is_listed else ("services", "filesystems"):
            if name in before.__dict__:
                self.__dict__[name] = before.__dict__[name]
        if "troubled_by_itself" in before.__dict__:
            still = [uid for uid in before.troubled_by_itself if uid not in touched]
            still += [uid for uid in touched if _is_troubled_by_itself(self.resources.get(uid))]
            self.__dict__["troubled_by_itself"] = tuple(still)
        if "of_class" in before.__dict__ and all(
            _classes_in(self, uid) == _classes_in(before, uid) for uid in touched
        ):
            self.__dict__["of_class"] = before.of_class

    def lane(self, uid: str) -> int:
        """Return the column of a resource in a picture; trouble travels from lower to higher."""
        classes = self.resources[uid].merged.classes
        return next((BUILTIN_CLASSES[name].lane for name in classes if name in BUILTIN_CLASSES), 4)

    def sorted_by_name(self, uids: Iterable[str]) -> tuple[str, ...]:
        """Return `uids` in the order of their names, as people count: slot2 before slot10."""
        return tuple(sorted(uids, key=lambda uid: (natural(self.name(uid)), uid)))

    def worst_first(self, uids: Iterable[str]) -> tuple[str, ...]:
        """Return `uids` worst published state first, then by name."""
        return tuple(sorted(uids, key=self._place))

    def worst_of(self, uids: Iterable[str], most: int) -> tuple[str, ...]:
        """Return the first `most` of `worst_first`, which is quicker where there are many more."""
        by_state: dict[Interval, list[str]] = defaultdict(list)
        for uid in uids:
            by_state[self.state(uid)].append(uid)
        found: list[str] = []
        for state in sorted(by_state, key=worst_first):
            found += nsmallest(most - len(found), by_state[state], key=self._place)
            if len(found) >= most:
                break
        return tuple(found)

    def _place(self, uid: str) -> tuple[object, ...]:
        return (*worst_first(self.state(uid)), natural(self.name(uid)), uid)

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
        part = self.layout.parts[user]
        seen = part.map_of(source)(self.state(source).high)
        return (seen > State.OK or part.is_behind(source)) and self.state(user) != OK

    def alone(self, cause: str) -> Mapping[str, Interval]:
        """Return every published state as if `cause` were the only trouble there is.

        Cost: what it reaches.
        """
        parts = self.layout.parts
        supposed = {cause: replace(parts[cause].healthy(), own=parts[cause].own)}
        for user in self.downstream[cause]:
            part = supposed.get(user, parts[user].healthy())
            groups = tuple(
                replace(healthy, out_of_sync=group.out_of_sync & {cause})
                for healthy, group in zip(part.groups, parts[user].groups, strict=True)
            )
            if groups != part.groups:
                supposed[user] = replace(part, groups=groups)
        return self.design.healthy_site.after(supposed).judgement.states

    def find(self, text: str) -> str:
        """Return the uid of the resource a person calls `text`.

        That is its uid, its alias, or its label or serial where that is unique. Raises
        ResourceNotFound, naming the candidates where there are several.
        """
        if text in self.resources:
            return text
        for found in (self._aliased(text), self._labelled(text)) if text else ():
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

    def _aliased(self, text: str) -> list[str]:
        return [uid for uid, one in self.resources.items() if one.alias == text]

    def _labelled(self, text: str) -> list[str]:
        """Return what has this label or, whatever its case, this serial; a name may be both."""
        found = [uid for uid, one in self.resources.items() if one.merged.label == text]
        serial = text.casefold()
        for name in SERIAL_ATTRIBUTES:
            found += [
                uid
                for uid, one in self.resources.items()
                if (said := one.merged.attributes.get(name)) and str(said).casefold() == serial
            ]
        return list(dict.fromkeys(found))


def _may_be_listed(resource: Resource) -> bool:
    return resource.merged.is_service or "LustreFilesystem" in resource.merged.classes


def _is_troubled_by_itself(resource: Resource | None) -> bool:
    return resource is not None and resource.own_state != OK


def _classes_in(view: View, uid: str) -> tuple[str, ...]:
    return view.resources[uid].merged.classes if uid in view.resources else ()


@lru_cache(maxsize=_NAMES_KEPT)
def natural(text: str) -> str:
    """Return a sort key by which numbers inside names count as numbers: slot2 before slot10."""
    return _NUMBERS.sub(_counted, text.casefold())


def _counted(digits: re.Match[str]) -> str:
    """Put a number's length before its digits, as a character that sorts before any of a name."""
    number = digits[1] or digits[0]
    return f"{chr(min(len(number), 31))}{number}"
