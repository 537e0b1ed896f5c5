"""What the alert conditions of a session's resources say, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugin_runtime.alert_conditions import AlertCondition, Verdict
from plugin_runtime.resource import StorageResource
from topology.model import Alert, Severity
from topology.state import Interval, worst_own


@dataclass(frozen=True, slots=True)
class _Holds:
    """A condition that holds now."""

    verdict: Verdict
    begun: float
    """Epoch seconds at which it began to hold."""
    raised: float | None
    """Epoch seconds at which it had held long enough to count; None until then."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A condition that holds, but not for long enough to count."""

    resource: str
    """The uid of what it is on."""
    id: str
    severity: Severity
    message: str
    """What the alert will say."""
    held_seconds: float
    """How long it has held by now."""
    for_seconds: float
    """How long it must hold."""

    def __str__(self) -> str:
        times = f"{self.held_seconds:.0f} of {self.for_seconds:g} s"
        return f"{self.message}, {self.severity} after {times}"


class AlertBook:
    """Remembers since when each condition holds. Not thread-safe: its session locks."""

    def __init__(self) -> None:
        self._holding: dict[str, dict[str, _Holds]] = {}
        self._waiting: set[str] = set()

    @property
    def waiting(self) -> frozenset[str]:
        """Uids of resources whose alerts may change by time alone."""
        return frozenset(self._waiting)

    def judged(
        self, resource: StorageResource, label: str, at: float
    ) -> tuple[tuple[Alert, ...], Interval]:
        """Return the alerts and the own state of `resource`, called `label`, at epoch second `at`.

        Every change of a condition is only seen if this is called after it.
        """
        before = self._holding.get(resource.uid, {})
        now: dict[str, _Holds] = {}
        alerts: list[Alert] = []
        for condition in resource.declaration.conditions:
            value = resource.holding.known(condition.attribute)
            holds = _continued(condition, value, before.get(condition.id), at)
            if holds is None:
                continue
            now[condition.id] = holds
            if holds.raised is not None:
                text = _text(condition, resource, label)
                alerts.append(Alert(condition.id, holds.verdict.severity, text, holds.raised))
        self._remember(resource.uid, now)
        raised = [one.verdict.own_state for one in now.values() if one.raised is not None]
        return tuple(alerts), worst_own(raised)

    def not_yet(self, resource: StorageResource, label: str, at: float) -> Iterator[Waiting]:
        """Yield the conditions of `resource` that hold, but by epoch second `at` not for long."""
        held = self._holding.get(resource.uid, {})
        for condition in resource.declaration.conditions:
            holds = held.get(condition.id)
            if holds is not None and holds.raised is None:
                yield Waiting(
                    resource.uid,
                    condition.id,
                    holds.verdict.severity,
                    _text(condition, resource, label),
                    round(at - holds.begun, 1),
                    condition.for_seconds,
                )

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._remember(uid, {})

    def _remember(self, uid: str, now: dict[str, _Holds]) -> None:
        if now:
            self._holding[uid] = now
        else:
            self._holding.pop(uid, None)
        if any(one.raised is None for one in now.values()):
            self._waiting.add(uid)
        else:
            self._waiting.discard(uid)


def _continued(
    condition: AlertCondition, value: object, before: _Holds | None, at: float
) -> _Holds | None:
    is_raised = before is not None and before.raised is not None
    verdict = condition.judged(value, before.verdict if before and is_raised else None)
    if verdict is None:
        return None
    begun = before.begun if before else at
    raised = before.raised if before else None
    if raised is None and at - begun >= condition.for_seconds:
        raised = at
    return _Holds(verdict, begun, raised)


def _text(condition: AlertCondition, resource: StorageResource, label: str) -> str:
    name, declaration = condition.attribute, resource.declaration
    declared = declaration.attributes.get(name) or declaration.statistics[name]
    return condition.text(resource.holding.known(name), declared.label, label)
