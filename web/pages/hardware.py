"""The Hardware pages: every enclosure's slots at one glance, and one enclosure's slots in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import ClassVar

from topology.errors import ResourceNotFound
from topology.live.view import View
from topology.report import own_words, plural_of, service_sentence
from topology.state import OK, UNKNOWN, Interval, worst_first
from web.format import StateMark, mark_of
from web.location import Location, grid_of, location_of, slots_of
from web.pages.rows import Named, ResourceRow, rows_of
from web.site import Site

_BROKEN_ROWS = 30
_PART_ROWS = 200
_SHELVES = 240
"""A map of more enclosures than this is told in pages."""
_TROUBLED_SHELVES = 60
_EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring slots of one row that look alike and otherwise than OK."""

    row: int = field(metadata={"help": "Counted from 0, from the top"})
    column: int = field(metadata={"help": "Where it begins, counted from 0, from the left"})
    length: int = field(metadata={"help": "How many slots"})
    css: str = field(metadata={"help": "The state's class, or that of an empty slot"})


@dataclass(frozen=True, slots=True)
class Shelf:
    """One enclosure on the map."""

    uid: str = field(metadata={"help": "Its page"})
    name: str = field(metadata={"help": "What people call it"})
    mark: StateMark | None = field(metadata={"help": "The worst state in it, None where all OK"})
    said: str = field(metadata={"help": "How many parts are in which state"})
    rows: int = field(metadata={"help": "Of slots; 0 where its geometry is not known"})
    columns: int = field(metadata={"help": "Of slots"})
    runs: tuple[Run, ...] = field(metadata={"help": "Slots that are not OK; the others are"})


@dataclass(frozen=True, slots=True)
class BrokenPart:
    """One part with trouble of its own, and where it sits."""

    part: Named = field(metadata={"help": "The part"})
    mark: StateMark = field(metadata={"help": "Its own state"})
    words: str = field(metadata={"help": "What is wrong with it"})
    class_label: str = field(metadata={"help": "Its class in words"})
    location: Location = field(metadata={"help": "Where it sits"})


