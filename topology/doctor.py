"""Examines a store: what is wrong with it, and how to mend that."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from topology.errors import TopologyError
from topology.journal import ORDINALS, undo
from topology.model import Resource, Scope
from topology.store.examining import Examination
from topology.store.graph_store import GraphStore
from topology.store.holder import SILENT_SECONDS
from topology.store.values import JournalSpan, Scannable

_SKEW_SECONDS = 5.0
_NAMED = 3
_AT_ONCE = 1_000
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
    differ: examine again. `clock` gives epoch seconds. Cost: several whole reads, of which no more
    than ids and a slice is held.
    """
    now = clock()
    examination = store.examination(sorted(store.classes()))
    links = _Links()
    for found in store.slices():
        links.add(found.values())
    scannables = store.scannables()
    findings = [
        *_of_database(examination),
        *_of_graph(links, scannables, examination),
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


class _Links:
    """What slices of the graph say of each other."""

    def __init__(self) -> None:
        self.uids: set[str] = set()
        self.reported: Counter[str] = Counter()
        """How many resources each scope reports."""
        self._awaited: dict[str, list[str]] = {}

    def add(self, resources: Iterable[Resource]) -> None:
        """Take another slice."""
        for one in resources:
            self.uids.add(one.uid)
            self.reported.update(one.claims.keys())
            for source in {i.source for i in one.inputs} - self.uids:
                self._awaited.setdefault(source, []).append(one.uid)

    @property
    def dangling(self) -> list[str]:
        """Resources with an input that is in no slice, sorted."""
        return sorted(
            {
                uid
                for source, uids in self._awaited.items()
                if source not in self.uids
                for uid in uids
            }
        )


def _of_graph(
    links: _Links, scannables: Iterable[Scannable], found: Examination
) -> Iterator[Finding]:
    if dangling := links.dangling:
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
    for scope, count in sorted(links.reported.items()):
        if Scope.parse(scope).scannable in known:
            continue
        yield Finding(
            "orphans",
            "warning",
            f"{count} resources were reported by {scope}, which is no scannable any more",
            "add that scannable again and remove it, which removes what it reported",
        )
    if links.uids and found.unpublished == len(links.uids):
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
        for before, after in pairwise(chain([-1], seqs))
        if after % ORDINALS and after != before + 1 and after // ORDINALS >= span.kept_since
    ]
    if gaps or any(before == after for before, after in pairwise(seqs)):
        named = _some([str(one // ORDINALS) for one in gaps] or ["of repeated events"])
        yield Finding(
            "journal",
            "damage",
            f"the journal has gaps or repetitions in revisions {named}",
            "history before them is not to be trusted; " + _ANEW,
        )
    if span.kept_since:  # what was forgotten cannot be undone
        return
    try:
        left = list(_left_at_the_beginning(store, found.event_uids))
    except (TopologyError, KeyError, TypeError, ValueError) as error:
        yield Finding("journal", "damage", f"it cannot be undone ({error!r})", _ANEW)
        return
    if left and store.span().kept_since == 0:
        yield Finding(
            "journal",
            "damage",
            f"undone from now back to the beginning it leaves {_some(left)}",
            "history is not to be trusted; the graph itself is what was last read",
        )


def _left_at_the_beginning(store: GraphStore, event_uids: AbstractSet[str]) -> Iterator[str]:
    """Yield which resources are still there once all that happened to them is undone."""
    gone = set(event_uids)
    for found in store.slices():
        yield from _left_of(store, found)
        gone -= found.keys()
    uids = sorted(gone)
    for start in range(0, len(uids), _AT_ONCE):
        yield from _left_of(store, dict.fromkeys(uids[start : start + _AT_ONCE]))


def _left_of(store: GraphStore, found: Mapping[str, Resource | None]) -> Iterator[str]:
    held = dict(found)
    for event in store.histories(held.keys()):
        held[event.uid] = undo(event, held[event.uid])
    yield from (uid for uid, one in held.items() if one is not None)


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
