"""The Filesystem page: which targets are hit, which are safe, and what could end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from topology.builtin_classes import BUILTIN_CLASSES
from topology.errors import ResourceNotFound, UsageError
from topology.live.view import View
from topology.report import margin_sentence, rule_words, service_sentence, single_points_sentence
from topology.state import OK
from web.format import StateMark, mark_of
from web.pages.rows import Crowd, Named, ResourceRow, crowds_of, named, row_of
from web.site import Site

_KINDS = (
    ("ManagementTarget", "MGT", "Management target"),
    ("MetadataTarget", "MDT", "Metadata targets"),
    ("ObjectStorageTarget", "OST", "Object storage targets"),
)
_TROUBLED_ROWS = 50
_HEALTHY_ROWS = 10
_PAGE_ROWS = 100
_SERVERS = frozenset({"LustreServer", "Host", "VirtualMachine"})
_SERVER_LANE = BUILTIN_CLASSES["LustreServer"].lane


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target."""

    row: ResourceRow = field(metadata={"help": "Name, state, because of"})
    servers: tuple[tuple[Named, StateMark], ...] = field(metadata={"help": "With their states"})


@dataclass(frozen=True, slots=True)
class TargetTable:
    """All targets of one kind, the troubled first."""

    short: str = field(metadata={"help": "MGT, MDT or OST"})
    heading: str = field(metadata={"help": "The kind in words"})
    counts: tuple[tuple[StateMark, int], ...] = field(metadata={"help": "By state, worst first"})
    rows: tuple[TargetRow, ...] = field(metadata={"help": "Worst first, then by name"})
    unlisted: int = field(metadata={"help": "How many more there are, no worse; 0 in full"})
    page: int = field(metadata={"help": "Which page of the full list this is, from 1; else 0"})
    pages: int = field(metadata={"help": "How many pages the full list has"})


@dataclass(frozen=True, slots=True)
class FilesystemPage:
    """templates/filesystem.html: one filesystem with its targets."""

    template: ClassVar[str] = "filesystem.html"

    uid: str = field(metadata={"help": "The filesystem's"})
    name: str = field(metadata={"help": "What people call it"})
    title: str = field(metadata={"help": "Its state in one sentence"})
    mark: StateMark = field(metadata={"help": "Its published state"})
    rule: str = field(metadata={"help": "Why, in words; empty when it is OK"})
    because: tuple[Named, ...] = field(metadata={"help": "What forces its state"})
    warning: str = field(metadata={"help": "Which single points are new; empty when none"})
    tables: tuple[TargetTable, ...] = field(metadata={"help": "By kind"})
    new_points: tuple[Crowd, ...] = field(metadata={"help": "Made single points by a failure"})
    by_design: tuple[Crowd, ...] = field(metadata={"help": "Single points of the healthy site"})
    margin: str = field(metadata={"help": "What it survives; empty where it has ended"})
    has_ended: bool = field(metadata={"help": "So that no single point can be named"})

    @classmethod
    def of(cls, site: Site, uid: str, *, full: str, number: int) -> FilesystemPage:
        """Answer from the snapshot. Cost: its links, and those above the targets listed.

        `full` is MGT, MDT or OST where all of these are wanted, of which this is page `number`.
        """
        view = site.known
        points = view.single_points(uid)
        reason = view.judgement.because.get(uid)
        return cls(
            uid=uid,
            name=view.name(uid),
            title=service_sentence(view, uid),
            mark=mark_of(view.state(uid)),
            rule=rule_words(view, uid),
            because=named(view, reason.inputs[:8]) if reason else (),
            warning=single_points_sentence(view, uid),
            tables=_tables(site, uid, full=full, number=number),
            new_points=crowds_of(site, points.new),
            by_design=crowds_of(site, points.by_design),
            margin=margin_sentence(view, uid),
            has_ended=view.state(uid).low.has_ended,
        )


