"""Small graphs for tests: claims, deltas and a replica that is reconciled without a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from topology.delta import Change, Delta
from topology.gates import Group
from topology.graph.replica import Replica
from topology.ingest.reconcile import reconcile
from topology.model import Alert, Claim, Input, LinkKind, Provision, Scope
from topology.state import OK, Interval

EAST = Scope("array", "east")
WEST = Scope("array", "west")


def claim(
    class_name: str = "PhysicalDisk",
    *,
    parents: Iterable[str] = (),
    affects: Iterable[str] = (),
    of: Mapping[str, str] | None = None,
    groups: tuple[Group, ...] = (),
    own: Interval = OK,
    provides: str = "",
    subscribes: str = "",
    alerts: tuple[Alert, ...] = (),
    label: str = "",
    is_hearsay: bool = False,
) -> Claim:
    """Return a claim; `of` puts inputs into groups, by uid; provisions are of key "scsi_serial"."""
    member_of = of or {}
    kinds = dict.fromkeys(parents, LinkKind.PARENT_OF) | dict.fromkeys(affects, LinkKind.AFFECTS)
    return Claim(
        classes=(class_name,),
        label=label or class_name,
        own_state=own,
        groups=groups,
        inputs=tuple(
            Input(uid, kind, groups=(member_of[uid],) if uid in member_of else ())
            for uid, kind in kinds.items()
        ),
        provides=(Provision("scsi_serial", provides),) if provides else (),
        subscribes=(Provision("scsi_serial", subscribes),) if subscribes else (),
        alerts=alerts,
        is_hearsay=is_hearsay,
    )


class Graph:
    """A replica that takes deltas as the store would, with a clock that ticks once a delta."""

    def __init__(self) -> None:
        self.replica = Replica()
        self.now = 1000.0

    def report(
        self,
        reported: Mapping[str, Claim],
        *,
        scope: Scope = EAST,
        removed: Iterable[str] = (),
        is_complete: bool = False,
        is_final: bool = False,
    ) -> tuple[Change, ...]:
        """Apply what `scope` says and return what it changed."""
        self.now += 1
        delta = Delta(
            scope=scope,
            reported=reported,
            removed=frozenset(removed),
            is_complete=is_complete,
            is_final=is_final,
        )
        changes = reconcile(self.replica, delta, at=self.now)
        self.replica.commit(changes, self.replica.revision + 1)
        return changes.changes

    def links_into(self, uid: str) -> set[tuple[str, str]]:
        """Return the links into a resource as (kind, source)."""
        return {(str(one.kind), one.source) for one in self.replica.resources[uid].inputs}
