"""What judging costs: gates, single points, published states, and single events."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from bench.generator import DISKS, Site, layout_of_site
from bench.measuring import Row, alone, made, percentiles, resident_mb, row, seconds, shown
from bench.plain_gates import networkx_gates, networkx_graph, rustworkx_gates, rustworkx_graph

from topology.impact import Assessment, Layout, Part, assessment_of
from topology.impact.compiling import plan_of
from topology.impact.evaluation import gates_of
from topology.impact.following import gates_after
from topology.impact.judge import design_from
from topology.state import EXACTLY, OK, State

FAILED = EXACTLY[State.FAILED]


def engine_rows(site: Site, *, beside: bool, events: int) -> Iterator[Row]:
    """Measure one site, `events` of each kind; `beside` the plain way on graph libraries.

    What is slow to make is made once, so that a site of a million resources takes two minutes.
    """
    chance = random.Random(1)  # noqa: S311 - no secret
    healthy = layout_of_site(site)
    links = sum(len(group.members) for part in healthy.parts.values() for group in part.groups)
    size = f"{len(healthy.parts):,} resources, {links:,} links"
    yield alone(size, f"{resident_mb():,.0f} MB", "memory with the layout alone")
    plan, compiling = made(lambda: plan_of(healthy))
    yield alone("compile the layout", shown(compiling), "")
    design, points = made(lambda: design_from(healthy, plan))
    yield alone("exact single points of every resource, from scratch", shown(points), "<= 300 ms")
    for share in (0.01, 0.3):
        layout = with_failed(healthy, share, chance)
        condition = assessment_of(layout, design).low.evaluation.condition
        gates = seconds(lambda condition=condition: gates_of(condition))  # type: ignore[misc]
        what = f"gates from scratch, {share:.0%} failed"
        yield alone(what, shown(gates), "<= 10 ms (<= 150 ms at a million)")
        if beside and share < 0.1:
            plain, rust = networkx_graph(layout), rustworkx_graph(layout)
            other = seconds(lambda: networkx_gates(plain, layout), times=3)  # noqa: B023
            yield row(what, gates, "networkx", other)
            other = seconds(lambda: rustworkx_gates(rust, layout), times=3)  # noqa: B023
            yield row(what, gates, "rustworkx", other)
    troubled = with_failed(healthy, 0.001, chance)
    _, following = made(lambda: assessment_of(troubled, design))
    published = points + following
    yield alone("published states from scratch, 0.1% failed", shown(published), "<= 500 ms")
    sound = assessment_of(healthy, design)
    yield from event_rows(site, sound, events)
    _, changed = made(lambda: sound.after({"new": Part("new")}))
    yield alone("a resource added (design made anew)", shown(changed), "")
    yield alone("memory at the end", f"{resident_mb():,.0f} MB", "<= 2,000 MB at a million")


def event_rows(site: Site, before: Assessment, events: int) -> Iterator[Row]:
    """Measure events one by one, each from the same healthy site and back."""
    chance = random.Random(2)  # noqa: S311 - no secret
    disks = [
        f"ost{chance.randrange(site.osts)}-disk{chance.randrange(DISKS)}" for _ in range(events)
    ]
    parts = before.layout.parts
    changes: list[Mapping[str, Part | None]] = [
        {uid: replace(parts[uid], own=FAILED)} for uid in disks
    ]
    yield two("one disk fails: all it touches, published", [
        lambda change=change: before.after(change) for change in changes], "p99 <= 0.5 ms")  # type: ignore[misc] # fmt: skip
    broken = [before.after(change) for change in changes]
    yield two("one disk is sound again", [
        lambda one=one, uid=uid: one.after({uid: replace(parts[uid], own=OK)})  # type: ignore[misc]
        for one, uid in zip(broken, disks, strict=True)], "p99 <= 0.5 ms")  # fmt: skip
    low = before.low
    numbers = [np.array([before.design.order.index[uid]]) for uid in disks]
    conditions = [one.low.evaluation.condition for one in broken]
    yield two("one disk fails: gates alone", [
        lambda at=at, condition=condition: gates_after(low.evaluation, condition, at)  # type: ignore[misc]
        for at, condition in zip(numbers, conditions, strict=True)], "p99 <= 0.2 ms")  # fmt: skip
    for uid in ("switch0a", "c0-enc0", "c0-oss0"):
        fails = {uid: replace(parts[uid], own=FAILED)}
        changed = np.count_nonzero(before.after(fails).low.shown != low.shown)
        yield two(f"{uid} fails, {changed:,} published states change", [
            lambda fails=fails: before.after(fails)] * 20, "<= 10 ms")  # type: ignore[misc] # fmt: skip


def two(what: str, works: list[Callable[[], object]], reach: str) -> Row:
    """Return the line of a median and a 99th percentile."""
    median, late = percentiles(works)
    return alone(what, f"{shown(median)}, p99 {shown(late)}", reach)


def with_failed(layout: Layout, share: float, chance: random.Random) -> Layout:
    """Return the layout with this share of its disks failed."""
    disks = [uid for uid in layout.parts if "-disk" in uid]
    picked = chance.sample(disks, int(len(disks) * share))
    return layout.changed({uid: replace(layout.parts[uid], own=FAILED) for uid in picked})
