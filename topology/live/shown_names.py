"""Which logical drives are shown under the name of another: of the one they descend from.

The name that an array gives a LUN says more than the SCSI id by which a host knows it. Links of
composition and of provided identifiers count, over any number of steps; a step ends at the nearest
logical drive, or at a slice, which is only a part of its drive. What has no such drive above it, or
several, keeps its own label, and so does a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from topology.model import LinkKind, Resource

_DRIVE = "LogicalDrive"
_SLICE = "LogicalDriveSlice"


def shown(resources: Mapping[str, Resource]) -> dict[str, Resource]:
    """Return the drives of `resources` that are shown under another name, as they are shown.

    Cost: what is upstream of logical drives, each link once where none descends from another.
    """
    drives = [uid for uid, one in resources.items() if _is_drive(one)]
    return {uid: one for uid, one in _Lineage(resources).shown(drives) if one.shown_as}


def shown_after(
    before: Mapping[str, Resource],
    resources: Mapping[str, Resource],
    touched: Collection[str],
    fed_by: Callable[[str], Iterable[str]],
) -> dict[str, Resource]:
    """Return the drives that are to be shown otherwise than `resources` has them.

    `resources` is `before` with what is `touched` replaced by what nobody has named yet; `fed_by`
    gives what has a uid as an input. Cost: what is touched, and where its name or its links are
    other ones, what that reaches.
    """
    waiting = [uid for uid in touched if _lineage(before.get(uid)) != _lineage(resources.get(uid))]
    suspects = set(waiting)
    while waiting:
        for user in fed_by(waiting.pop()):
            if user not in suspects:
                suspects.add(user)
                waiting.append(user)
    suspects.update(touched)
    drives = [uid for uid in suspects if uid in resources and _is_drive(resources[uid])]
    return {uid: one for uid, one in _Lineage(resources).shown(drives) if one != resources[uid]}


class _Lineage:
    """The drives that drives descend from, each looked for once."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._resources = resources
        self._sole: dict[str, str] = {}
        self._without: set[str] = set()
        """What no drive and no slice is above of."""

    def shown(self, drives: Iterable[str]) -> Iterable[tuple[str, Resource]]:
        for uid in drives:
            name = self._name_above(uid)
            resource = self._resources[uid]
            yield uid, resource if resource.shown_as == name else replace(resource, shown_as=name)

    def _name_above(self, uid: str) -> str:
        """Return the name of the first drive of the line, or of the nearest with an alias."""
        above = self._sole_above(uid)
        passed = {uid}
        while above and above not in passed:
            resource = self._resources[above]
            passed.add(above)
            further = "" if resource.alias else self._sole_above(above)
            if not further:
                return resource.alias or resource.merged.label
            above = further
        return ""  # none above, or a cycle of drives, of which none is the first

    def _sole_above(self, uid: str) -> str:
        """Return the one drive that this one descends from; empty where there is not just one."""
        if uid not in self._sole:
            self._sole[uid] = self._walked_up(uid)
        return self._sole[uid]

    def _walked_up(self, uid: str) -> str:
        found: set[str] = set()
        is_in_cycle = False
        passed, waiting = {uid}, [uid]
        while waiting and len(found) < 2:
            for one in self._resources[waiting.pop()].inputs:
                source = self._resources.get(one.source)
                if source is None or one.kind is LinkKind.AFFECTS or source.uid in passed:
                    is_in_cycle |= one.source == uid
                elif _is_drive(source) or _SLICE in source.merged.classes:
                    found.add(source.uid)
                elif source.uid not in self._without:
                    passed.add(source.uid)
                    waiting.append(source.uid)
        if not found and not is_in_cycle:
            self._without |= passed - {uid}
        drive = found.pop() if len(found) == 1 else ""
        return drive if drive and _is_drive(self._resources[drive]) else ""


def _is_drive(resource: Resource) -> bool:
    return _DRIVE in resource.merged.classes


def _lineage(resource: Resource | None) -> object:
    """Return what of a resource the names of drives rest on."""
    if resource is None:
        return None
    claim = resource.merged
    name = (resource.alias or claim.label) if _is_drive(resource) else ""
    return name, _SLICE in claim.classes, resource.inputs
