"""Who may take a lease: a holder that lives keeps it, whatever its clock says."""

from __future__ import annotations

import threading

import pytest
from store_engines import emptied

from topology.store.graph_store import GraphStore
from topology.store.holder import SILENT_SECONDS, Holder, Standing
from topology.store.values import Held

LEASE = "s-1"


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(embedded_store: GraphStore) -> GraphStore:
    store = emptied(embedded_store)
    store.add_scannable(LEASE, plugin="array", class_name="Array", settings={})
    return store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(store: GraphStore, clock: Clock) -> Holder:
    return Holder(store, "watcher", clock=clock)


def watched(watcher: Holder, clock: Clock, beats: list[float]) -> list[Standing]:
    """Look once a second, at these beats one after the other."""
    found = []
    for beat in beats:
        clock.now += 1
        found.append(watcher.standing(LEASE, Held(epoch=3, holder="other", beat=beat)))
    return found


def test_a_lease_that_nobody_holds_may_be_taken_at_once(watcher: Holder) -> None:
    """Given back, or never taken; and what we hold is ours."""
    assert Standing.FREE is watcher.standing(LEASE, Held(3, "", 5.0))
    assert Standing.FREE is watcher.standing(LEASE, Held(3, "watcher", 0.0))


def test_a_holder_that_beats_keeps_its_lease_whatever_its_clock_says(
    watcher: Holder, clock: Clock
) -> None:
    """A clock in the past, in the future, and one that steps back: each beat is a sign of life."""
    beats = [1.0, 9e12, 5.0, 4.0]

    found = watched(watcher, clock, [beat for beat in beats for _ in range(10)])

    assert Standing.FREE not in found
    assert Standing.HELD is found[-1]


def test_a_holder_that_is_silent_loses_its_lease_after_a_while(
    watcher: Holder, clock: Clock
) -> None:
    """Until it has been watched for long enough, nothing is known of it."""
    found = watched(watcher, clock, [7.0] * (int(SILENT_SECONDS) + 2))

    assert {Standing.UNDECIDED} == set(found[:-1])
    assert Standing.FREE is found[-1]


def test_while_the_store_is_away_nobody_dies(watcher: Holder, clock: Clock) -> None:
    """Who could not look for an hour has not seen an hour's silence."""
    watched(watcher, clock, [7.0, 8.0])

    clock.now += 3600

    assert Standing.HELD is watcher.standing(LEASE, Held(3, "other", 8.0))


def test_a_lease_that_changed_hands_is_watched_anew(watcher: Holder, clock: Clock) -> None:
    """The silence of the one before is not the new one's."""
    watched(watcher, clock, [7.0] * int(SILENT_SECONDS))

    assert Standing.UNDECIDED is watcher.standing(LEASE, Held(4, "third", 7.0))


def test_a_holder_beats_while_it_is_there_and_leaves_nothing(store: GraphStore) -> None:
    """Its beat is seen on every lease that it holds, and goes with it."""
    with Holder(store, "runtime-1") as holder:
        lease = holder.take(LEASE, store.held(LEASE))
        pause = threading.Event()
        while not store.held(LEASE).beat:
            pause.wait(0.01)

    assert lease is not None
    assert ("runtime-1", 0.0) == (store.held(LEASE).holder, store.held(LEASE).beat)
