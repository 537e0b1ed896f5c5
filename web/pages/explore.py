"""The Explore page: a walk from any resource, towards the causes or towards what people use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from topology.errors import UsageError
from topology.live.view import View
from topology.report import kind_of, plural_of
from topology.state import OK
from web.drawing import Drawing, drawing_of
from web.format import StateMark, mark_of
from web.pages.rows import Named, ResourceRow, named, rows_of
from web.picture import picture_among
from web.site import Site

HEALTHY = "OK"
"""Hides what is OK, where other words hide a class."""
_DEPTH, _DEEPEST = 4, 20
_MOST = 2_000
"""The walk ends at so many resources."""
_TABLE_ROWS = 500
_STARTS = 20


@dataclass(frozen=True, slots=True)
class HideChip:
    """A class, or what is OK, that can be hidden or is."""

    label: str = field(metadata={"help": "What it is, and how many are shown"})
    is_hidden: bool = field(metadata={"help": "Following the link shows it again"})
    hide: tuple[str, ...] = field(metadata={"help": "What is hidden where the link leads"})


@dataclass(frozen=True, slots=True)
class ExplorePage:
    """templates/explore.html: what a resource depends on, or what depends on it."""

    template: ClassVar[str] = "explore.html"

    title: str = field(metadata={"help": "How many resources the walk reaches"})
    mark: StateMark | None = field(metadata={"help": "The root's published state"})
    root: str = field(metadata={"help": "Where the walk begins, as it was asked; else empty"})
    start: Named | None = field(metadata={"help": "The resource that is"})
    is_up: bool = field(metadata={"help": "Towards causes, else towards what people use"})
    depth: int = field(metadata={"help": "Links the walk follows at most"})
    hidden: tuple[str, ...] = field(metadata={"help": "Classes that are not shown or walked"})
    chips: tuple[HideChip, ...] = field(metadata={"help": "What can be hidden, by name"})
    is_table: bool = field(metadata={"help": "The table stands in for the picture"})
    drawing: Drawing | None = field(metadata={"help": "None in the table, or with nothing"})
    rows: tuple[ResourceRow, ...] = field(metadata={"help": "Of the table, worst first"})
    unlisted: int = field(metadata={"help": "How many rows are left out"})
    is_cut: bool = field(metadata={"help": "There is more than the walk may reach"})
    most: int = field(metadata={"help": "How many resources it may reach"})
    starts: tuple[Named, ...] = field(metadata={"help": "Where one might begin, without a root"})

    @classmethod
    def of(
        cls,
        site: Site,
        root: str,
        *,
        is_up: bool,
        depth: int,
        hidden: Sequence[str],
        unfolded: Collection[str],
        is_table: bool,
    ) -> ExplorePage:
        """Answer from the snapshot. Cost: what is reached, and the links into it.

        Raises ResourceNotFound where `root` names nothing, or several.
        """
        view = site.known
        start = view.find(root) if root else ""
        walk = _walk(view, start, is_up=is_up, depth=depth, hidden=hidden) if start else []
        reached, is_cut = walk[:_MOST], len(walk) > _MOST
        is_drawn = bool(start) and not is_table
        listed = view.worst_first(reached) if is_table else ()
        return cls(
            title=_title(view, start, walk, is_up=is_up, depth=depth),
            mark=mark_of(view.state(start)) if start else None,
            root=root,
            start=Named(start, view.name(start)) if start else None,
            is_up=is_up,
            depth=depth,
            hidden=tuple(hidden),
            chips=_chips(site, reached, hidden),
            is_table=is_table,
            drawing=(
                drawing_of(site, picture_among(view, start, reached, unfolded=unfolded))
                if is_drawn
                else None
            ),
            rows=rows_of(site, listed[:_TABLE_ROWS]),
            unlisted=max(0, len(listed) - _TABLE_ROWS),
            is_cut=is_cut,
            most=_MOST,
            starts=() if start else named(view, view.ends[:_STARTS]),
        )


def direction_in(text: str) -> bool:
    """Return whether `text` says up. Raises UsageError for what is no direction."""
    if text not in ("up", "down"):
        raise UsageError(f"dir is {text!r}; write up or down")
    return text == "up"


def depth_in(text: str) -> int:
    """Return the depth that `text` says, the usual one where it is empty.

    Raises UsageError for what is no depth.
    """
    if not text:
        return _DEPTH
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _DEEPEST):
        raise UsageError(f"depth is {text!r}; write a number from 1 to {_DEEPEST}")
    return int(text)


def _walk(view: View, start: str, *, is_up: bool, depth: int, hidden: Collection[str]) -> list[str]:
    """Return what is reached, nearest first, one more than `_MOST` at most.

    What is hidden is not walked through. Cycles are allowed.
    """
    seen = {start}
    nearest: list[str] = []
    edge = [start]
    for _ in range(depth):
        further = dict.fromkeys(uid for one in edge for uid in _next(view, one, is_up=is_up))
        edge = [uid for uid in further if uid not in seen and not _is_hidden(view, uid, hidden)]
        seen.update(edge)
        nearest += edge
        if not edge or len(nearest) > _MOST:
            break
    return nearest[: _MOST + 1]


def _next(view: View, uid: str, *, is_up: bool) -> Collection[str]:
    if is_up:
        inputs = (one.source for one in view.resources[uid].inputs)
        return [source for source in inputs if source in view.resources]
    return view.downstream.get(uid, ())


def _is_hidden(view: View, uid: str, hidden: Collection[str]) -> bool:
    resource = view.resources[uid]
    return kind_of(resource) in hidden or (HEALTHY in hidden and view.state(uid) == OK)


def _chips(site: Site, reached: Sequence[str], hidden: Sequence[str]) -> tuple[HideChip, ...]:
    """Return a chip for every class there is, and for each that is hidden."""
    view = site.known
    counts: dict[str, int] = {}
    for uid in reached:
        name = kind_of(view.resources[uid])
        counts[name] = counts.get(name, 0) + 1
    shown = [
        HideChip(plural_of(name, count), is_hidden=False, hide=(*hidden, name))
        for name, count in sorted(counts.items())
    ]
    healthy = sum(view.state(uid) == OK for uid in reached)
    if healthy:
        shown.append(HideChip(f"{healthy:,} OK", is_hidden=False, hide=(*hidden, HEALTHY)))
    return (
        *shown,
        *(
            HideChip(
                name if name == HEALTHY else plural_of(name, 2).removeprefix("2 "),
                is_hidden=True,
                hide=tuple(one for one in hidden if one != name),
            )
            for name in dict.fromkeys(hidden)
        ),
    )


def _title(view: View, start: str, walk: Sequence[str], *, is_up: bool, depth: int) -> str:
    if not start:
        return "Where would you like to begin?"
    name = view.name(start)
    number = len(walk)
    if not number:
        return f"Nothing {'is upstream' if is_up else 'is downstream'} of {name}, or is shown."
    within = f"within {depth} {'link' if depth == 1 else 'links'}"
    resources = plural_of("Resource", min(number, _MOST))
    if number > _MOST:
        resources = f"more than {resources}"
    if is_up:
        return f"{name} depends on {resources} {within}."
    resources = resources[:1].upper() + resources[1:]
    return f"{resources} {'depends' if number == 1 else 'depend'} on {name} {within}."
