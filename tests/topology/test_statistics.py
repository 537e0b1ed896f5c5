"""What is kept of samples, and what of them is read again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_runtime.testing import FakeClock
from topology.errors import CannotWrite
from topology.statistics import STEPS, Point, Sample, StatisticsStore

NOON = 1_800_000_000.0
HOUR, DAY = 3_600, 86_400


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> StatisticsStore:
    return StatisticsStore(tmp_path / "statistics.db", clock=clock)


def gauge(at: float, value: float, uid: str = "disk") -> Sample:
    return Sample(uid, "temperature", at, value)


def counter(at: float, total: float) -> Sample:
    return Sample("disk", "reads", at, total, "counter")


def test_a_gauge_is_read_as_mean_and_ends_of_each_step(store: StatisticsStore) -> None:
    """Two samples in one step of ten seconds, one in the next."""
    store.append([gauge(NOON - 20, 30.0), gauge(NOON - 15, 40.0), gauge(NOON - 10, 50.0)])

    (series,) = store.series("disk")

    assert ("temperature", "gauge", 10) == (series.statistic, series.kind, series.step_seconds)
    assert (
        Point(int(NOON) - 20, 35.0, 30.0, 40.0),
        Point(int(NOON) - 10, 50.0, 50.0, 50.0),
    ) == series.points


def test_a_counter_is_read_as_its_rate_and_a_reset_makes_none_negative(
    store: StatisticsStore,
) -> None:
    """100 in ten seconds; then the device restarted and counted to 30."""
    store.append([counter(NOON - 30, 1000), counter(NOON - 20, 1100), counter(NOON - 10, 30)])

    (series,) = store.series("disk")

    assert [10.0, 3.0] == [one.mean for one in series.points]


@settings(max_examples=30, deadline=None)
@given(totals=st.lists(st.floats(min_value=0, max_value=1e12), min_size=2, max_size=20))
def test_no_rate_is_ever_negative_and_what_was_counted_is_all_there(
    totals: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the totals do; steps of an hour say as much as those of ten seconds."""
    clock = FakeClock(NOON)
    store = StatisticsStore(tmp_path_factory.mktemp("statistics") / "s.db", clock=clock)
    store.append([counter(NOON - 10 * n, one) for n, one in enumerate(reversed(totals))][::-1])

    (fine,) = store.series("disk")
    (coarse,) = store.series("disk", since=NOON - 300 * DAY)

    counted = sum(b - a if b >= a else b for a, b in pairwise(totals))
    assert all(one.low >= 0 for one in (*fine.points, *coarse.points))
    assert pytest.approx(counted) == sum(10 * one.mean for one in fine.points)
    assert HOUR == coarse.step_seconds
    rates = [one.mean for one in fine.points]
    assert pytest.approx((min(rates), max(rates))) == (
        min(one.low for one in coarse.points),
        max(one.high for one in coarse.points),
    )


def test_a_histogram_is_read_as_the_last_of_each_step(store: StatisticsStore) -> None:
    """Bins are no numbers to be averaged with others."""
    store.append(
        [Sample("ost", "sizes", NOON - one, (one, 2.0), "histogram") for one in (19, 18, 5)]
    )

    (series,) = store.series("ost")

    assert [(18.0, 2.0), (5.0, 2.0)] == [one.bins for one in series.points]


@pytest.mark.parametrize(
    ("span", "step"), [(HOUR, 10), (DAY, 300), (7 * DAY, HOUR), (400 * DAY, HOUR)]
)
def test_the_longer_the_span_the_wider_the_steps(
    store: StatisticsStore, span: int, step: int
) -> None:
    """A chart has a few hundred points, however long it is."""
    store.append([gauge(NOON, 1.0)])

    (series,) = store.series("disk", since=NOON - span)

    assert (step, 1) == (series.step_seconds, len(series.points))


def test_what_is_past_its_time_goes_and_the_wider_steps_stay(
    store: StatisticsStore, clock: FakeClock
) -> None:
    """After a day the hour of yesterday is left; after two years, nothing."""
    store.append([gauge(NOON, 1.0)])
    clock.advance(DAY)
    store.append([gauge(clock.now, 2.0)])
    yesterday = store.series("disk", since=NOON - HOUR, until=NOON + HOUR)
    clock.advance(2 * STEPS[-1][1])

    store.append([gauge(clock.now, 3.0, uid="other")])

    assert [300] == [one.step_seconds for one in yesterday]
    assert [1.0] == [one.mean for series in yesterday for one in series.points]
    assert () == store.series("disk", since=0)


def test_a_statistic_that_becomes_another_kind_begins_anew(store: StatisticsStore) -> None:
    """A new version of a plugin counts what it measured before."""
    store.append([Sample("disk", "reads", NOON - 20, 5.0)])

    store.append([counter(NOON - 10, 100), counter(NOON, 200)])

    (series,) = store.series("disk")
    assert ("counter", [10.0]) == (series.kind, [one.mean for one in series.points])


def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    """Neither reading nor writing ends in a traceback."""
    path = tmp_path / "statistics.db"
    path.write_text("not a database " * 100)
    store = StatisticsStore(path)

    with pytest.raises(CannotWrite, match=r"cannot write statistics to .*move a damaged file away"):
        store.append([gauge(NOON, 1.0)])
    with pytest.raises(CannotWrite, match=r"cannot read the statistics in .*move the file away"):
        store.series("disk")


def test_where_nothing_was_sampled_there_is_nothing(store: StatisticsStore) -> None:
    """And reading makes no file."""
    assert () == store.series("disk")

    assert not store.path.exists()


def test_who_opens_the_file_while_another_begins_it_finds_nothing_or_all(
    store: StatisticsStore, clock: FakeClock
) -> None:
    """Before the other's first sample is committed, and once it is."""
    other = StatisticsStore(store.path, clock=clock)
    seen = []

    def samples() -> Iterator[Sample]:
        seen.append(other.series("disk"))
        yield gauge(NOON, 1.0)
        seen.append(other.series("disk"))

    store.append(samples())

    assert [(), ()] == seen
    assert ["temperature"] == [one.statistic for one in other.series("disk")]


def test_a_file_that_another_process_has_only_made_is_empty_and_can_be_begun(
    store: StatisticsStore,
) -> None:
    """Making it and making its tables are two steps."""
    store.path.touch()
    before = store.series("disk")

    store.append([gauge(NOON, 1.0)])

    assert () == before
    assert ["temperature"] == [one.statistic for one in store.series("disk")]