@dataclass(frozen=True, slots=True)
class HardwarePage:
    """templates/hardware.html: every enclosure."""

    template: ClassVar[str] = "hardware.html"

    title: str = field(metadata={"help": "How many disks are not OK, in one line"})
    mark: StateMark = field(metadata={"help": "The worst state of a part"})
    broken: tuple[BrokenPart, ...] = field(metadata={"help": "Own trouble, worst first"})
    more_broken: int = field(metadata={"help": "How many of these are not listed"})
    troubled: tuple[Shelf, ...] = field(metadata={"help": "Not all OK, where shelves are paged"})
    more_troubled: int = field(metadata={"help": "How many of these are only among all"})
    shelves: tuple[Shelf, ...] = field(metadata={"help": "Of this page, by name"})
    counted: str = field(metadata={"help": "How many enclosures there are in all"})
    page: int = field(metadata={"help": "Which page of the enclosures this is, from 1"})
    pages: int = field(metadata={"help": "How many there are"})
    states: tuple[StateMark, ...] = field(metadata={"help": "Those that are on the map"})
    loose: str = field(metadata={"help": "How many disks sit in no enclosure, else empty"})

    @classmethod
    def of(cls, site: Site, *, number: int = 1) -> HardwarePage:
        """Answer from the snapshot, page `number` of the map. Cost: all resources, once a view."""
        view = site.known
        plan = _plan_of(view)
        pages = max(1, -(-len(plan.shelves) // _SHELVES))
        number = min(number, pages)
        troubled = [one for one in plan.shelves if one.mark is not None] if pages > 1 else []
        return cls(
            title=_title(plan),
            mark=mark_of(plan.worst if plan.shelves else UNKNOWN),
            broken=tuple(_broken(site, uid) for uid in plan.broken[:_BROKEN_ROWS]),
            more_broken=max(0, len(plan.broken) - _BROKEN_ROWS),
            troubled=tuple(troubled[:_TROUBLED_SHELVES]) if number == 1 else (),
            more_troubled=max(0, len(troubled) - _TROUBLED_SHELVES),
            shelves=plan.shelves[(number - 1) * _SHELVES : number * _SHELVES],
            counted=plural_of("Enclosure", len(plan.shelves)),
            page=number,
            pages=pages,
            states=tuple(map(mark_of, plan.states)),
            loose=plural_of("PhysicalDisk", plan.loose) if plan.loose else "",
        )


@dataclass(frozen=True, slots=True)
class EnclosurePage:
    """templates/enclosure.html: one enclosure and the parts in it."""

    template: ClassVar[str] = "enclosure.html"

    uid: str = field(metadata={"help": "Its id"})
    name: str = field(metadata={"help": "What people call it"})
    title: str = field(metadata={"help": "Its state in one sentence"})
    mark: StateMark = field(metadata={"help": "Its published state"})
    has_failed: bool = field(metadata={"help": "It cannot fail any more than it has"})
    location: Location = field(metadata={"help": "Its rack, and its slots where they are known"})
    said: str = field(metadata={"help": "How many parts are in which state"})
    parts: tuple[ResourceRow, ...] = field(metadata={"help": "What sits in it, worst first"})
    more_parts: int = field(metadata={"help": "How many of these are not listed"})

    @classmethod
    def of(cls, site: Site, text: str) -> EnclosurePage:
        """Answer from the snapshot. Raises ResourceNotFound where `text` is no enclosure."""
        view = site.known
        uid = view.find(text)
        resource = view.resources[uid]
        if "Enclosure" not in resource.merged.classes:
            raise ResourceNotFound(
                f"{text!r} is a {site.class_label(resource).lower()}, no enclosure; "
                "the Hardware page lists the enclosures"
            )
        parts = view.worst_first(slots_of(view, resource).values())
        is_broken = resource.own_state != OK
        return cls(
            uid=uid,
            name=resource.name,
            title=f"{resource.name} {own_words(resource)}."
            if is_broken
            else service_sentence(view, uid),
            mark=mark_of(view.state(uid)),
            has_failed=resource.own_state.low.has_ended,
            location=location_of(view, uid),
            said=_said(Counter(view.state(part) for part in parts)),
            parts=rows_of(site, parts[:_PART_ROWS]),
            more_parts=max(0, len(parts) - _PART_ROWS),
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the map of a view shows."""

    shelves: tuple[Shelf, ...] = field(metadata={"help": "By name"})
    broken: tuple[str, ...] = field(
        metadata={"help": "Uids of what has trouble of its own, worst first"}
    )
    states: tuple[Interval, ...] = field(metadata={"help": "Of the parts, each once, worst first"})
    worst: Interval = field(metadata={"help": "Of parts and enclosures"})
    parts: int = field(metadata={"help": "How many sit in slots"})
    troubled: int = field(metadata={"help": "How many of these are not OK"})
    troubled_shelves: int = field(
        metadata={"help": "How many enclosures are not OK, or hold such a part"}
    )
    loose: int = field(metadata={"help": "How many disks sit in no enclosure"})


@lru_cache(maxsize=1)  # of the newest view; everybody who looks at the map asks for it
def _plan_of(view: View) -> _Plan:
    enclosures = view.sorted_by_name(view.of_class.get("Enclosure", ()))
    states: Counter[Interval] = Counter()
    shelves = []
    placed: list[str] = []
    for enclosure in enclosures:
        held = slots_of(view, view.resources[enclosure])
        counts = Counter(map(view.judgement.states.__getitem__, held.values()))
        states += counts
        placed += held.values()
        shelves.append(_shelf(view, enclosure, held, counts))
    loose = set(view.of_class.get("PhysicalDisk", ())).difference(placed)
    return _Plan(
        shelves=tuple(shelves),
        broken=view.worst_first(
            uid for uid in (*enclosures, *placed) if view.resources[uid].own_state != OK
        ),
        states=tuple(sorted(states, key=worst_first)),
        worst=min((*states, *map(view.state, enclosures)), key=worst_first, default=OK),
        parts=states.total(),
        troubled=states.total() - states[OK],
        troubled_shelves=sum(one.mark is not None for one in shelves),
        loose=len(loose),
    )


def _shelf(view: View, enclosure: str, held: Mapping[int, str], counts: Counter[Interval]) -> Shelf:
    resource = view.resources[enclosure]
    grid = grid_of(resource, held)
    of_worst = min((*counts, view.state(enclosure)), key=worst_first)
    return Shelf(
        uid=enclosure,
        name=resource.name,
        mark=None if of_worst == OK else mark_of(of_worst),
        said=_said(counts),
        rows=len(grid),
        columns=len(grid[0]) if grid else 0,
        runs=tuple(_runs(view, held, grid)),
    )


def _runs(view: View, held: Mapping[int, str], grid: Sequence[range]) -> Iterable[Run]:
    """Yield what differs from a shelf full of parts that are OK."""
    states = view.judgement.states
    marks = {number: mark_of(states[uid]).css for number, uid in held.items() if states[uid] != OK}
    if not marks and all(number in held for row in grid for number in row):
        return
    for index, row in enumerate(grid):
        looks = (marks.get(number, "" if number in held else _EMPTY) for number in row)
        column = 0
        for css, alike in groupby(looks):
            length = sum(1 for _ in alike)
            if css:
                yield Run(index, column, length, css)
            column += length


def _said(counts: Counter[Interval]) -> str:
    """Return "79 OK, 1 Failed": the healthy first, then worst first."""
    if not counts:
        return "nothing reported in it"
    words: Counter[str] = Counter()
    for state in sorted(counts, key=lambda one: (one != OK, worst_first(one))):
        words[mark_of(state).word] += counts[state]
    return ", ".join(f"{count} {word}" for word, count in words.items())


def _title(plan: _Plan) -> str:
    if not plan.shelves:
        return "No enclosure is reported."
    parts = plural_of("Part", plan.parts)
    enclosures = plural_of("Enclosure", len(plan.shelves))
    if not plan.troubled_shelves:
        return f"All is OK: {parts} in {enclosures}."
    verb = "is" if plan.troubled == 1 else "are"
    return (
        f"{plan.troubled:,} of {parts} {verb} not OK, in {plan.troubled_shelves:,} of {enclosures}."
    )


def _broken(site: Site, uid: str) -> BrokenPart:
    view = site.known
    resource = view.resources[uid]
    return BrokenPart(
        part=Named(uid, resource.name),
        mark=mark_of(resource.own_state),
        words=own_words(resource),
        class_label=site.class_label(resource),
        location=location_of(view, uid),
    )
