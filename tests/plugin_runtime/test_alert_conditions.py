"""Alert conditions: from a value to an alert and an own state."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from plugin_runtime import attributes, statistics
from plugin_runtime.alert_conditions import (
    AlertCondition,
    LowerBoundCondition,
    State,
    UpperBoundCondition,
    ValueCondition,
)
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource
from plugin_runtime.testing import FakeClock, session_of
from topology.model import Alert, Claim
from topology.state import EXACTLY, OK, UNKNOWN, Interval


class Watched(ScannableStorageResource):
    name = attributes.String(default="array")
    status = attributes.Enum("ok", "rebuilding", "old", "failed", "lost", optional=True)
    cover_is_open = attributes.Boolean(default=False)
    level = attributes.Integer(optional=True)
    temperature = statistics.Gauge(units="C")
    identifier = GlobalId("name")

    def get_label(self) -> str:
        return self.name


class Idle(StoragePlugin[Watched]):
    def initial_scan(self, root: Watched) -> None:
        pass


class Watch:
    """A session on one resource with the given conditions, and a clock."""

    def __init__(self, *conditions: AlertCondition) -> None:
        self.clock = FakeClock(1000.0)
        cls = type("Watched", (Watched,), {"alert_conditions": conditions})
        self.session = session_of(Idle, cls(), clock=self.clock)
        (self.claim,) = self.session.initial_scan().reported.values()
        assert isinstance(self.session.root, Watched)
        self.root = self.session.root

    def look(self) -> Claim:
        """Return what is said of the resource by now."""
        for claim in self.session.pending().reported.values():
            self.claim = claim
        return self.claim

    def alerts(self) -> Sequence[Alert]:
        """Return the alerts there are by now."""
        return self.look().alerts


HEALTH = ValueCondition(
    "status",
    error=["failed"],
    warning=["old"],
    info=["rebuilding"],
    unknown=["lost", None],
    message="Disk is {value}",
)
HEAT = UpperBoundCondition("level", error=60, warning=50)


@pytest.mark.parametrize(
    ("status", "severity", "own_state"),
    [
        ("failed", "error", EXACTLY[State.FAILED]),
        ("old", "warning", EXACTLY[State.DEGRADED]),
        ("rebuilding", "info", OK),
        ("lost", "warning", UNKNOWN),
        (None, "warning", UNKNOWN),
    ],
)
def test_a_listed_value_raises_an_alert_and_sets_the_own_state(
    status: str | None, severity: str, own_state: Interval
) -> None:
    """error is FAILED, warning DEGRADED, info OK, unknown UNKNOWN."""
    watch = Watch(HEALTH)
    watch.root.status = status

    claim = watch.look()

    assert [severity] == [alert.severity for alert in claim.alerts]
    assert own_state == claim.own_state


@pytest.mark.parametrize(
    ("level", "severity", "own_state"),
    [
        (61, "error", EXACTLY[State.CRITICAL]),
        (60, "warning", EXACTLY[State.DEGRADED]),
        (51, "warning", EXACTLY[State.DEGRADED]),
        (50, None, OK),
        (None, None, OK),
    ],
)
def test_an_upper_bound_holds_strictly_above_it(
    level: int | None, severity: str | None, own_state: Interval
) -> None:
    """A hot disk is CRITICAL, not lost; of two bounds the worse one is shown."""
    watch = Watch(HEAT)
    watch.root.level = level

    claim = watch.look()

    assert ([severity] if severity else []) == [alert.severity for alert in claim.alerts]
    assert own_state == claim.own_state


@pytest.mark.parametrize(("level", "severities"), [(4, ["error"]), (5, ["info"]), (10, [])])
def test_a_lower_bound_holds_strictly_below_it(level: int, severities: list[str]) -> None:
    """A battery at exactly the bound still does."""
    watch = Watch(LowerBoundCondition("level", error=5, info=10))
    watch.root.level = level

    assert severities == [alert.severity for alert in watch.alerts()]


def test_a_condition_says_what_own_state_it_means() -> None:
    """An open cover degrades an enclosure, whatever its severity."""
    watch = Watch(ValueCondition("cover_is_open", info=[True], state=State.DEGRADED))
    watch.root.cover_is_open = True

    assert EXACTLY[State.DEGRADED] == watch.look().own_state


def test_the_worst_condition_gives_the_own_state() -> None:
    """Each keeps its own alert."""
    watch = Watch(HEALTH, HEAT)
    watch.root.status, watch.root.level = "failed", 51

    claim = watch.look()

    assert {"status", "level"} == {alert.condition for alert in claim.alerts}
    assert EXACTLY[State.FAILED] == claim.own_state


def test_a_message_has_the_value_and_always_the_label() -> None:
    """Read alone, in a mail, it says which one is meant."""
    watch = Watch(HEALTH, HEAT, ValueCondition("cover_is_open", info=[True], message="{label}!"))
    watch.root.status, watch.root.level, watch.root.cover_is_open = "failed", 61, True

    assert {"array: Disk is failed", "array: Level is 61", "array!"} == {
        alert.message for alert in watch.alerts()
    }


def test_an_alert_keeps_its_begin_while_it_holds_and_has_a_new_one_after() -> None:
    """It is one alert however often it is checked, and however its severity moves."""
    watch = Watch(HEAT)
    watch.root.level = 55
    assert [1000.0] == [alert.since for alert in watch.alerts()]

    watch.clock.advance(10)
    watch.root.level = 70
    assert [(1000.0, "error")] == [(alert.since, alert.severity) for alert in watch.alerts()]

    watch.root.level = 10
    assert () == watch.alerts()
    watch.clock.advance(10)
    watch.root.level = 70
    assert [1020.0] == [alert.since for alert in watch.alerts()]


def test_a_condition_with_for_seconds_must_hold_that_long() -> None:
    """Time alone raises it; an interruption starts the wait anew."""
    watch = Watch(UpperBoundCondition("level", warning=50, for_seconds=30))
    watch.root.level = 60
    assert () == watch.alerts()

    watch.clock.advance(29)
    watch.root.level = 10
    assert () == watch.alerts()
    watch.root.level = 60
    assert () == watch.alerts()
    watch.clock.advance(29)
    assert () == watch.alerts()
    watch.clock.advance(1)

    assert [1059.0] == [alert.since for alert in watch.alerts()]


def test_a_condition_with_clear_holds_until_the_value_is_no_longer_beyond_that() -> None:
    """raised at 61, kept at 46, gone at 45, and not back at 46"""
    watch = Watch(UpperBoundCondition("level", error=60, clear=45))
    seen = []
    for level in (46, 61, 46, 45, 46):
        watch.root.level = level
        seen.append(len(watch.alerts()))

    assert [0, 1, 1, 0, 0] == seen


def test_a_condition_on_a_statistic_sees_its_last_sample() -> None:
    """Samples themselves never enter the graph."""
    watch = Watch(UpperBoundCondition("temperature", warning=50))
    watch.root.temperature = 51.5

    claim = watch.look()

    assert ["array: Temperature is 51.5"] == [alert.message for alert in claim.alerts]
    assert "temperature" not in claim.attributes
