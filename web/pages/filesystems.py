"""The Filesystems page, and how one of them is shown in a strip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote

from topology.live.view import View
from topology.report import plural_of, worst
from topology.state import OK, UNKNOWN
from web.format import StateMark, mark_of
from web.site import Site

_MOST = 500


@dataclass(frozen=True, slots=True)
class FilesystemChip:
    """One filesystem, or another service where there is none, in the strip."""

    key: str = field(metadata={"help": "Its page: the name, or the id where that is plainer"})
    name: str = field(metadata={"help": "What people call it"})
    mark: StateMark = field(metadata={"help": "The published state"})
    is_filesystem: bool = field(metadata={"help": "It has a Filesystem page"})
    targets: str = field(metadata={"help": "How many of its targets are not OK, else how many"})


@dataclass(frozen=True, slots=True)
class FilesystemsPage:
    """templates/filesystems.html: every Lustre filesystem."""

    template: ClassVar[str] = "filesystems.html"

    title: str = field(metadata={"help": "How many are not OK, in one line"})
    mark: StateMark = field(metadata={"help": "The worst state of them"})
    filesystems: tuple[FilesystemChip, ...] = field(metadata={"help": "Worst first, then by name"})
    unlisted: int = field(metadata={"help": "How many more there are"})

    @classmethod
    def of(cls, site: Site) -> FilesystemsPage:
        """Answer from the snapshot. Cost: the links into the filesystems."""
        view = site.known
        every = view.worst_first(view.filesystems)
        return cls(
            title=_title(view),
            mark=mark_of(worst(view, every) if every else UNKNOWN),
            filesystems=tuple(chip_of(site, uid) for uid in every[:_MOST]),
            unlisted=max(0, len(every) - _MOST),
        )


def _title(view: View) -> str:
    if not view.filesystems:
        return "No filesystem is reported."
    counted = plural_of("Filesystem", len(view.filesystems))
    troubled = sum(view.state(uid) != OK for uid in view.filesystems)
    if not troubled:
        return f"{counted}, all OK."
    return f"{troubled:,} of {counted} {'is' if troubled == 1 else 'are'} not OK."


def chip_of(site: Site, uid: str) -> FilesystemChip:
    """Return a service as the strips show it. Cost: its links."""
    view = site.known
    targets = [
        one.source
        for one in view.resources[uid].inputs
        if one.source in view.resources and view.resources[one.source].merged.is_service
    ]
    troubled = sum(view.state(target) != OK for target in targets)
    every = f"{len(targets):,} {'target' if len(targets) == 1 else 'targets'}"
    said = f"{troubled:,} of {every} not OK" if troubled else every
    return FilesystemChip(
        key=_key(view, uid),
        name=view.name(uid),
        mark=mark_of(view.state(uid)),
        is_filesystem=uid in view.filesystems,
        targets=said if targets else "",
    )


def _key(view: View, uid: str) -> str:
    """Return a filesystem's name where it is an address and no other's, else its uid."""
    name = view.name(uid)
    namesakes = [one for one in view.filesystems if view.name(one) == name]
    return name if namesakes == [uid] and quote(name, safe="") == name else uid
