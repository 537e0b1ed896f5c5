"""Examines a store: what is wrong with it, and how to mend that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from topology.errors import HistoryForgotten, TopologyError
from topology.graph.past import replica_at
from topology.journal import ORDINALS
from topology.model import Resource, Scope
from topology.store.examining import Examination
from topology.store.graph_store import GraphStore
from topology.store.holder import SILENT_SECONDS
from topology.store.values import JournalSpan, Scannable

_SKEW_SECONDS = 5.0
_NAMED = 3
_ANEW = "`topology backup DIR`, then `topology restore DIR` into a new store makes all of it anew"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    check: str
    """What was looked at, in a word or two."""
    grade: Literal["warning", "damage"]
    said: str
    """What is wrong, and where."""
    mend: str
    """What to do."""

    @property
    def exit_code(self) -> int:
        """1 for a warning, 2 for damage."""
        return 1 if self.grade == "warning" else 2


def examined(store: GraphStore, *, clock: Callable[[], float] = time.time) -> list[Finding]:
    """Look at everything in `store` and return what is wrong, damage first.

    A store in use is looked at a while after the other, so what changes meanwhile may be found to
    differ: examine again. `clock` gives epoch seconds. Cost: several whole reads.
    """
    now = clock()
    examination = store.examination(sorted(store.classes()))
    _, resources = store.read()
    scannables = store.scannables()
    findings = [
        *_of_database(examination),
        *_of_graph(resources.values(), scannables, examination),
        *_of_journal(store, store.span(), examination),
        *_of_leases(scannables, examination, now),
    ]
    return sorted(findings, key=lambda one: one.exit_code, reverse=True)


def _of_database(found: Examination) -> Iterator[Finding]:
    for definition in found.missing_definitions:
        yield Finding(
            "constraints",
            "damage",
            f"{definition} is not there",
            "start any topology command once as a user who may define constraints",
        )
    for index, values in found.wrong_indexes.items():
        yield Finding(
            "indexes",
            "damage",
            f"looking up {index} finds another number of nodes than a scan for {_some(values)}",
            _ANEW,
        )
    for index, values in found.repeated.items():
        yield Finding("constraints", "damage", f"{index} is not unique: {_some(values)}", _ANEW)
    if found.half_links:
        yield Finding(
            "links", "damage", f"{found.half_links} links are seen from one end alone", _ANEW
        )


def _of_graph(
    resources: Iterable[Resource], scannables: Iterable[Scannable], found: Examination
) -> Iterator[Finding]:
    held = {one.uid: one for one in resources}
    dangling = [one.uid for one in held.values() if any(i.source not in held for i in one.inputs)]
    if dangling:
        yield Finding(
            "links",
            "damage",
            f"{_some(dangling)} names an input that is no resource",
            "let its runtime scan again; where that does not help, " + _ANEW,
        )
    if found.loose_alerts:
        yield Finding(
            "alerts",
            "damage",
            f"alerts are on no resource: {_some(found.loose_alerts)}",
            "delete them: MATCH (a:Alert) WHERE NOT (a)-[:ON]->() DELETE a",
        )
    known = {one.scannable_id for one in scannables}
    orphans = {
        scope
        for one in held.values()
        for scope in one.claims
        if Scope.parse(scope).scannable not in known
    }
    for scope in sorted(orphans):
        count = sum(scope in one.claims for one in held.values())
        yield Finding(
            "orphans",
            "warning",
            f"{count} resources were reported by {scope}, which is no scannable any more",
            "add that scannable again and remove it, which removes what it reported",
        )
    if held and found.unpublished == len(held):
        yield Finding(
            "published states",
            "warning",
            "no resource has its state where Cypher sees it",
            "run `topology serve`, which writes them",
        )


def _of_journal(store: GraphStore, span: JournalSpan, found: Examination) -> Iterator[Finding]:
    seqs = found.seqs
    newest = seqs[-1] // ORDINALS if seqs else 0
    if newest > span.revision:
        yield Finding(
            "revision",
            "damage",
            f"the journal reaches revision {newest}, and the store says {span.revision}",
            "restore the last backup, or " + _ANEW,
        )
    gaps = [
        after
        for before, after in pairwise((-1, *seqs))
        if after % ORDINALS and after != before + 1 and after // ORDINALS >= span.kept_since
    ]
    if gaps or len(set(seqs)) != len(seqs):
        named = _some([str(one // ORDINALS) for one in gaps] or ["of repeated events"])
        yield Finding(
            "journal",
            "damage",
            f"the journal has gaps or repetitions in revisions {named}",
            "history before them is not to be trusted; " + _ANEW,
        )
    try:
        beginning = replica_at(store, float("-inf"))
    except HistoryForgotten:
        return
    except (TopologyError, KeyError, TypeError, ValueError) as error:
        yield Finding("journal", "damage", f"it cannot be undone ({error!r})", _ANEW)
        return
    if span.kept_since == 0 and beginning.resources:
        yield Finding(
            "journal",
            "damage",
            f"undone from now back to the beginning it leaves {_some(beginning.resources)}",
            "history is not to be trusted; the graph itself is what was last read",
        )


def _of_leases(
    scannables: Iterable[Scannable], found: Examination, now: float
) -> Iterator[Finding]:
    for one in scannables:
        silent = now - one.beat
        if not one.holder:
            yield Finding(
                "leases",
                "warning",
                f"{one.class_name} {one.scannable_id} is scanned by nobody",
                f"run `topology runtime` where plugin {one.plugin!r} is installed",
            )
        elif silent > SILENT_SECONDS:
            yield Finding(
                "leases",
                "warning",
                f"{one.holder}, which scans {one.scannable_id}, was last alive {silent:.0f} s ago",
                "start `topology runtime` there or elsewhere; it takes over by itself",
            )
    ahead = {who: beat - now for who, beat in found.beats.items() if beat - now > _SKEW_SECONDS}
    for who, seconds in ahead.items():
        yield Finding(
            "clocks",
            "warning",
            f"the clock of {who} is {seconds:.0f} s ahead of this machine's",
            "let both keep time by NTP; leases do not depend on it, times of events do",
        )
    if found.newest_event_at - now > _SKEW_SECONDS and not ahead:
        yield Finding(
            "clocks",
            "warning",
            f"the newest event is {found.newest_event_at - now:.0f} s in the future",
            "let every machine keep time by NTP; such events are kept until their time is past",
        )


def _some(values: Iterable[str]) -> str:
    shown = [*values]
    named = ", ".join(shown[:_NAMED])
    return named if len(shown) <= _NAMED else f"{named} and {len(shown) - _NAMED} more"