@dataclass(frozen=True, slots=True)
class SameNamePage:
    """templates/same_name.html: several filesystems answer to one name."""

    template: ClassVar[str] = "same_name.html"

    title: str = field(metadata={"help": "How many there are"})
    rows: tuple[ResourceRow, ...] = field(metadata={"help": "Each of them"})


def filesystem_page_of(
    site: Site, name: str, *, full: str = "", number: int = 1
) -> FilesystemPage | SameNamePage:
    """Return the page of the filesystem that `name` is the name or an id of.

    Raises ResourceNotFound where it is none's.
    """
    view = site.known
    found = [uid for uid in view.filesystems if name in (uid, view.name(uid))]
    if len(found) > 1:
        return SameNamePage(
            title=f"{len(found)} filesystems are named {name}.",
            rows=tuple(row_of(site, uid) for uid in found),
        )
    uid = found[0] if found else view.find(name)
    if uid not in view.filesystems:
        raise ResourceNotFound(
            f"{name!r} is a {site.class_label(view.resources[uid]).lower()}, no filesystem; "
            "the Now page lists the filesystems"
        )
    return FilesystemPage.of(site, uid, full=full, number=number)


def full_in(text: str) -> str:
    """Return which targets `text` asks to list in full, "" for none. Raises UsageError."""
    kinds = [short for _, short, _ in _KINDS]
    if text and text not in kinds:
        raise UsageError(f"targets is {text!r}; write {', '.join(kinds)}, or leave it out")
    return text


def _tables(site: Site, uid: str, *, full: str, number: int) -> tuple[TargetTable, ...]:
    view = site.known
    inputs = {one.source for one in view.resources[uid].inputs if one.source in view.resources}
    tables = []
    for class_name, short, heading in _KINDS:
        if full not in ("", short):
            continue
        targets = view.worst_first(
            one for one in inputs if class_name in view.resources[one].merged.classes
        )
        pages = -(-len(targets) // _PAGE_ROWS)
        shown = min(number, max(1, pages)) if full else 0
        if full:
            listed = targets[(shown - 1) * _PAGE_ROWS : shown * _PAGE_ROWS]
        else:
            troubled = sum(view.state(one) != OK for one in targets)
            listed = targets[: min(troubled, _TROUBLED_ROWS) + _HEALTHY_ROWS]
        if targets:
            tables.append(
                TargetTable(
                    short=short,
                    heading=heading,
                    counts=_counts(view, targets),
                    rows=tuple(_target(site, one) for one in listed),
                    unlisted=0 if full else len(targets) - len(listed),
                    page=shown,
                    pages=pages,
                )
            )
    return tuple(tables)


def _counts(view: View, targets: Sequence[str]) -> tuple[tuple[StateMark, int], ...]:
    """Count `targets`, which are sorted by state, by the word they are shown with."""
    counts: dict[StateMark, int] = {}
    for uid in targets:
        mark = mark_of(view.state(uid))
        counts[mark] = counts.get(mark, 0) + 1
    return tuple(counts.items())


def _target(site: Site, uid: str) -> TargetRow:
    view = site.known
    servers = view.sorted_by_name(_servers_of(view, uid))
    return TargetRow(
        row=row_of(site, uid),
        servers=tuple((Named(one, view.name(one)), mark_of(view.state(one))) for one in servers),
    )


def _servers_of(view: View, target: str) -> set[str]:
    """Return the servers nearest upstream; the walk goes no further up than their lane."""
    servers: set[str] = set()
    seen = {target}
    waiting = [target]
    while waiting:
        for one in view.resources[waiting.pop()].inputs:
            source = one.source
            if source in seen or source not in view.resources or view.lane(source) < _SERVER_LANE:
                continue
            seen.add(source)
            if _SERVERS.isdisjoint(view.resources[source].merged.classes):
                waiting.append(source)
            else:
                servers.add(source)
    return servers
