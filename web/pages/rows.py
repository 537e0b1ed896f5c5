"""What tables on several pages show of a resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from topology.errors import UsageError
from topology.live.view import View
from topology.model import Resource, Scope
from topology.report import own_words, rule_words, weak_words
from topology.state import OK
from web.format import StateMark, mark_of
from web.site import Site

_NAMED = 12
"""How many names stand in one cell or line before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Named:
    """A resource as a link."""

    uid: str = field(metadata={"help": "What the link leads to"})
    name: str = field(metadata={"help": "What people call it"})


@dataclass(frozen=True, slots=True)
class Crowd:
    """Resources of one class, a few by name and the rest by number."""

    counted: str = field(metadata={"help": "How many of what: 4 enclosures"})
    named: tuple[Named, ...] = field(metadata={"help": "The first of them, by name"})
    unnamed: int = field(metadata={"help": "How many more there are"})


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One row of a table of resources."""

    uid: str = field(metadata={"help": "Its page"})
    name: str = field(metadata={"help": "What people call it"})
    class_label: str = field(metadata={"help": "Its class in words"})
    mark: StateMark = field(metadata={"help": "The published state"})
    own: str = field(metadata={"help": "What is wrong with it alone, else empty"})
    because: tuple[Named, ...] = field(metadata={"help": "What forces its state, worst first"})
    unnamed: int = field(metadata={"help": "How many more inputs force it"})
    rule: str = field(metadata={"help": "Why they do, in words"})


def page_in(text: str) -> int:
    """Return which page of a list `text` asks for, from 1. Raises UsageError for what is none."""
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and int(text[:9])):
        raise UsageError(f"page is {text!r}; write a number from 1")
    return int(text[:9])


def named(view: View, uids: Iterable[str]) -> tuple[Named, ...]:
    """Return links to `uids`, in their order."""
    return tuple(Named(uid, view.name(uid)) for uid in uids)


def row_of(site: Site, uid: str) -> ResourceRow:
    """Return the row of one resource."""
    view = site.known
    resource = view.resources[uid]
    reason = view.judgement.because.get(uid)
    inputs = reason.inputs if reason else ()
    return ResourceRow(
        uid=uid,
        name=resource.name,
        class_label=site.class_label(resource),
        mark=mark_of(view.state(uid)),
        own=weak_words(view, uid) if resource.own_state == OK else own_words(resource),
        because=named(view, inputs[:3]),
        unnamed=max(0, len(inputs) - 3),
        rule=rule_words(view, uid),
    )


def rows_of(site: Site, uids: Iterable[str]) -> tuple[ResourceRow, ...]:
    """Return the rows of `uids`, in their order."""
    return tuple(row_of(site, uid) for uid in uids)


def crowds_of(site: Site, uids: Iterable[str]) -> tuple[Crowd, ...]:
    """Return `uids` by class, the smallest class first, in each by name."""
    view = site.known
    members: dict[str, list[str]] = defaultdict(list)
    for uid in uids:
        members[view.resources[uid].class_name].append(uid)
    return tuple(
        Crowd(
            counted=site.counted(view.resources[of_class[0]], len(of_class)),
            named=named(view, view.sorted_by_name(of_class)[:_NAMED]),
            unnamed=max(0, len(of_class) - _NAMED),
        )
        for _, of_class in sorted(members.items(), key=lambda one: (len(one[1]), one[0]))
    )


def reporters_of(view: View, resource: Resource) -> tuple[str, ...]:
    """Return who reports a resource: "simulated_site, demo site"."""
    scopes = [Scope.parse(text) for text in sorted(resource.claims)]
    return tuple(
        f"{scope.plugin}, {view.name(scope.scannable)}"
        if scope.scannable in view.resources
        else scope.plugin
        for scope in scopes
    )
