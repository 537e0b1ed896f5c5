"""What one request answers from: the live topology at one moment, taken once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from flask import current_app, g, request

from topology.answers.statistics import StatisticsBody, statistics_body
from topology.errors import StoreUnavailable
from topology.journal import ORDINALS, Event
from topology.live.live_topology import LiveTopology
from topology.live.view import View
from topology.model import Resource
from topology.moment import moment_in
from topology.report import kind_of, plural_of
from topology.schema import AttributeSchema, ResourceClass
from topology.statistics import StatisticsStore
from topology.store.asking import Asked
from topology.store.values import Scannable

EXTENSION = "chroma-topology"
"""Under this name the application keeps its `SiteSource`."""


class Journal(Protocol):
    """Where events are asked for, in any thread; a `GraphStore` is one."""

    def events(
        self, uid: str | None = None, *, limit: int = ..., before: int = ...
    ) -> Sequence[Event]:
        """Return events newest first, of one resource or of all, with a seq below `before`.

        Raises StoreUnavailable.
        """


class Queries(Protocol):
    """Where operators' Cypher is asked, in any thread; a `GraphStore` is one."""

    def ask(
        self,
        text: str,
        parameters: Mapping[str, object] | None = None,
        *,
        query_id: str = ...,
        most_row_bytes: int | None = ...,
        most_bytes: int | None = ...,
    ) -> Asked:
        """Return the query and its answer, to be read and then closed."""

    def cancel(self, query_id: str) -> None:
        """End the query that was asked under this id. Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class Site:
    """One snapshot, so that a page never mixes two revisions."""

    now: float
    """Epoch seconds."""
    view: View | None = None
    """None until the store has been read once; the last known one while it is down."""
    problem: str | None = None
    """Why the view may be old, None while the store answers."""
    scannables: tuple[Scannable, ...] = ()
    classes: Mapping[str, ResourceClass] = field(default_factory=dict)
    journal: Journal | None = None
    """None until the store has been opened. No snapshot: it answers from the store."""
    statistics: StatisticsStore | None = None
    """None where no samples are kept. No snapshot either."""
    past: Callable[[float], View] | None = None
    """Judges the site as it was at a time, epoch seconds. None until the store has been opened."""
    at: float | None = None
    """The time that the view is of, epoch seconds; None: now."""
    queries: Queries | None = None
    """None until the store has been opened."""
    audit_directory: Path | None = None
    """Where each query leaves a line; None: nowhere, so the line goes to stderr."""

    @property
    def known(self) -> View:
        """The view. Raises StoreUnavailable where nothing has been read yet."""
        if self.view is None:
            raise StoreUnavailable(
                self.problem or "the site is being read for the first time; reload in a moment"
            )
        return self.view

    def events(self, uid: str | None, *, limit: int, before: int) -> Sequence[Event]:
        """Return events newest first, as a `Journal` does, also while there is none."""
        if self.journal is None:
            raise StoreUnavailable(self.problem or "the store is being opened; reload in a moment")
        if self.at is not None:
            before = min(before, (self.known.revision + 1) * ORDINALS)
        return self.journal.events(uid, limit=limit, before=before)

    def latest_of(self, uid: str) -> Sequence[Event]:
        """Return the newest event of a resource, if any, also of one that is gone."""
        return () if self.journal is None else self.journal.events(uid, limit=1)

    def as_it_was(self, at: float) -> Site:
        """Return the site at an earlier time. Raises HistoryForgotten, StoreUnavailable."""
        if self.past is None:
            raise StoreUnavailable(self.problem or "the store is being opened; reload in a moment")
        return replace(self, view=self.past(at), at=at)

    def statistics_of(self, uid: str, *, since: float, until: float) -> StatisticsBody:
        """Return the numbers a resource reported over a span of epoch seconds.

        Raises CannotWrite where they cannot be read.
        """
        names = self.known.resources[uid].merged.classes
        declared = tuple(self.classes[name] for name in names if name in self.classes)
        series = self.statistics.series(uid, since=since, until=until) if self.statistics else ()
        return statistics_body(series, uid, declared, since=since, until=until)

    @property
    def asked(self) -> Queries:
        """Where to ask Cypher. Raises StoreUnavailable while there is no store."""
        if self.queries is None:
            raise StoreUnavailable(self.problem or "the store is being opened; ask in a moment")
        return self.queries

    def class_label(self, resource: Resource) -> str:
        """Return what people call the kind of thing a resource is: "Disk", "Storage pool"."""
        name = kind_of(resource)
        declared = self.classes.get(name)
        return declared.label if declared else plural_of(name, 1).removeprefix("1 ").capitalize()

    def counted(self, resource: Resource, count: int) -> str:
        """Return "1 disk", "9 disks" for several of the kind that `resource` is of."""
        name = kind_of(resource)
        declared = self.classes.get(name)
        if declared is None:
            return plural_of(name, count)
        label = declared.label if count == 1 else declared.plural_label
        is_proper = label[1:2].isupper() or label.startswith("Lustre")
        return f"{count:,} {label if is_proper else label[:1].lower() + label[1:]}"

    def attributes_of(self, classes: tuple[str, ...]) -> Mapping[str, AttributeSchema]:
        """Return what is known of the attributes of a resource with these labels, by name."""
        known = (self.classes[name] for name in reversed(classes) if name in self.classes)
        return {one.name: one for declared in known for one in declared.attributes}


SiteSource = Callable[[], Site]


def site_of(
    live: LiveTopology,
    journal: Journal,
    statistics: StatisticsStore,
    past: Callable[[float], View],
    *,
    now: float,
) -> Site:
    """Return what `live` knows at this moment."""
    return Site(
        now=now,
        view=live.view,
        problem=live.problem,
        scannables=live.scannables,
        classes=live.classes,
        journal=journal,
        statistics=statistics,
        past=past,
    )


def site() -> Site:
    """Return the snapshot of the request being answered, of the time that `at` in it names.

    Raises UsageError for what is no time, HistoryForgotten for one that is too long ago.
    """
    if "site" not in g:
        source: SiteSource = current_app.extensions[EXTENSION]
        g.site = source()  # kept as it is where the time is wrong, so that this can be said
        if text := request.args.get("at"):
            g.site = g.site.as_it_was(moment_in(text, now=g.site.now))
    taken: Site = g.site
    return taken
